# `make demo` trains a one-step generator on Fashion-MNIST and draws with it; `make test` proves what it stands on.
# Every target that builds runs scripts/setup first, which takes a moment when nothing is missing.

# The recipes build through .deps/libtorch.pc, which also says what the linker needs (see scripts/libtorch).
export PKG_CONFIG_PATH := $(CURDIR)/.deps$(if $(PKG_CONFIG_PATH),:$(PKG_CONFIG_PATH))
# Make before 4.4 does not hand what it exports to $(shell).
FLAGS = --explicit-target-dependency-import-check error \
	$(shell PKG_CONFIG_PATH='$(PKG_CONFIG_PATH)' pkg-config --variable=swift_flags libtorch)
# Release tests run against what ships: no `-enable-testing`, so the products are not compiled a second time.
RELEASE = --configuration release --disable-testable-imports
LIBRARIES = Torch TorchNN Generative Features OptimalTransport Drifting Transport Marching Bridges Backbones FileFormats \
	Artifacts Datasets Metrics Settings Plots Evaluation RunData Training Encoders Runs DriftingRuns TransportRuns MarchingRuns \
	BridgeRuns Comparison Reproduction Verification TestSupport
EXAMPLES = MixtureFlow ToyDrift
DOCS = .build/documentation

.PHONY: help setup build demo test test-debug test-release examples lint docs bench microbench clean

help:
	@echo "make demo    train a one-step generator on Fashion-MNIST and draw clothes with it"
	@echo "make test    all tests, in debug and in release"
	@echo "make build   the command, in release: .build/release/pushforward"
	@echo "make setup | examples | lint | docs | bench | microbench | clean"

setup:
	@scripts/setup

build: setup
	swift build --configuration release $(FLAGS) --product pushforward

demo: build
	.build/release/pushforward demo

test: test-debug test-release

test-debug: setup
	swift test --disable-xctest --no-parallel $(FLAGS)

test-release: setup
	swift test --disable-xctest --no-parallel $(RELEASE) $(FLAGS)

# Programs of one idea each, which end within seconds.
examples: setup
	for example in $(EXAMPLES); do swift run --configuration release $(FLAGS) $$example || exit; done

lint:
	@scripts/lint

# One archive for all modules; a warning of DocC is an error.
docs: setup
	swift package $(FLAGS) --allow-writing-to-directory $(DOCS) generate-documentation \
		$(LIBRARIES:%=--target %) --enable-experimental-combined-documentation \
		--warnings-as-errors --output-path $(DOCS)

bench: build
	Benchmarks/run

# Single operations, in a package of its own; FILTER='field.*' chooses some.
microbench: setup
	cd Benchmarks/Micro && swift package $$(pkg-config --variable=swift_flags libtorch) benchmark \
		--target Operations $(if $(FILTER),--filter '$(FILTER)')

# Keeps .deps: the libtorch in it is a download of 200 MB.
clean:
	rm -rf .build
