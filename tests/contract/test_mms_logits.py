"""The graph computes what transformers computed for recorded speech, before and after quantisation."""

from __future__ import annotations

import csv
import difflib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.support.mms import FP32_TOLERANCE, INT8_AGREEMENT, INT8_SNR, agreement, snr

from oyez.engines.mms.convert import convert
from oyez.engines.mms.decode import Decoder
from oyez.engines.mms.network import SHORT, OnnxNetwork, Run
from oyez.engines.mms.recogniser import Recogniser

HERE = Path(__file__).parent.parent
RECORDED = HERE / "data/mini"
INT8_LIKENESS = 0.9
MINI = HERE.parent / "daemon/oyez/data/mms-mini"


@pytest.fixture(scope="module", params=[False, True], ids=["fp32", "int8"])
def mini(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mini") / "prepared"
    convert(MINI, folder, quantise=request.param)
    return Recogniser(folder, threads=1), request.param


def recordings() -> list[dict[str, str]]:
    with (RECORDED / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_recorded_speech_has_the_logits_that_transformers_gave(mini):
    recogniser, quantised = mini
    compared = set()
    with np.load(RECORDED / "reference.npz") as reference:
        for row in recordings():
            stem = Path(row["file"]).stem
            if stem not in reference:
                continue
            samples, _ = soundfile.read(RECORDED / row["file"], dtype="float32")
            found, expected = recogniser.logits(samples, row["language"]), reference[stem]
            assert found.shape == expected.shape
            if quantised:
                assert snr(expected, found) > INT8_SNR
                assert agreement(expected, found) >= INT8_AGREEMENT
            else:
                assert np.abs(found - expected).max() < FP32_TOLERANCE
            symbols = recogniser.reader(row["language"]).symbols
            texts = [Decoder(symbols, row["language"]).greedy(logits).text for logits in (found, expected)]
            assert texts[0] == texts[1]
            compared.add(row["language"])
    assert compared == {"eng", "spa"}


def test_recorded_speech_is_written_as_transformers_writes_it(mini):
    """Word for word before quantisation; after it, a letter may differ where the model wavers."""
    recogniser, quantised = mini
    for row in recordings():
        samples, _ = soundfile.read(RECORDED / row["file"], dtype="float32")
        symbols = recogniser.reader(row["language"]).symbols
        text = Decoder(symbols, row["language"]).greedy(recogniser.logits(samples, row["language"])).text
        if quantised:
            assert difflib.SequenceMatcher(None, text, row["heard"], autojunk=False).ratio() > INT8_LIKENESS, row[
                "file"
            ]
        else:
            assert text.split() == row["heard"].split(), row["file"]


@pytest.mark.parametrize(("samples", "given_back"), [(SHORT, False), (SHORT + 320, True)])
def test_memory_of_long_audio_is_given_back_that_of_short_audio_waits_for_the_next(tiny, samples, given_back):
    run = Run()
    OnnxNetwork(tiny, threads=1).compute([np.zeros(samples, np.float32)] * 2, "eng", run)
    key = "memory.enable_memory_arena_shrinkage"
    if given_back:
        assert run.options.get_run_config_entry(key) == "cpu:0"
    else:
        with pytest.raises(RuntimeError, match="does not have"):
            run.options.get_run_config_entry(key)
