# What people run and what CI runs are the same lines. Everything installed stays in .venv.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: demo lab test check bench build clean

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "machine-room needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": run make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[lab,autograde,test]'
	touch $@

demo: $(INSTALLED)   ## build the course, grade a class of 30 in the sandbox, show the table
	$(BIN)/autograde demo

lab: $(INSTALLED)    ## the notebooks in JupyterLab, as a student gets them
	$(BIN)/python -m tools.lab

test: $(INSTALLED)   ## every test
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

check: $(INSTALLED)  ## lint, types, drift between course/, source/ and release/, and the tests of the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/autograde build --check
	$(BIN)/autograde verify

bench: $(INSTALLED)  ## speed and memory, side by side, as ratios
	$(BIN)/python -m benchmarks

build: $(INSTALLED)  ## course/ -> source/ -> release/
	$(BIN)/autograde build

clean:
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
