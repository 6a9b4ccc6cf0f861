# galbar: `make demo` runs the whole workflow on a simulated survey, `make test` every test.
# Choices: PYTHON=python3.12   the Python to build on (3.11, 3.12 or 3.13)
#          DEVICE=gpu          TensorFlow for NVIDIA GPUs (default: cpu)
#          PYTEST=...          more options of pytest
#          WORKERS=4           processes of the tests (each may take 1.5 GB)
#          TABLE=mine.csv      of galaxies to measure, with BUNDLE, NAME, IMAGES, SURVEY and FORCE
#                              (docs/bundles.md)
#          CHECKED=commit      make release: .ci/run has passed there, so tests do not run again
#          DOCS_DEMO=demo      finished demo whose report, gallery and numbers the site shows; none: without
#          PROFILE=ours        folder in profiles/ that make slurm-profile writes, with FORCE

DEVICE ?= cpu
WORKERS ?= 2
PYTHON ?= $(shell requirements/find_python)
REDUCED ?= build/demo-reduced
# One that was begun and is not finished is an error.
DOCS_DEMO ?= $(if $(wildcard demo/results),demo,none)
TABLE ?= examples/galaxies.csv
BUNDLE ?= examples/bundle.zip
# From the command line only: shells set a NAME.
NAME :=
PROFILE := site
IMAGES :=
SURVEY :=
FORCE :=
# More options of pytest.
PYTEST :=
VERSION :=
DATE :=
CHECKED :=
ADDRESS :=

LOCKS := requirements/build.lock requirements/$(DEVICE).lock
STAMP := .venv/galbar-$(DEVICE).stamp
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake
DEMO := --profile profiles/demo

# Nothing of a user's own Python may reach into the environment.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME

# Paths as they are, whatever they hold.
export TABLE BUNDLE NAME IMAGES SURVEY FORCE

.DELETE_ON_ERROR:
.PHONY: help setup measure slurm-profile demo example demo-reduced try-preemption test test-slurm test-browser \
  test-environments test-newest lint docs-config docs docs-links benchmark dag \
  lock release-address release-prepare stored-results release clean-demo

help:
	@echo 'make setup      .venv with the pinned packages (DEVICE=gpu for NVIDIA GPUs)'
	@echo 'make measure    TABLE=mine.csv: lengths of your own galaxies by a bundle, without training'
	@echo 'make slurm-profile  the profile of this SLURM cluster, from what it tells: profiles/site'
	@echo 'make demo       the whole workflow on the simulated survey, the report, the summary'
	@echo 'make try-preemption  on your cluster: interrupts a small training, and shows that it goes on'
	@echo 'make test       every test but those on a cluster and in a browser; coverage of the library'
	@echo 'make test-slurm those: a real SLURM on this machine (root; Debian: see tests/slurm/packages)'
	@echo 'make test-browser  those of the gallery, in Chromium (Debian: see tests/browser/packages)'
	@echo 'make test-environments  the conda environments, from PyPI, and jobs in containers'
	@echo 'make test-newest  the tests with the newest Snakemake and TensorFlow, in a folder of their own'
	@echo 'make lint       ruff, snakefmt, snakemake --lint, the order of the packages, recipes, CI'
	@echo 'make docs-config  the JSON Schema and the table of keys, from the models in galbar/config'
	@echo 'make docs       the documentation as a site, build/site, with report and gallery of DOCS_DEMO'
	@echo 'make docs-links all links of the documentation to elsewhere (needs the network)'
	@echo 'make example    the example that make measure takes, anew (after make demo)'
	@echo 'make benchmark  speed and agreement with other implementations (after make demo; an hour)'
	@echo 'make dag        pictures of rules and jobs: demo/*.mmd (Mermaid), docs/images/data_flow.png'
	@echo 'make lock       write the locks anew from requirements/*.in (UPGRADE=--upgrade: newest versions)'
	@echo 'make release-address ADDRESS=https://github.com/owner/galbar  where it is hosted, in all pages'
	@echo 'make release-prepare VERSION=1.2.0  version and date, wherever they stand (DATE=2026-11-29: not today)'
	@echo 'make stored-results  the results of this version, for later ones to read'
	@echo 'make release    check the version, build its archives and notes; nothing is published'
	@echo 'make clean-demo delete what the demo has made'

setup: $(STAMP)

