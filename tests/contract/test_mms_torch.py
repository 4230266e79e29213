"""The graph computes what transformers computes here and now, in each language, before and after quantisation."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from tests.support.mms import FP32_TOLERANCE, INT8_SNR, LETTERS, agreement, snr
from tools import mms_random

from oyez.engines.mms.convert import convert
from oyez.engines.mms.recogniser import Recogniser

torch = pytest.importorskip("torch", reason="torch isn't installed (extra `torch`)")
transformers = pytest.importorskip("transformers", reason="transformers isn't installed (extra `torch`)")

transformers.utils.logging.disable_progress_bar()  # it leaves a thread behind

# Their deprecations are theirs.
pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings("default")]

MINI = Path(__file__).parents[2] / "daemon/oyez/data/mms-mini"
PARAMETRIZED = ("parametrizations.weight.original0", "parametrizations.weight.original1")


@pytest.mark.parametrize("weight_norm", [("weight_g", "weight_v"), PARAMETRIZED], ids=["old names", "new names"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_random_checkpoint_gives_the_same_logits(tmp_path, weight_norm, dtype):
    mms_random.write(tmp_path / "random", mms_random.TINY, LETTERS, weight_norm=weight_norm, dtype=dtype, seed=5)
    compare(tmp_path / "random", tmp_path)


@pytest.mark.parametrize("kind", [mms_random.TINY_LARGE, mms_random.TINY_BASE], ids=["large", "base"])
def test_a_model_without_adapters_gives_the_same_logits(tmp_path, kind):
    mms_random.write(tmp_path / "random", kind, {"eng": LETTERS["eng"]}, seed=7)
    compare(tmp_path / "random", tmp_path, ["eng"])


def test_the_bundled_checkpoint_gives_the_same_logits(tmp_path):
    compare(MINI, tmp_path)


def compare(source: Path, target: Path, languages: list[str] | None = None) -> None:
    """Assert equal logits for lengths down to one frame, the languages taken in turn; log what was measured."""
    extractor = transformers.Wav2Vec2FeatureExtractor.from_pretrained(source)
    model = transformers.Wav2Vec2ForCTC.from_pretrained(source, dtype=torch.float32).eval()
    convert(source, target / "fp32", languages, quantise=False)
    convert(source, target / "int8", languages)
    exact, quantised = Recogniser(target / "fp32", threads=1), Recogniser(target / "int8", threads=1)
    for length in (400, 799, 16_000, 80_000):
        samples = np.random.default_rng(length).standard_normal(length).astype(np.float32) * 0.1
        values = extractor(samples, sampling_rate=16_000, return_tensors="pt").input_values
        for language in exact.languages:
            if model.config.adapter_attn_dim:
                model.load_adapter(language)
            with torch.inference_mode():
                expected = model(values).logits[0].numpy()
            found, small = exact.logits(samples, language), quantised.logits(samples, language)
            worst = np.abs(found - expected).max()
            what = f"{source.name} {language} {length} samples: fp32 differs by {worst:.1e}"
            loss, same = snr(expected, small), agreement(expected, small)
            logging.getLogger(__name__).info("%s, int8 %.1f dB, same symbol %.3f", what, loss, same)
            assert found.shape == expected.shape == small.shape
            assert worst < FP32_TOLERANCE
            assert loss > INT8_SNR
