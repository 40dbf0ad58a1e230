# Every goal sets up what it needs first, and skips that when nothing has changed.
#   make demo PYTHON=/path/to/python3.13 VENV=.venv313
#   make test ARGS="-k quorum"

VENV ?= .venv
ARGS ?=
BIN = $(VENV)/bin
CODE = compiling agents model scenarios dashboard commands

# COMMAND=PACKAGE pairs that `make browser` needs from the system (Debian's names): the dashboard is looked at in a real
# browser, once behind a real proxy with a certificate of its own.
SYSTEM_PACKAGES = chromium=chromium nginx=nginx-light openssl=openssl

# Without its cached bytecode every command takes seconds longer to start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help baseline browser calibration-pages citation coverage dashboard faults golden mutants pictures reference sbom benchmark benchmarks demo test lint types contracts notebooks lock mesa4 offline setup dev uv validation wheel clean

help: ## Show these goals
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

demo: setup ## Run the short demonstration and write its report
	"$(BIN)/gongzhi" demo $(ARGS)

dashboard: setup ## Start the dashboard in the browser
	"$(BIN)/gongzhi" dashboard $(ARGS)

test: dev ## Run the tests, a file a processor at a time (ARGS are passed to pytest)
	"$(BIN)/pytest" -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

browser: dev ## Look at the dashboard in Chromium: every page, both languages, accessibility, refusals
	@sh tools/system-packages $(SYSTEM_PACKAGES)
	"$(BIN)/pytest" -m browser tests/browser $(ARGS)

lint: dev ## Check style and formatting with ruff
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .

types: dev ## Check types with mypy
	"$(BIN)/mypy" $(CODE)

contracts: dev ## Check who imports whom with import-linter
	"$(BIN)/lint-imports" --no-logo

notebooks: dev ## Run every notebook from top to bottom
	@if ls notebooks/*.ipynb >/dev/null 2>&1; then \
		"$(BIN)/pytest" --nbmake notebooks/*.ipynb $(ARGS); \
	else \
		echo "notebooks/ holds no .ipynb file yet: no notebook was run"; \
	fi

# Tests that reach most of both engines and still end in plain mode: of the twins one run of each kind.
PLAIN_TESTS = tests/plain tests/test_rules.py tests/test_voting.py tests/test_mesa_model.py \
	tests/test_twin_engines.py tests/test_mechanisms.py::test_a_bundle_mixes_rich_and_poor \
	tests/test_mechanisms.py::test_apportioning_keeps_the_total_and_the_least \
	tests/test_mechanisms.py::test_sizes_of_a_district_add_up_exactly \
	-k "not jinjiang and not kaifeng and not 2] and not 3] and not turns and not hold and not reach"

coverage: dev ## Measure which lines of agents/ and model/ the tests run, in plain mode (about 4 minutes)
	GONGZHI_PLAIN=1 "$(BIN)/coverage" run -m pytest -q $(PLAIN_TESTS) $(ARGS)
	"$(BIN)/coverage" report

mesa4: dev ## Run our model, scenarios and store under the pre-release of Mesa 4, in an environment of its own
	"$(BIN)/python" tools/mesa4.py $(ARGS)

mutants: dev ## Change rules, money and store one small way at a time, see whether a test notices (about 20 minutes)
	nice -n 10 "$(BIN)/python" tools/mutants.py $(ARGS)

faults: dev ## Cut the power and let things go wrong, in thousands of histories and schedules (about half an hour)
	"$(BIN)/python" tools/crash_states.py --histories 1000
	"$(BIN)/python" tools/schedules.py --schedules 10000
	"$(BIN)/python" tools/schedules.py --kind collection --schedules 1000
	"$(BIN)/python" tools/schedules.py --kind pool --schedules 10000
	nice -n 10 "$(BIN)/python" tools/exits.py --exits 2000 --minutes 15 --forked

baseline: dev ## Show which of the ten frozen tasks have moved, and keep the new digests
	"$(BIN)/python" tools/baseline.py

golden: dev ## Show how the golden results moved, and keep the new ones
	"$(BIN)/python" tools/golden.py

reference: dev ## Write docs/parameters.md and docs/instruments.md from the code and the files
	"$(BIN)/python" tools/reference.py

calibration-pages: dev ## Write model/calibrated.py, docs/calibration.md and docs/ledger.md from the shipped survivors
	"$(BIN)/python" tools/calibrated.py
	"$(BIN)/python" tools/calibration_pages.py

validation: dev ## Write docs/validation.md from the shipped survivors (about two minutes)
	"$(BIN)/python" tools/validation_page.py $(ARGS)

pictures: dev ## Take the pictures of the pages in both READMEs anew, in Chromium (about a minute)
	@sh tools/system-packages $(SYSTEM_PACKAGES)
	"$(BIN)/python" tools/page_pictures.py $(ARGS)

citation: dev ## Write CITATION.cff and codemeta.json from pyproject.toml
	"$(BIN)/python" tools/citation.py

sbom: ## Write docs/sbom.cdx.json, the list of what Gongzhi is made of, from the locks and the files of others
	@python=$$(sh tools/find-python) && "$$python" tools/sbom.py

benchmark: dev ## Measure speed and memory of the core, both engines in one run
	"$(BIN)/python" benchmarks/core.py

benchmarks: dev ## Measure Gongzhi and its peers side by side, and write docs/performance.md (about 20 minutes)
	"$(BIN)/python" benchmarks/peers.py $(or $(ARGS),--write)

wheel: dev ## Make a wheel with the engine compiled in it, in dist/ (about a minute)
	"$(BIN)/python" tools/wheel.py $(ARGS)

offline: dev ## Make dist/, from which Gongzhi installs without a network: that wheel and all packages
	"$(BIN)/python" tools/wheel.py --packages $(ARGS)

setup: ## Make the environment for running and compile the engine (VENV, PYTHON)
	@python=$$(sh tools/find-python) && "$$python" tools/bootstrap.py --venv "$(VENV)" --with demo

dev: ## Make the environment for developing (VENV, PYTHON)
	@python=$$(sh tools/find-python) && "$$python" tools/bootstrap.py --venv "$(VENV)" --with dev

uv:
	@python=$$(sh tools/find-python) && "$$python" tools/bootstrap.py --venv "$(VENV)" --with lock

# One lock for every supported Python and system, and no download address in it. The development lock takes the
# runtime's versions as given, so that what is tested is what the demo runs.
COMPILE = UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1 UV_CUSTOM_COMPILE_COMMAND="make lock" \
	"$(BIN)/uv" pip compile -q --universal --python-version 3.12 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

# Mesa 4 is tried beside 3.5 (`make mesa4`), which everything else runs on.
MESA_4 = 4.0.0a0

lock: uv ## Resolve the locks again (ARGS=--upgrade for newer versions)
	$(COMPILE) $(ARGS) --group uv -o requirements-uv.lock
	$(COMPILE) $(ARGS) pyproject.toml --extra analysis --extra households --group build -o requirements.lock
	$(COMPILE) $(ARGS) pyproject.toml --all-extras --group build --group dev -c requirements.lock -o requirements-dev.lock
	echo "mesa==$(MESA_4)" | $(COMPILE) $(ARGS) --no-deps -o requirements-mesa4.lock -
	"$(BIN)/python" tools/sbom.py

clean: ## Remove environments, caches and results
	rm -rf .venv* results reports build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