# The two packages that come as source are built with the pinned tools of build.lock.
$(STAMP): $(LOCKS)
	@test ! -L .venv || { \
	  echo '.venv is a link to another folder, which setting up would empty: remove the link first' >&2; \
	  exit 1; }
	@requirements/find_python --check "$(PYTHON)"
	@command -v "$${CXX:-g++}" >/dev/null || { \
	  echo 'galbar needs a C++ compiler to build pyimfit: install g++ (Debian: apt install g++),' >&2; \
	  echo 'or name yours: make setup CXX=...' >&2; exit 1; }
	@echo "Setting up .venv from requirements/$(DEVICE).lock: some 130 packages, a few minutes."
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  --only-binary :all: --requirement requirements/build.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  --no-build-isolation --requirement requirements/$(DEVICE).lock
	@$(BIN)/python -m pip --disable-pip-version-check check
	@touch $@

measure: setup
	@$(BIN)/python workflow/scripts/measure.py "$$TABLE" "$$BUNDLE" "$$NAME" "$$IMAGES" "$$SURVEY" "$$FORCE"

# As it stands: a login node may have been set up for GPUs.
slurm-profile:
	@test -x $(BIN)/python || { \
	  echo '.venv: found none, expected that of make setup DEVICE=gpu: run it first' >&2; exit 1; }
	@$(BIN)/python workflow/scripts/write_profile.py "$(PROFILE)" "$$FORCE"

demo: setup
	$(SNAKEMAKE) $(DEMO)
	@if [ -f demo/report.html ] && \
	    [ -z "$$(find demo/results workflow/report -type f -newer demo/report.html | head -n 1)" ]; then \
	  echo 'There is nothing to do: the demo and its report are up to date.'; \
	else \
	  $(SNAKEMAKE) $(DEMO) --report "$(CURDIR)/demo/report.html"; \
	fi
	@$(BIN)/python workflow/scripts/print_summary.py demo/results
	@echo 'All tables and figures in one page: demo/report.html'
	@echo 'Single files: demo/results (figures in demo/results/figures); what they hold: docs/results.md'

# What ships: the demo's bundle, and cutouts of galaxies that it has not seen.
example: setup
	@test -f demo/results/bundle.zip || { \
	  echo 'demo/results/bundle.zip: found none, expected that of make demo: run it first' >&2; exit 1; }
	$(BIN)/python workflow/scripts/make_example.py demo/results/bundle.zip examples

# The demo's workflow with a small survey and short trainings: for tests only.
demo-reduced: setup
	rm -rf "$(REDUCED)"
	mkdir -p "$(REDUCED)"
	$(SNAKEMAKE) $(DEMO) --configfile config/demo.yaml tests/config/reduced.yaml \
	  --directory "$(REDUCED)"
	$(SNAKEMAKE) $(DEMO) --configfile config/demo.yaml tests/config/reduced.yaml \
	  --directory "$(REDUCED)" --report "$(abspath $(REDUCED))/report.html"
	@$(BIN)/python workflow/scripts/print_summary.py "$(REDUCED)/results"

# With profiles/site, else profiles/slurm. No setup, which would replace an environment for GPUs.
try-preemption:
	@test -x $(SNAKEMAKE) || { echo '.venv: found no snakemake, expected it: make setup DEVICE=gpu' >&2; exit 1; }
	@$(BIN)/python workflow/scripts/try_preemption.py $(if $(findstring command line,$(origin PROFILE)),"profiles/$(PROFILE)")

test: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --durations 15 --cov \
	  --ignore tests/slurm --ignore tests/browser --ignore tests/environments $(PYTEST)
	@echo 'Skipped: tests/slurm, on a real cluster of this machine alone (make test-slurm, as root),'
	@echo 'tests/browser, in Chromium (make test-browser), and tests/environments (make test-environments).'

# Starts clusters on the loopback interface, one for each process of the tests, and stops them; a
# program that is missing is a failure.
test-slurm: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --durations 0 tests/slurm

# A browser that is missing is a failure; GALBAR_CHROMIUM names another.
test-browser: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --durations 5 tests/browser

# Installs every package of envs/ once more, from PyPI.
test-environments: setup
	$(BIN)/python -m pytest --durations 5 tests/environments

# Not the versions of the locks, so that what changes there is seen before users see it.
NEWEST := build/newest/bin/python
test-newest: setup
	$(BIN)/uv venv --clear --python $(BIN)/python build/newest
	$(BIN)/uv pip install --python $(NEWEST) --overrides requirements/newest.in \
	  --requirement requirements/cpu.in --requirement requirements/dev.in
	$(NEWEST) -m pytest -n $(WORKERS) --dist loadfile tests/unit tests/workflow \
	  --ignore tests/unit/test_environments.py $(PYTEST)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(SNAKEMAKE) --lint --configfile config/demo.yaml
	PYTHONPATH=workflow/scripts $(BIN)/lint-imports
	$(BIN)/shellcheck .ci/run container/run profiles/slurm/submit.sh requirements/find_python
	$(BIN)/hadolint container/Dockerfile
	$(BIN)/zizmor --offline --quiet .github/workflows
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/check-jsonschema --builtin-schema vendor.readthedocs .readthedocs.yaml

