# The front door of the project: `make help`. Everything a target needs, it installs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CLAIRE := npx --no-install claire
# A folder with large recorded market data (see docs/testing.md); tests that need it are left out without it.
CLAIRE_DATA ?=
export CLAIRE_DATA

.PHONY: help
help: ## Explain every target
	@awk 'BEGIN {FS = ":.*## "; print "Usage: make TARGET\n"} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use it
.PHONY: run
run: install ## Trade the bundled real market data on paper: bot file in, fills, journal and summary out
	@echo "==> Replaying examples/data/alts-btc-5m.csv.gz through the bot of examples/paper-replay.yaml (ledger: build/ledger)"
	$(CLAIRE) run -f examples/paper-replay.yaml --data examples/data/alts-btc-5m.csv.gz --ledger build/ledger --fresh
	@echo "==> Verifying the journal of that run"
	$(CLAIRE) verify-journal --ledger build/ledger
	@echo "==> Next: npx claire positions, npx claire export round-trips, npx claire --help"

##@ Run it in a cluster
.PHONY: images
images: install ## Build the images claire/workloads and claire/operator (docker, podman or buildah)
	scripts/images.sh

.PHONY: sbom
sbom: install ## List what is in the images: build/sbom/*.spdx.json
	scripts/sbom.sh

.PHONY: chart
chart: docs ## Check the chart and pack it: build/claire-VERSION.tgz
	@helm="$$(scripts/helm.sh)" && "$$helm" lint --strict charts/claire && mkdir -p build && "$$helm" package charts/claire --destination build

.PHONY: check-manifests
check-manifests: install docs ## Have kube-score read what the examples and the chart become (needs it, or Go)
	@scripts/check-manifests.sh

.PHONY: kind-up
kind-up: ## Make a local cluster with kind (needs docker and kind)
	kind create cluster --name claire --config kind-config.yaml

.PHONY: kind-load
kind-load: images ## Load the images into the kind cluster
	kind load docker-image --name claire claire/workloads:0.1.0 claire/operator:0.1.0

.PHONY: kind-demo
kind-demo: kind-load ## In the kind cluster: operator, simulated exchange, a bot that trades on it
	LOAD_IMAGE=true scripts/cluster-demo.sh

.PHONY: cluster-demo
cluster-demo: ## The same in the cluster of $$KUBECONFIG; LOAD_IMAGE is a command that brings an image there
	scripts/cluster-demo.sh

.PHONY: kind-down
kind-down: ## Remove the kind cluster
	kind delete cluster --name claire

.PHONY: e2e
e2e: install ## Prove a whole bot in the cluster of $$KUBECONFIG (or E2E_CLUSTER_UP); settings in scripts/e2e.sh
	@scripts/e2e.sh

.PHONY: e2e-full
e2e-full: ## The same with the long scenarios: the operator's release upgraded, rolled back, uninstalled, renamed
	@E2E_ARGS="$${E2E_ARGS:---full}" $(MAKE) e2e

##@ Develop
.PHONY: install
install: node_modules/.installed ## Install what the project needs from the package registry (once)
node_modules/.installed: package.json package-lock.json workloads/package.json cdk8s/package.json operator/package.json .npmrc
	@command -v npm >/dev/null || { echo "claire needs Node.js 20 or newer with npm: install it first"; exit 1; }
	@echo "==> Installing packages (npm ci); Node 24 comes with them"
	npm ci --no-progress
	@touch $@

.PHONY: servers
servers: ## Install the PostgreSQL 15, Redis and Prometheus that tests use (Debian, as root)
	@scripts/install-servers.sh

.PHONY: test
test: install servers lint ## Everything that must hold: types, lint, generated files, all tests
	@echo "==> Running the tests (real PostgreSQL, Redis and Kubernetes API servers, the command line as a child process)"
	@assets="$$(scripts/apiserver.sh)" && KUBEBUILDER_ASSETS="$$assets" npm test

.PHONY: apiserver
apiserver: ## Print a folder with etcd, kube-apiserver and kubectl for the tests (built once when there is none)
	@scripts/apiserver.sh

.PHONY: crash-suite
crash-suite: install ## All crash runs of execution: it dies everywhere, the venue's own log is the judge (long)
	@echo "==> Killing execution at every point, thousands of times (CLAIRE_CRASH_RUNS, CLAIRE_CRASH_SEED), and real processes at"
	@echo "    every step with every fault (CLAIRE_CRASH_PROCESS_RUNS, CLAIRE_CRASH_PROCESS_FROM take a slice): more than an hour"
	CLAIRE_CRASH_RUNS=$${CLAIRE_CRASH_RUNS:-3000} CLAIRE_CRASH_PROCESS_RUNS=$${CLAIRE_CRASH_PROCESS_RUNS:-10000} npm test -- workloads/test/crash

.PHONY: risk-histories
risk-histories: install ## Random histories against risk, as many as wanted (CLAIRE_HISTORIES, CLAIRE_HISTORY_SEED)
	@echo "==> Histories of signals, fills, prices, people and deaths (CLAIRE_HISTORIES, CLAIRE_HISTORY_SEED)"
	CLAIRE_HISTORIES=$${CLAIRE_HISTORIES:-20000} npm test -- workloads/test/risk/histories

.PHONY: test-unit
test-unit: install ## The tests beside the code only: no server, no process
	npm test -- workloads/src

.PHONY: lint
lint: install ## Types, ESLint with the import borders, Prettier, drift of generated documents
	npx --no-install tsc --noEmit -p tsconfig.json
	npx --no-install eslint . --max-warnings 0
	npx --no-install prettier --check --log-level warn .
	npx --no-install node scripts/generate-docs.ts --check

.PHONY: format
format: install ## Rewrite sources in the house format
	npx --no-install prettier --write --log-level warn .
	npx --no-install eslint . --fix

.PHONY: docs
docs: install ## Write the generated documents (docs/tradingbot.md, docs/risk-codes.md)
	npx --no-install node scripts/generate-docs.ts

.PHONY: dashboards-preview
dashboards-preview: install servers ## Draw every dashboard with real query results: build/reports/dashboards.html (PREVIEW=--help)
	npx --no-install node scripts/dashboards-preview.ts $(PREVIEW)

.PHONY: bench
bench: install ## Measure on this machine; writes build/reports/*.md (BENCH=--help)
	@assets="$${KUBEBUILDER_ASSETS:-$$(scripts/apiserver.sh || true)}" && KUBEBUILDER_ASSETS="$$assets" npx --no-install node bench/run.ts $(BENCH)

.PHONY: peers
peers: install ## Run the same rule in other back-test engines (installs them below build/); writes build/reports/peers.md
	npx --no-install node bench/peers/run.ts

.PHONY: reports
reports: ## Copy the reports of build/reports into docs/reports
	@test -d build/reports || { echo "nothing to copy: run 'make bench' first"; exit 1; }
	mkdir -p docs/reports && cp build/reports/*.md docs/reports/

.PHONY: clean
clean: ## Remove what runs and tests wrote (build/); asks first, since the ledgers in it go too
	@if [ -d build ]; then read -r -p "Remove build/ with its ledgers and reports? [y/N] " a && [ "$$a" = y ] && rm -rf build; fi
