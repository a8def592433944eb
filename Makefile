# Two commands: `make run` starts Variorum with a sample workspace, `make test` runs every check.
# Both set up what they need on a Debian machine with Rust, Node and make, and say what they do.

SHELL := /bin/bash
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts -type f 2>/dev/null)

.PHONY: run test web packages check-tools lint rust-test web-test e2e deny clean

run: check-tools web/dist/.built
	@echo "== Building the server (the first time takes some minutes)"
	@cargo build --release --locked --package variorum
	@echo "== Starting Variorum with a sample workspace in ./.variorum (stop it with Ctrl-C)"
	@exec $(TARGET)/release/variorum demo --data .variorum

test: check-tools packages lint web-test rust-test e2e deny
	@echo "== All checks passed"

check-tools:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust (rustup.rs), then try again"; exit 1; }
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20.19 or later, then try again"; exit 1; }

# What the tests need from Debian; installed only where it is missing.
packages:
	@xtask/packages.sh chromium:chromium postgresql:/usr/lib/postgresql/*/bin/initdb git:git

web/node_modules/.installed: web/package.json web/package-lock.json
	@echo "== Installing the web workspace's packages"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web: web/dist/.built

web/dist/.built: web/node_modules/.installed $(WEB_SOURCES)
	@echo "== Building the web workspace"
	@cd web && npm run --silent build
	@touch $@

lint: web/dist/.built
	@echo "== Format and lints"
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	@cargo clippy --package xtask --features bench --locked --quiet -- -D warnings

rust-test: web/dist/.built
	@echo "== Rust tests: domain, stores (SQLite and PostgreSQL), Git, API, command line"
	@cargo build --locked --quiet --package variorum
	@export VARIORUM_PYTHON="$$(xtask/python.sh)"; \
	if cargo nextest --version >/dev/null 2>&1; then \
		cargo nextest run --workspace --locked $(if $(CI),--profile ci,); \
	else \
		cargo test --workspace --locked --quiet; \
	fi

web-test: web/node_modules/.installed
	@echo "== Web checks"
	@cd web && npm run --silent lint && npm run --silent typecheck && npm run --silent test

e2e: web/dist/.built
	@echo "== Browser journeys"
	@cargo build --locked --quiet --package variorum
	@cd web && VARIORUM_BIN="$(abspath $(TARGET))/debug/variorum" npm run --silent e2e

deny:
	@echo "== Licences, sources and known faults of what we build on"
	@command -v cargo-deny >/dev/null || { echo "Installing cargo-deny, once"; cargo install --locked --quiet cargo-deny; }
	@cargo deny --log-level error check licenses bans sources
	@xtask/npm-audit.sh

clean:
	rm -rf web/dist web/node_modules .variorum
	cargo clean