# What follows from the configuration's models; a test compares.
docs-config: setup
	PYTHONPATH=workflow/scripts $(BIN)/python -m galbar.config.documents

# Dead references are errors. Always the whole site: what it shows of a demo is no source of a page.
SPHINX := $(BIN)/python -m sphinx --fresh-env --nitpicky --fail-on-warning --keep-going \
  --conf-dir docs/site --doctree-dir build/doctrees
docs: build/docs/stamp
	rm -rf build/site
	PYTHONPATH="$(CURDIR)/build/docs" \
	  GALBAR_DEMO="$(if $(filter none,$(DOCS_DEMO)),none,$(abspath $(DOCS_DEMO)))" \
	  $(SPHINX) --builder html . build/site
	@echo 'To be read: build/site/index.html'

docs-links: build/docs/stamp
	PYTHONPATH="$(CURDIR)/build/docs" GALBAR_DEMO=none $(SPHINX) --builder linkcheck . build/links

# Installed aside: nothing of it belongs to what runs.
build/docs/stamp: requirements/docs.lock | setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --upgrade --target build/docs --requirement requirements/docs.lock
	@touch $@

# Some need the demo's trained networks, one another implementation, which is installed aside.
BENCHMARKS := smoothgrad attribution samples measure_lengths storage training_input heatmap_checks scale
benchmark: setup build/benchmark/stamp
	@test -f demo/results/chosen_setting.json || { \
	  echo 'demo/results: found no trained networks, expected those of make demo: run it first' >&2; \
	  exit 1; }
	@for name in $(BENCHMARKS); do \
	  echo "== benchmarks/$$name.py"; \
	  OMP_NUM_THREADS=1 $(BIN)/python "benchmarks/$$name.py" || exit 1; \
	done

build/benchmark/stamp: requirements/benchmark.lock | setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --upgrade --target build/benchmark --requirement requirements/benchmark.lock
	@touch $@

dag: setup
	@mkdir -p demo
	$(SNAKEMAKE) $(DEMO) --rulegraph mermaid-js > demo/rules.mmd
	$(SNAKEMAKE) $(DEMO) --dag mermaid-js > demo/jobs.mmd
	$(BIN)/python docs/draw_data_flow.py

# Writes no index address: neither the command nor the indexes used are emitted.
COMPILE := UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile --quiet --universal \
  --python-version 3.11 --fork-strategy fewest --generate-hashes $(UPGRADE) \
  --no-emit-index-url --no-emit-find-links
lock: setup
	$(COMPILE) requirements/cpu.in requirements/dev.in --output-file requirements/cpu.lock
	$(COMPILE) requirements/gpu.in requirements/dev.in --constraints requirements/cpu.lock \
	  --output-file requirements/gpu.lock
	$(COMPILE) requirements/build.in --constraints requirements/cpu.lock \
	  --output-file requirements/build.lock
	$(COMPILE) requirements/docs.in --constraints requirements/cpu.lock \
	  --output-file requirements/docs.lock

# Of a release (CONTRIBUTING.md). What holds is checked before and after the tests, which take longer.
RELEASE := $(BIN)/python -m release
release-address: setup
	@$(RELEASE) address "$(ADDRESS)"

release-prepare: setup
	@$(RELEASE) prepare "$(VERSION)" $(if $(DATE),--date "$(DATE)")

stored-results: setup
	@$(RELEASE) store

release: setup
	@$(RELEASE) check
	@if [ "$(CHECKED)" = "$$(git rev-parse HEAD)" ]; then \
	  echo 'Not run: make lint and all tests, which have passed in .ci/run on this commit.'; \
	elif [ -n "$(CHECKED)" ]; then \
	  echo "CHECKED: found $(CHECKED), expected $$(git rev-parse HEAD), the commit checked out" >&2; exit 1; \
	else \
	  $(MAKE) lint test && \
	  echo 'Not run: make test-slurm test-browser test-environments demo-reduced docs. .ci/run does.'; \
	fi
	@$(RELEASE) build

clean-demo:
	rm -rf demo build
