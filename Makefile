# A thin front for the CMake presets: one short word for each thing a newcomer or the CI wants done.
PREFIX ?= /usr/local
PORT ?= 7000
FUZZ_SECONDS ?= 60
RELEASE_TOOL := build/release/tools/inlet/inlet
SOURCES = git ls-files --cached --others --exclude-standard -- '*.h' '*.hpp' '*.c' '*.cpp'

.DEFAULT_GOAL := help
.PHONY: help run test stress conformance build install deps bench docs fuzz asan ubsan tsan check-all format lint clean

help:
	@echo 'make run        build the tool and serve an echo on port $(PORT) (PORT=n for another)'
	@echo 'make test       build everything and run all tests'
	@echo 'make conformance  the conformance suite, natively and under Wine, and where the two differ'
	@echo 'make stress     what presses hard, in full: minutes on a machine with nothing else to do'
	@echo 'make build      build everything (build/dev)'
	@echo 'make install    build optimised and install below PREFIX=$(PREFIX)'
	@echo 'make bench      build the benchmarks, optimised, and run them beside other libraries (QUICK=1 for a short run)'
	@echo 'make docs       make docs/api and the man pages from the docstrings of the headers'
	@echo 'make fuzz       every parser gets noise for FUZZ_SECONDS=$(FUZZ_SECONDS), under the address sanitizer'
	@echo 'make asan       all tests under the address and leak sanitizer; ubsan, tsan: the other two'
	@echo 'make check-all  all tests in all four builds'
	@echo 'make format     put every source file into the project'\''s format'
	@echo 'make lint       clang-tidy over the library and the tool'
	@echo 'make deps       install the packages all of this needs (Debian 12); the others do it when they must'
	@echo 'make clean      remove build/'

run:
	@scripts/install-deps build
	@cmake --preset release -DINLET_BUILD_TESTS=OFF -DINLET_BUILD_EXAMPLES=OFF -DINLET_BUILD_BENCH=OFF >/dev/null
	@cmake --build --preset release
	@echo
	@echo 'An echo server is starting on port $(PORT). In another terminal try:   nc 127.0.0.1 $(PORT)'
	@echo 'Ctrl-C stops it.  Other services:   $(RELEASE_TOOL) --help'
	@echo
	@exec $(RELEASE_TOOL) serve echo --port $(PORT)

test:
	@scripts/install-deps test
	@cmake --preset dev
	@cmake --build --preset dev
	@ctest --preset dev

# Those whose full size is a promise; ctest runs small versions of all of them.
stress:
	@scripts/install-deps test
	@cmake --preset dev
	@cmake --build --preset dev --target stress_close_race stress_backlog stress_silent_clients stress_priorities stress_recorder stress_limits stress_sequences
	@build/dev/tests/stress/close_race --operations 10000000 --threads 8
	@build/dev/tests/stress/close_race --operations 1000000 --self-test
	@build/dev/tests/stress/backlog --rounds 1000 --burst-rounds 100
	@build/dev/tests/stress/priorities
	@build/dev/tests/stress/recorder
	@build/dev/tests/stress/limits
	@build/dev/tests/stress/sequences
	@build/dev/tests/stress/silent_clients

conformance:
	@scripts/install-deps conformance
	@cmake --preset dev
	@cmake --build --preset dev --target conformance_spi conformance_winsock
	@tests/conformance/build_wine.sh build/wine
	@tests/conformance/run.sh build/dev/tests/conformance build/wine/conformance.exe
	@echo
	@echo 'examples/socket_server.cpp, under Wine:'
	@tests/conformance/example_wine.sh build/wine

build:
	@scripts/install-deps test
	@cmake --preset dev
	@cmake --build --preset dev

install:
	@scripts/install-deps build
	@cmake --preset release -DINLET_BUILD_TESTS=OFF -DINLET_BUILD_EXAMPLES=OFF
	@cmake --build --preset release
	@cmake --install build/release --prefix '$(PREFIX)'
# Without this the loader would not see a new library in a system folder until the next boot.
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" -eq 0 ]; then ldconfig; fi

deps:
	@scripts/install-deps test

bench:
	@scripts/install-deps bench
	@cmake --preset release -DINLET_BUILD_BENCH=ON
	@BENCH_FLAGS='$(if $(QUICK),--short)' cmake --build --preset release --target bench

docs:
	@scripts/install-deps test
	@scripts/api-docs

fuzz:
	@scripts/install-deps fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh build/fuzz

asan ubsan tsan:
	@scripts/install-deps test
	@cmake --preset $@
	@cmake --build --preset $@
	@ctest --preset $@

# In this order, one after the other: the quickest finding first.
check-all:
	@for preset in test asan ubsan tsan; do $(MAKE) --no-print-directory $$preset || exit 1; done

format:
	@$(SOURCES) | xargs clang-format -i

lint: build
	@git ls-files 'src/*.cpp' 'tools/*.cpp' | xargs -n 4 -P 2 clang-tidy -p build/dev --quiet

clean:
	rm -rf build
