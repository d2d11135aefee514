# Latido. `make` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
ADDR    ?= 127.0.0.1:8080
FUZZ    ?= 30s
# How much CI fuzzes, a count so that a slow machine does the same: little, the
# corpus in testdata is run by the tests.
CHECK_FUZZ ?= 300x
# A test that never ends must not keep CI busy.
TIMEOUT ?= 8m
# Where the program is built for; CI builds for two 32-bit ones of them.
PLATFORMS ?= linux/386 windows/386 linux/arm linux/arm64 linux/s390x linux/mips64le darwin/arm64 freebsd/amd64 windows/amd64

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## start the dashboard with simulated data: http://127.0.0.1:8080
	@go run ./cmd/latido serve --addr $(ADDR) --data data --demo

.PHONY: build
build: ## build bin/latido
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/latido ./cmd/latido

.PHONY: browser
browser: ## install Chromium from the system's packages where it is missing
	@bash .ci/browser

.PHONY: test
test: browser ## run every test, the browser's too (RACE=-race for the race detector)
	@# Packages are tested in this order: what takes longest begins first.
	@go test $(RACE) -timeout $(TIMEOUT) ./hub/journal ./cmd/latido ./...
	@# Again with a goroutine per stream, without what never gets as far as a stream.
	@LATIDO_ORDINARY_STREAMS=1 go test $(RACE) -timeout $(TIMEOUT) -skip 'TestHistory|TestWrongLogin|TestBadInput' ./handlers
	@bash .ci/notrun

.PHONY: test-ordinary
test-ordinary: browser ## every test again with a goroutine per stream, as HTTP/2, TLS and other systems have it
	@LATIDO_ORDINARY_STREAMS=1 go test $(RACE) -timeout $(TIMEOUT) ./handlers/... ./cmd/latido

.PHONY: generate
generate: ## write the Go code of the templ components again
	@go tool templ generate -path views

.PHONY: tidy
tidy: ## check that go.mod and go.sum are complete
	@bash .ci/tidy

.PHONY: platforms
platforms: ## build for other systems and 32-bit processors, without tests (PLATFORMS=linux/386)
	@for p in $(PLATFORMS); do echo "build: $$p"; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build ./... || exit 1; done

.PHONY: generated
generated: generate
	@git diff --exit-code -- views || { echo 'generated code was stale: commit what make generate wrote'; exit 1; }

.PHONY: lint
lint: ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go' | grep -v _templ.go))" || { gofmt -l .; echo 'run gofmt -w on these'; exit 1; }
	@go vet ./...
	@go tool staticcheck ./...

.PHONY: vuln
vuln: ## known vulnerabilities in what the program calls
	@bash .ci/vuln

.PHONY: check
check: tidy generated lint vuln ## exactly what CI runs: modules, generated code, lint, vulnerabilities, 32-bit builds, tests with -race, a little fuzzing
	@# -short: fewer rounds of what make test does whole, so that CI ends within its time. Lint has vetted.
	@# Three packages at once: many tests wait for time to pass. No fuzzing of what
	@# takes long to build for it, the store.
	@$(MAKE) --no-print-directory test RACE='-race -short -p 3 -vet=off'
	@bash .ci/fuzz $(CHECK_FUZZ) hub streams/event hub/hubtest/eventsource handlers/sse handlers/sse/epoll
	@$(MAKE) --no-print-directory platforms PLATFORMS='linux/386 windows/386'

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZ (30s) each
	@bash .ci/fuzz $(FUZZ)

.PHONY: nats-server
nats-server: ## build bin/nats-server, for several nodes on one machine
	@CGO_ENABLED=0 go build -trimpath -o bin/nats-server github.com/nats-io/nats-server/v2

.PHONY: mutate
mutate: ## change the code at random and see whether tests notice (N=30 PKG='./hub ./handlers/access' ALSO=./handlers SEED=N)
	@go test ./.ci/mutate
	@go run ./.ci/mutate -n $(or $(N),30) $(if $(SEED),-seed $(SEED)) $(if $(ALSO),-also $(ALSO)) $(or $(PKG),./handlers/access ./handlers/limits)

.PHONY: faults
faults: ## kill it, cut its power, fill its disk: the long set of fault tests (ONLY=F1,F6/twice SEED=N)
	@run=$$(bash .ci/only '$(ONLY)') && go test -tags faults -count 1 -timeout 0 -v ./cmd/faults -run "$$run" $(if $(SEED),-seed=$(SEED))

.PHONY: bench
bench: build ## fan-out against a bare write loop, and nchan where it is installed
	@bash .ci/bench

.PHONY: benchmarks
benchmarks: browser ## the other figures of the README
	@go test -run '^$$' -bench . -benchmem ./handlers/... ./hub/... ./cmd/latido
