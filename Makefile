# Needs Rust, Node, Python 3, make and package registries, for some targets Java too. `make` alone lists the
# targets: of the comment above each, the first line.

PYTHON := $(shell command -v python3)
TOOLS := .tools/bin
# SAM asks for a region, and must not report home.
export SAM_CLI_TELEMETRY = 0
export AWS_DEFAULT_REGION ?= eu-west-3
# cargo-lambda and its linker are among the tools.
export PATH := $(CURDIR)/$(TOOLS):$(PATH)
# The environment of samconfig.toml: `default` is this machine, `dev` and `production` are deployed.
ENV = default
# Any Chromium; where there is none, Debian's is installed.
CHROMIUM ?= chromium
FUNCTIONS := $(patsubst functions/%,--package %,$(wildcard functions/*))
# Production's functions are built for speed, the tests' to be built quickly: docs/performance.md compares. SAM builds
# no profile but `release`, so this changes it, in a folder of its own.
FOR_SPEED := CARGO_TARGET_DIR=$(CURDIR)/target/production CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_OPT_LEVEL=3

.PHONY: help run test check audit unit page chromium bench bench-lambda bench-page new-action openapi planning build deploy sam-local test-aws test-remote rehearsal firewall clean

help:
	@awk '/^# / { line = line ? line : substr($$0, 3); next } \
		/^[a-z-]+:/ && line { sub(":.*", "", $$1); printf "make %-14s%s\n", $$1, line } { line = "" }' $(MAKEFILE_LIST)

# The whole system on http://127.0.0.1:3000.
# For flags: make run ARGS="--port 8080 --data vigie.db"
run: web/dist/index.html
	cargo run --locked -- $(ARGS)

# The page, for this machine. What `npm run build` itself writes is no source.
web/dist/index.html: $(shell find web/src web/public web/engine web/docs ! -name schema.d.ts) $(wildcard web/*.* web/.env) openapi.json | web/node_modules
	npm run build --prefix web
	touch $@

web/node_modules: web/package-lock.json
	npm ci --prefix web
	touch $@

# All that must hold: check, unit and page.
test: chromium check unit page

# Style, lints, links in comments, licences, the API's description, and the templates as written and as production gets them.
check: .tools/installed .tools/checkov/installed web/node_modules
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --workspace --no-deps --document-private-items
	$(TOOLS)/cargo-deny --locked check bans licenses sources
	$(TOOLS)/sam validate --lint --template template.yaml
	$(TOOLS)/cfn-lint template.yaml --append-rules cfn_lint_serverless.rules
	$(TOOLS)/cfn-lint firewall.yaml --regions us-east-1
	$(TOOLS)/cfn-lint docs/events/example-rule.yaml
	$(TOOLS)/python local/aws/production.py
	.tools/checkov/bin/checkov --config-file local/aws/checkov.yaml --file target/aws/production.json firewall.yaml docs/events/example-rule.yaml
	npm run lint-api --prefix web

# Known weaknesses of the dependencies.
# Apart from check, since it needs GitHub, where the database of advisories is.
audit: .tools/installed
	$(TOOLS)/cargo-deny --locked check advisories
	npm audit --prefix web

# Behaviour: unit tests beside the code, stories over HTTP; the documents that they wrote, by a checker of PDF/UA.
unit: .tools/installed
	cargo test --locked --workspace
	$(TOOLS)/python documents/check.py

# The page: its types, style and parts, then in Chromium with the real server behind it.
page: chromium web/dist/index.html
	npm run check --prefix web
	cargo build --locked --workspace --bin vigie
	CHROMIUM=$$(command -v $(CHROMIUM)) npm run e2e --prefix web

chromium:
	command -v $(CHROMIUM) || { apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium fonts-dejavu-core; } \
		|| { echo "The tests need Chromium: install it, or name one as in CHROMIUM=google-chrome."; exit 1; }

# The stories that need HTTP alone, against any deployment: make test-remote URL=https://…
# The EMAIL:PASSWORD of organisers of two centres are in VIGIE_ORGANISER and VIGIE_OTHER_ORGANISER.
test-remote:
	VIGIE_URL=$(or $(URL),$(error URL is not set)) cargo test --locked --workspace --test stories anywhere:: -- --test-threads=8

# Whether a deployment is ready for an exam window: make rehearsal URL=https://…
# An organiser's EMAIL:PASSWORD is in VIGIE_ORGANISER; ARGS=--delete leaves nothing behind.
rehearsal:
	cargo run --locked --package tests --bin rehearsal -- $(or $(URL),$(error URL is not set)) $(ARGS)

# Fills 100 rooms of 30 beside bare updates, and looks at rooms beside a bare query: ratios, not times.
# And 200 log in at once: the memory that takes, and the ratio to bare hashes. And 3,000 hear of changes for five minutes,
# beside as many who ask.
bench:
	cargo bench --locked --package tests

# Starts every function that has routes as production has it, beside bare ones, in Rust and Node.js 20.
# Writes its part of docs/figures.toml. Needs npm.
bench-lambda: .tools/installed bench/node/node_modules
	$(FOR_SPEED) cargo lambda build --locked --release $(FUNCTIONS)
	$(FOR_SPEED) cargo lambda build --locked --release --package bare-ok --package bare-update
	cargo run --locked --package bench

# How fast the page shows on a slow network, and draws a room of sixty.
bench-page: chromium web/dist/index.html
	cargo build --locked --workspace --bin vigie
	CHROMIUM=$$(command -v $(CHROMIUM)) npm run bench --prefix web

bench/node/node_modules: bench/node/package-lock.json
	npm ci --prefix bench/node
	touch $@

# A made-up action in a copy of the project: what the README's steps touch, and that they suffice.
new-action:
	$(PYTHON) tests/new_action.py

# Writes openapi.json from the code.
openapi:
	cargo run --locked --quiet --package local --bin openapi > target/openapi.json
	mv target/openapi.json openapi.json

# The functions in containers, as `sam local` runs them, with demo data: http://127.0.0.1:3000
sam-local: build
	$(TOOLS)/python local/aws/container_engine.py sh -c 'cargo run --locked -- --sam-local $$VIGIE_HOST_ADDRESS $(ARGS)'

# The functions as Lambda runs them, for .aws-sam/build/template.yaml; with ENV=production for speed.
build: .tools/installed
ifeq ($(ENV),default)
	cargo lambda build --locked --release $(FUNCTIONS)
	$(TOOLS)/python local/aws/template.py
else
	$(if $(filter production,$(ENV)),$(FOR_SPEED)) $(TOOLS)/sam build --parallel --config-env $(ENV)
endif
	$(TOOLS)/python local/aws/binaries.py

# Writes what the planner prints into README.md and docs/planning.md.
planning:
	WRITE_DOCUMENTS=1 cargo test --locked --quiet --package planner document

# Builds, deploys to the AWS account of the shell's credentials and uploads the page: make deploy ENV=production
deploy: ENV = dev
deploy:
	$(MAKE) build web/node_modules ENV=$(ENV)
	$(TOOLS)/python local/aws/page.py build $(ENV)
	$(TOOLS)/sam deploy --config-env $(ENV)
	$(TOOLS)/python local/aws/page.py upload $(ENV)

# Deploys firewall.yaml, for WebAclArn: make firewall ENV=production
firewall: .tools/installed
	$(TOOLS)/sam deploy --config-env $(or $(filter-out default,$(ENV)),$(error ENV is not set))-firewall

# The deployment on this machine, with AWS's own tools.
# The stories over Amazon's DynamoDB Local, but those of paper and of files; the stories that need HTTP alone against
# the template deployed into a local AWS, but races, since it does one thing at a time; events and procedure in containers.
test-aws: build .tools/ministack/installed
	$(TOOLS)/python local/aws/dynamodb_local.py cargo test --locked --workspace --test stories -- --skip documents:: --skip persistence::
	$(TOOLS)/python local/aws/ministack.py cargo test --locked --workspace --test stories anywhere:: -- --test-threads=2 --skip races::
	$(TOOLS)/python local/aws/container_engine.py --may-skip $(TOOLS)/python local/aws/dynamodb_local.py \
		cargo test --locked --workspace --test stories sam_local:: -- --ignored --test-threads=1

.tools/installed: tools.txt
	$(PYTHON) -m venv --clear .tools
	$(TOOLS)/pip install --quiet --disable-pip-version-check --requirement tools.txt
	touch $@

# Apart from the others, because it wants the AWS SDK in another version than SAM does.
.tools/ministack/installed: local/aws/ministack.txt .tools/installed
	$(PYTHON) -m venv --clear .tools/ministack
	.tools/ministack/bin/pip install --quiet --disable-pip-version-check --requirement local/aws/ministack.txt
	touch $@

# Apart as well, for the same reason.
.tools/checkov/installed: local/aws/checkov.txt .tools/installed
	$(PYTHON) -m venv --clear .tools/checkov
	.tools/checkov/bin/pip install --quiet --disable-pip-version-check --requirement local/aws/checkov.txt
	touch $@

# Takes away what was built and installed.
clean:
	rm -rf target .tools .aws-sam bench/node/node_modules web/dist web/node_modules
