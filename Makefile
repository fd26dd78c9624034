# make run    a real locustfile against the bundled demo target, about 15 seconds, report at the end
# make test   everything: C++ tests under sanitizers, a minute of fuzzing, Python, compatibility with stock Locust
# make bench  the benchmarks, beside stock Locust and wrk
# make budget records how many instructions a request costs, which `make test` holds later changes to
# make sanitize  the Python tests over an extension with AddressSanitizer and UBSan; takes long, not part of make test
# make sanitize-thread  ... with ThreadSanitizer
# make clean  removes what these made
#
# Each sets up what it needs, once: system packages (.ci/install-deps), a venv in .venv, the build.

PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
WERROR ?= OFF
FUZZ_SECONDS ?= 60
VENV := .venv
SANITIZE_ARGS ?= tests/python --ignore tests/python/test_out_of_memory.py
BIN := $(VENV)/bin
STAMPS := build/stamps
NATIVE_SOURCES := $(shell find core python/bindings CMakeLists.txt -name '*.cpp' -o -name '*.hpp' -o -name '*.cmake' -o -name CMakeLists.txt)
TEST_SOURCES := $(shell find tests/unit tests/fuzz -name '*.cpp' -o -name CMakeLists.txt)

.PHONY: run test bench budget clean build unit fuzz tidy pytest sanitize sanitize-thread
.DELETE_ON_ERROR:

run: $(STAMPS)/install
	@$(BIN)/python tests/support/run_quickstart.py

test: unit fuzz tidy pytest

build: $(STAMPS)/install

unit: $(STAMPS)/unit
	ctest --preset dev -j 2

fuzz: $(STAMPS)/fuzz
	$(BIN)/python tests/fuzz/run.py build/fuzz --seconds $(FUZZ_SECONDS)

# What was clean before and has not changed is not looked at again.
tidy: $(STAMPS)/venv $(STAMPS)/system-test
	cmake --preset tidy --log-level=WARNING
	$(BIN)/python tests/lint/tidy.py build/tidy

pytest: $(STAMPS)/install $(STAMPS)/venv-test $(STAMPS)/stock
	LOCUSTELLA_STOCK_PYTHON=$(CURDIR)/.venv-stock/bin/python $(BIN)/python -m pytest tests

# The whole Python suite over an extension built with AddressSanitizer and UBSan, or with ThreadSanitizer, each in a
# venv of its own. Arguments of pytest: make sanitize SANITIZE_ARGS="tests/python/test_hub.py". AddressSanitizer keeps
# no red zones on the stack: a greenlet's stack is copied away and back as a whole. tests/python/test_out_of_memory.py
# limits the address space, of which a sanitizer alone takes terabytes.
sanitize: $(STAMPS)/sanitize-address,undefined $(STAMPS)/system-test
	PATH="$(CURDIR)/build/sanitize-address,undefined/venv/bin:$$PATH" \
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:halt_on_error=1 \
	UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
	"build/sanitize-address,undefined/venv/bin/python" -m pytest --timeout 600 $(SANITIZE_ARGS)

sanitize-thread: $(STAMPS)/sanitize-thread $(STAMPS)/system-test
	PATH="$(CURDIR)/build/sanitize-thread/venv/bin:$$PATH" LD_PRELOAD="$$(gcc -print-file-name=libtsan.so)" \
	TSAN_OPTIONS=report_signal_unsafe=0:history_size=4:die_after_fork=0 \
	build/sanitize-thread/venv/bin/python -m pytest --timeout 600 $(SANITIZE_ARGS)

bench: $(STAMPS)/install $(STAMPS)/venv-test $(STAMPS)/stock
	LOCUSTELLA_STOCK_PYTHON=$(CURDIR)/.venv-stock/bin/python $(BIN)/python tests/benchmarks/run.py $(BENCH_ARGS)

budget: $(STAMPS)/install $(STAMPS)/system-test
	$(BIN)/python tests/budget/budget.py --record

$(STAMPS)/system: .ci/install-deps
	@PYTHON=$(PYTHON) .ci/install-deps build
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/system-test: .ci/install-deps $(STAMPS)/system
	@PYTHON=$(PYTHON) .ci/install-deps test
	@touch $@

$(STAMPS)/venv: pyproject.toml $(STAMPS)/system
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with PYTHON=..." >&2; exit 1; }
	@echo "Making the virtual environment $(VENV) and fetching the build tools ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --upgrade pip
	@$(BIN)/pip install -q "scikit-build-core>=0.10" "pybind11>=3.0" "cmeel-boost>=1.87" "greenlet>=3.0"
	@touch $@

$(STAMPS)/venv-test: pyproject.toml $(STAMPS)/install $(STAMPS)/system-test
	$(BIN)/pip install -q $$($(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['test'])")
	@touch $@

# An editable install: Python files are used where they are, the extension is built into site-packages.
$(STAMPS)/install: $(STAMPS)/venv $(NATIVE_SOURCES)
	@echo "Compiling Locustella: some minutes the first time, later only what has changed ..."
	@$(BIN)/pip install -q --no-build-isolation -e . -C "build-dir=build/python-{cache_tag}" -C install.strip=false -C cmake.define.LOCUSTELLA_WERROR=$(WERROR)
	@touch $@

# The stem: the sanitizers.
$(STAMPS)/sanitize-%: pyproject.toml $(STAMPS)/system $(NATIVE_SOURCES)
	$(PYTHON) -m venv "build/sanitize-$*/venv"
	"build/sanitize-$*/venv/bin/pip" install -q "scikit-build-core>=0.10" "pybind11>=3.0" "cmeel-boost>=1.87" "greenlet>=3.0"
	"build/sanitize-$*/venv/bin/pip" install -q --no-build-isolation -e ".[test]" -C "build-dir=build/sanitize-$*/python" \
		-C cmake.build-type=RelWithDebInfo -C cmake.define.CMAKE_BUILD_TYPE=RelWithDebInfo -C install.strip=false \
		-C cmake.define.CMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" \
		-C cmake.define.CMAKE_CXX_FLAGS="$(if $(findstring address,$*),--param asan-stack=0)" \
		-C "cmake.define.LOCUSTELLA_SANITIZE=$*"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/stock: tests/support/stock-requirements.txt
	$(PYTHON) -m venv .venv-stock
	.venv-stock/bin/pip install -q -r $<
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/unit: $(STAMPS)/venv $(STAMPS)/system-test $(NATIVE_SOURCES) $(TEST_SOURCES) CMakePresets.json
	cmake --preset dev -DLOCUSTELLA_WERROR=$(WERROR)
	cmake --build --preset dev
	@touch $@

$(STAMPS)/fuzz: $(STAMPS)/venv $(STAMPS)/system-test $(NATIVE_SOURCES) $(TEST_SOURCES) CMakePresets.json
	cmake --preset fuzz
	cmake --build --preset fuzz
	@touch $@

clean:
	rm -rf build .venv .venv-stock
