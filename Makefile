# Everything a person types. `make` lists it.
SHELL := /bin/bash
PYTHON := .venv/bin/python
TEST_LIMIT ?= 15m
FULL_SIZE ?= build/full_size
export PATH := $(PATH):/usr/sbin:/sbin

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo test fuzz test-torch check format bench bench-ears bench-house bench-flood bench-asr full-size bench-hot-words bench-languages bench-speakers bench-live bench-manners calibrate bench-tts bench-voices bench-intelligibility eval-mini train-mini home-assistant clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## System packages, virtual environment, models (quick when nothing is to do)
	@scripts/setup run

setup-test: # the same, and what tests and checks need
	@scripts/setup test

run: setup ## Start the daemon with config/demo.yaml and show what it does, until Ctrl-C
	@.venv/bin/oyez demo --stay --config config/demo.yaml

demo: setup ## The loop once in a virtual room; fails unless what was heard is what was said
	@.venv/bin/oyez demo

test: setup-test ## All tests, with a real broker, a real sound server and the real models
	timeout --foreground --kill-after=30s $(TEST_LIMIT) $(PYTHON) -m pytest -n 2 $(ARGS)

fuzz: setup-test ## Damaged and odd input for every parser (minutes; SECONDS=20 each)
	$(PYTHON) -m tests.fuzz --seconds $(or $(SECONDS),20) $(ARGS)

test-torch: setup-test ## Recognition against transformers itself, Kokoro against its own torch (installs torch; two minutes)
	$(PYTHON) -m pip install --quiet --editable '.[torch]'
	$(PYTHON) -m pytest tests/contract/test_mms_torch.py tests/contract/test_mms_engines.py tests/contract/test_kokoro_torch.py -o log_cli=true -o log_cli_level=INFO

check: setup-test ## Lint, format, types, layers
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

format: setup-test ## Lay out the code, mend what the linter can mend
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

bench: setup-test ## Voice activity detection on noisy speech (minutes)
	$(PYTHON) -m benchmarks.vad

bench-ears: setup-test ## What noise suppression is worth on mms-mini, and a hang-over that is learnt (minutes; after eval-mini)
	$(PYTHON) -m benchmarks.noise
	$(PYTHON) -m benchmarks.pace

bench-house: setup-test ## The whole daemon: delays, memory, idle CPU (a minute)
	$(PYTHON) -m benchmarks.house

bench-flood: setup-test ## The event loop in a flood of garbage, 1,000 messages a second (a minute)
	$(PYTHON) -m benchmarks.flood

bench-asr: setup-test ## Recognition at the full size of mms-1b-all beside its peers, on random weights (10 minutes, 16 GB of memory, 10 GB of disk)
	$(PYTHON) -m pip install --quiet --editable '.[torch,bench-asr]'
	$(PYTHON) -m benchmarks.asr --folder $(FULL_SIZE) --out docs/recognition.md
	$(PYTHON) -m benchmarks.asr_parts --folder $(FULL_SIZE) --out docs/recognition.md

full-size: setup-test ## A checkpoint of full size: written, installed, heard with, compared with transformers (minutes, 6 GB of disk)
	$(PYTHON) -m pip install --quiet --editable '.[torch]'
	$(PYTHON) -m tools.full_size --folder $(FULL_SIZE)

bench-hot-words: setup-test ## What hot words and a list of words are worth on mms-mini (minutes; after eval-mini)
	$(PYTHON) -m benchmarks.decoding

bench-languages: setup-test ## How often the right one of two languages is chosen on mms-mini (minutes; after eval-mini)
	$(PYTHON) -m benchmarks.languages

bench-speakers: setup-test ## How often a voice is told, mistaken, left unnamed: SET=FOLDER GUESTS=FOLDER (minutes; after eval-mini)
	$(PYTHON) -m benchmarks.speakers $(if $(SET),--set $(SET)) $(if $(GUESTS),--guests $(GUESTS))

bench-live: setup-test ## From the end of speech to its transcript, with and without a beginning in the pause (a minute)
	$(PYTHON) -m benchmarks.live

calibrate: setup-test ## Fit mms-mini's confidences, and tell how reliable they are (minutes; after eval-mini)
	$(PYTHON) -m benchmarks.calibration --write

bench-manners: setup-test ## How soon something urgent is heard, how exactly rooms begin together (a minute)
	$(PYTHON) -m benchmarks.urgent
	$(PYTHON) -m benchmarks.together

bench-tts: setup ## Time to the first sound, beside kokoro-onnx and torch, and when it is said again (a quarter of an hour; installs torch)
	$(PYTHON) -m pip install --quiet --editable '.[bench,torch]'
	$(PYTHON) -m benchmarks.tts_peer --out docs/benchmarks.md
	$(PYTHON) -m benchmarks.tts_first_audio
	$(PYTHON) -m benchmarks.tts_repeat

bench-voices: setup ## How near streamed speech comes to whole utterances, in every voice (half an hour)
	$(PYTHON) -m pip install --quiet --editable '.[bench]'
	$(PYTHON) -m tools.kokoro.judge

bench-intelligibility: setup ## Whether streamed speech is understood as well as whole utterances, by Whisper (a quarter of an hour)
	$(PYTHON) -m pip install --quiet --editable '.[bench-asr,eval]'
	$(PYTHON) -m benchmarks.intelligibility --out docs/streaming.md

eval-mini: setup ## Word error rates of mms-mini by language and kind of voice (half an hour; installs torch)
	@scripts/mini eval

train-mini: setup ## Train mms-mini anew (hours; installs torch)
	@scripts/mini train

home-assistant: setup-test ## Everything with a real Home Assistant: HASS=/path/to/hass (minutes)
	$(PYTHON) -m tools.home_assistant $(ARGS)

clean: ## Remove what set-up and tools made here; models stay
	rm -rf .venv build dist .*_cache .hypothesis .coverage
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
