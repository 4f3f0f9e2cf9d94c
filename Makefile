# What people run and what CI runs are the same lines. Everything installed stays in .venv, for `lowest` in .venv-lowest, for
# `site` in .venv-site. Tests of the hub make environments of what .venv has, with the JupyterHub 5 that .venv-hub5 has.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
LOWEST := .venv-lowest/.installed
SITE := .venv-site/.installed
HUB5 := .venv-hub5/.fetched
# What a try of the hub needs, without what only tests do: half of the bytes. Where all is installed, it is as well.
FOR_THE_HUB := $(if $(wildcard $(INSTALLED)),$(INSTALLED),.venv/.installed-for-the-hub)
# All distributions in one command: the autograder asks for its library by name, and no index has that name.
INSTALL := -m pip install --quiet --disable-pip-version-check

# A module's tests, or a named group's, are one worker's. tests/conftest.py has the order, longest first.
IN_GROUPS := --dist loadgroup --no-loadscope-reorder
# As many workers as CI has cores. For all tests one more: those of browsers, hubs and clocks wait a third of their time.
SHARED := --numprocesses 2 $(IN_GROUPS)
ALL_SHARED := --numprocesses 3 $(IN_GROUPS)
# In under a minute on two cores: no browser, no network, no class in the sandbox.
QUICK := tests/*.py tests/lib/checks/test_messages.py tests/lib/optimizers/test_optimizers.py \
	tests/lib/test_activations.py tests/lib/test_callbacks.py tests/lib/test_formulas.py tests/lib/test_network.py \
	tests/lib/test_regularizers.py tests/lib/test_saving.py tests/lib/test_schedules.py \
	tests/autograde/course/test_folder.py tests/autograde/course/test_notebook.py tests/autograde/grading/test_journal.py \
	tests/autograde/inside/test_wire.py tests/autograde/report tests/autograde/course/test_intake.py
# What the lowest versions could break: NumPy's API, Matplotlib's (every picture is drawn), Jupytext's and
# nbgrader's files, its gradebook. Left out is what compares with scikit-learn, SciPy and PyTorch, which cap NumPy in their own
# ways; what needs PostgreSQL, a browser or the hub; and what is long and ours alone: the bank of mistakes, and pictures moved to each end.
OLDEST := $(addprefix tests/lib/,optimizers test_activations.py test_callbacks.py test_gradients_everywhere.py test_layers_alone.py \
	test_layout.py test_network.py test_saving.py test_schedules.py test_surfaces.py test_training.py explore/test_canvas.py \
	$(addprefix explore/test_every.py::test_,a_picture_is_a_png_of_its_size static_is_a_figure_that_can_be_saved)) \
	$(addprefix tests/autograde/,course/test_build.py course/test_notebook.py gradebook/test_writer.py gradebook/test_pictures.py)
# What is measured: tests that run in their own process and soon end. What the sandbox's boxes, the pool's workers and browsers
# run would not be seen. A test that is left out here still runs in `make test`: these floors are low, and what they hold is real.
COVERED := $(addprefix tests/hub/test_,bundle.py configurations.py names.py settings.py store.py) \
	$(addprefix tests/lib/,exchange notebook optimizers keras checks/test_messages.py explore/test_canvas.py explore/test_controls.py \
	test_activations.py test_callbacks.py test_check_imports.py test_datasets.py test_gradients_everywhere.py test_layers_alone.py \
	test_layout.py test_network.py test_parity.py test_regularizers.py test_saving.py test_schedules.py test_surfaces.py test_training.py) \
	$(addprefix tests/autograde/,test_modes.py contract report course/test_folder.py course/test_handin.py course/test_intake.py \
	course/test_notebook.py course/test_pins.py course/test_settings.py gradebook/test_formulas.py gradebook/test_standings.py \
	gradebook/test_texts.py grading/test_journal.py grading/test_keys.py inside/test_wire.py judge/test_stops.py)

.PHONY: demo lab hub test test-root test-site quick coverage lowest check bench build site images try-images clean

define NEW_ENOUGH
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "machine-room needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": run make PYTHON=/path/to/python3.11")'
endef

$(INSTALLED): pyproject.toml lib/pyproject.toml hub/pyproject.toml constraints.txt $(wildcard lib/labextension/* lib/labextension/static/*)
	$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv
	$(BIN)/python $(INSTALL) --constraint constraints.txt --editable './lib[lab,hub]' --editable '.[cluster,postgresql,test]' --editable './hub[local,single-server]'
	touch $@

.venv/.installed-for-the-hub: pyproject.toml lib/pyproject.toml hub/pyproject.toml constraints.txt
	$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv
	$(BIN)/python $(INSTALL) --constraint constraints.txt --editable './lib[lab,hub]' --editable . --editable './hub[local]'
	touch $@

$(LOWEST): pyproject.toml lib/pyproject.toml constraints-lowest.txt
	$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python $(INSTALL) --constraint constraints-lowest.txt --editable ./lib --editable . hypothesis pytest pytest-xdist pyyaml
	touch $@

$(HUB5): constraints-hub5.txt
	rm -rf .venv-hub5
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest .venv-hub5 --requirement constraints-hub5.txt
	touch $@

$(SITE): lib/pyproject.toml web/requirements.txt web/constraints.txt
	$(NEW_ENOUGH)
	$(PYTHON) -m venv .venv-site
	.venv-site/bin/python $(INSTALL) --constraint web/constraints.txt --requirement web/requirements.txt --editable ./lib
	touch $@

demo: $(INSTALLED)   ## build the course, grade a class of 30 in the sandbox, show the table
	$(BIN)/autograde demo

lab: $(INSTALLED)    ## the notebooks in JupyterLab, as a student gets them
	$(BIN)/python -m tools.lab

hub: $(FOR_THE_HUB)  ## a hub on this machine with the course in it, to try it: one instructor, three students
	$(BIN)/python -m tools.hub

test: $(INSTALLED) $(HUB5) ## every test
	$(BIN)/python -m pytest $(ALL_SHARED)

quick: $(INSTALLED)  ## while you work: lint, types, and the tests that take no time
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(SHARED) --quiet $(QUICK)

lowest: $(LOWEST)    ## what the declared lowest versions could break, with exactly those
	.venv-lowest/bin/python -m pytest $(SHARED) --quiet -W default -k 'not postgresql' $(OLDEST) # they warn by their age

test-root: $(INSTALLED) $(HUB5) ## what only root can set up: users of the system who attack each other
	@[ "$$(id -u)" -eq 0 ] || { echo "make test-root makes users and works as them: run it as root, in a container or on a machine for tests"; exit 1; }
	$(BIN)/python -m pytest -m root

test-site: $(INSTALLED) $(SITE) ## the site in a browser: every notebook in JupyterLite, with a Pyodide that is pinned by its hash
	$(BIN)/python -m tools.pyodide .venv-site/pyodide
	.venv-site/bin/python -m web --pyodide .venv-site/pyodide --output .venv-site/site
	$(BIN)/python -m pytest -m site --numprocesses 2 --dist loadgroup tests/web

coverage: $(INSTALLED) ## which lines and branches of each room a part of the tests runs; no room falls below its floor
	$(BIN)/python -m pytest $(SHARED) --quiet --cov --cov-report=json $(COVERED)
	$(BIN)/python -m tools.floor

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

site: $(SITE)        ## the course as one static folder, _site/, to read and to work in; PYODIDE=FOLDER ships that Pyodide, else its CDN's is loaded
	.venv-site/bin/python -m web $(if $(PYODIDE),--pyodide "$(PYODIDE)")

images: $(INSTALLED)  ## container images of the course, by buildah: exchange, student, grader; BASE=IMAGE names another base than Docker's Python
	$(BIN)/python -m tools.images build $(if $(BASE),--base "$(BASE)")

try-images: $(INSTALLED) ## build them on a base that is made here, and try each: a class graded, also by two Dask workers; a student's server; the exchange
	$(BIN)/python -m tools.images try $(if $(BASE),--base "$(BASE)")

clean:
	rm -rf .venv .venv-hub5 .venv-lowest .venv-site _site demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.json
