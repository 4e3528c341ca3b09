# Millpond's commands. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Arguments for the server started by `make run`, e.g. `make run ARGS="--port 9000"`.
ARGS ?=
# Seconds for each parser in `make fuzz`.
SECONDS_EACH ?= 600
# Seconds of load in `make soak`.
SOAK_SECONDS ?= 3600
# Topics for `make bench`, all by default.
TOPICS ?=
# KIM's compiled tests and the program of its examples, for `make kim`.
KIM_TESTS ?=
KIM_TOOL ?=
# Only the tests whose name matches, e.g. `make sanitize-thread FILTER=MillpondNetTests`.
FILTER ?=
FILTER_FLAG := $(if $(FILTER),--filter $(FILTER))
# A sanitizer brings its own allocator, and finds nothing in tests that only read the sources.
SANITIZED := --skip AllocationTests --skip TidyTests $(FILTER_FLAG)

.PHONY: help run test allocations peers soak lint format bench conformance kim sanitize-thread sanitize-address fuzz \
	docs

help: ## List these commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

run: ## Build and start `millpond serve` (ARGS="--port 9000 …").
	@scripts/setup run
	swift build -c release --product millpond
	exec "$$(swift build -c release --show-bin-path)/millpond" serve $(ARGS)

test: ## Lint, build and run every test (FILTER=… for some of the suite only).
	@scripts/setup test
	scripts/lint
	$(if $(FILTER),scripts/test-build --build-tests && scripts/run-tests $(FILTER_FLAG),scripts/checks)

allocations: ## Count the allocations of optimised code.
	@scripts/setup test
	MILLPOND_ALLOCATIONS=1 swift test -c release --scratch-path .build-allocations

peers: ## Against curl, wrk, ab, nginx, slowhttptest and Go's net/http, as servers and as clients.
	@scripts/setup test bench peers slow
	scripts/test-peers --go --slow

soak: ## An hour of mixed load, after which nothing may be left behind (SOAK_SECONDS=3600).
	@scripts/setup test
	scripts/soak --seconds $(SOAK_SECONDS)

lint: ## Check the formatting and the scripts.
	@scripts/setup toolchain
	scripts/lint

format: ## Format all Swift sources in place.
	@scripts/setup toolchain
	scripts/lint --fix

docs: ## Build the DocC reference of every library; a warning fails.
	@scripts/setup toolchain
	scripts/docs

bench: ## Measure against the peers, interleaved, and write Documentation/benchmarks.md (TOPICS="pools http" for some).
	@scripts/setup run bench
	scripts/bench $(TOPICS)

conformance: ## Autobahn testsuite, server and client side.
	@scripts/setup run conformance
	scripts/conformance

kim: ## KIM's own clients, compiled elsewhere, against `millpond serve` (KIM_TESTS=… KIM_TOOL=…).
	@scripts/setup run kim
	scripts/test-kim $(if $(KIM_TESTS),--tests "$(KIM_TESTS)") $(if $(KIM_TOOL),--tool "$(KIM_TOOL)")

sanitize-thread: ## The tests under ThreadSanitizer (FILTER=… for some of them).
	@scripts/setup test
	TSAN_OPTIONS="suppressions=$(CURDIR)/scripts/tsan.supp report_thread_leaks=0 halt_on_error=1 $$TSAN_OPTIONS" \
		swift test --sanitize=thread --scratch-path .build-tsan --no-parallel $(SANITIZED)

sanitize-address: ## The tests under AddressSanitizer (FILTER=… for some of them).
	@scripts/setup test
	LSAN_OPTIONS="suppressions=$(CURDIR)/scripts/lsan.supp $$LSAN_OPTIONS" \
		swift test --sanitize=address --scratch-path .build-asan --no-parallel $(SANITIZED)

fuzz: ## Fuzz every parser (SECONDS_EACH=600).
	@scripts/setup test
	scripts/fuzz --seconds $(SECONDS_EACH)
