# Crop Attention: `make` lists what can be done. Every verb does its own set-up.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
TORCH ?= torch==2.13.0
PROFILE ?= default
SEED ?= 7
ARGS ?=

SETTINGS := $(PYTHON) $(TORCH)
STAMP := build/venv.stamp
ENVIRONMENT := QT_QPA_PLATFORM=offscreen PYTHONPATH="$(CURDIR)/build/plugins"
RUN := $(ENVIRONMENT) .venv/bin/python
LINK := build/plugins/crop_attention/metadata.txt
# The whole suite is shared out among processes of one thread each, file by file; a part is run in one.
SHARED := $$(.venv/bin/python -c 'import xdist' 2>/dev/null && echo --numprocesses logical --maxprocesses 4 --dist loadfile)
WHOLE := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

ifneq ($(SETTINGS),$(shell cat $(STAMP) 2>/dev/null))
STALE := stale
endif
ifeq ($(wildcard .venv/bin/python),)
STALE := stale
endif

.PHONY: help venv demo test lint check-package bench bench-accuracy bench-paper bench-paper-quick models translations package install clean $(STALE)

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  PYTHON=... the Python that sees QGIS    TORCH='torch --index-url URL' another torch"

venv: $(STAMP) ## install what is missing, build .venv and build/plugins/crop_attention

$(LINK): # the package under its name, whatever this folder is called
	@mkdir -p build/plugins
	@ln -sfn ../.. build/plugins/crop_attention

$(STAMP): constraints.txt tools/setup.sh $(STALE) | $(LINK)
	@PYTHON="$(PYTHON)" TORCH="$(TORCH)" bash tools/setup.sh
	@echo "$(SETTINGS)" > $(STAMP)

demo: $(STAMP) ## simulate a county, map it through qgis_process, write demo/ with a QGIS project
	@$(RUN) -m crop_attention.tools.demo --seed $(SEED) $(ARGS)

test: $(STAMP) ## run the test suite (ARGS="-k name" for a part of it)
	@mkdir -p build/home
	$(if $(ARGS),,$(WHOLE)) HOME="$(CURDIR)/build/home" $(ENVIRONMENT) .venv/bin/python -m pytest $(if $(ARGS),$(ARGS),$(SHARED))

lint: $(STAMP) ## check style, common mistakes and types
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	env -u PYTHONPATH .venv/bin/python -m mypy

check-package: $(STAMP) ## check the plugin's archive as the plugin repository does
	@$(RUN) -m crop_attention.tools.check_package

bench-accuracy: $(STAMP) ## judge the bundled checkpoint on real samples: one table of all figures
	@$(RUN) -m crop_attention.benchmarks.accuracy $(ARGS)

bench: $(STAMP) ## measure speed and memory: one table (ARGS=--quick for a short one)
	@$(RUN) -m crop_attention.benchmarks.speed $(ARGS)

bench-paper: $(STAMP) ## the paper's comparison: hours, goes on where it stood (ARGS="--pastis FOLDER")
	@$(RUN) -m crop_attention.benchmarks.paper $(ARGS)

bench-paper-quick: $(STAMP) ## the paper's comparison in under 15 minutes: the same code, few steps
	@$(RUN) -m crop_attention.benchmarks.paper --quick $(ARGS)

pictures: $(STAMP) ## draw docs/pictures anew
	@QT_QPA_PLATFORM=offscreen $(RUN) -m crop_attention.tools.pictures
	@$(RUN) -m crop_attention.tools.window_pictures --language en
	@$(RUN) -m crop_attention.tools.window_pictures --language zh_CN

models: $(STAMP) ## write resources/models anew (with the oldest QGIS that is supported)
	@QT_HASH_SEED=0 $(RUN) -m crop_attention.tools.make_models

translations: $(STAMP) ## collect the sentences of the sources in resources/locale for translators
	@$(RUN) -m crop_attention.tools.translations

package: $(LINK) ## build dist/crop_attention.zip for the plugin manager
	@PYTHONPATH=build/plugins $(PYTHON) -m crop_attention.tools.package $(ARGS)

install: $(LINK) ## copy the plugin into your QGIS profile (PROFILE=name, ARGS=--link for a link)
	@PYTHONPATH=build/plugins $(PYTHON) -m crop_attention.tools.install --profile "$(PROFILE)" $(ARGS)

clean: ## remove what the other verbs have built
	rm -rf .venv build demo dist
