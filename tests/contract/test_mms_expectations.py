"""What the house expects, through the real child process; n-gram models, where KenLM is."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from oyez.engines.mms.engine import MmsAsr
from oyez.engines.mms.reader import Decoding
from oyez.errors import InvalidInput, ModelMissing
from oyez.hot_words import HotWord

ARPA = """\\data\\
ngram 1=5
ngram 2=3

\\1-grams:
-1.0\t<unk>
-99\t<s>\t-0.3
-1.0\t</s>
-0.5\tred\t-0.3
-2.0\tlamp\t-0.3

\\2-grams:
-0.2\t<s> red
-0.1\tred lamp
-0.1\tlamp </s>

\\end\\
"""


@pytest.fixture
async def asr(tiny, tmp_path):
    (tmp_path / "words.txt").write_text("lamp\nred\n")
    engine = MmsAsr(tiny, threads=1, decoding=Decoding(width=8, words={"spa": tmp_path / "words.txt"}))
    yield engine
    await engine.child.close()


async def test_hot_words_and_alternatives_reach_the_child(asr):
    samples = np.random.default_rng(1).standard_normal(16_000).astype(np.float32) * 0.1
    plain = await asr.transcribe(samples, "eng")
    heavy = await asr.transcribe(samples, "eng", hot_words=[HotWord("Lamp", 5.0)])
    assert "lamp" in heavy.text.split()
    assert "lamp" not in plain.text.split()
    assert await asr.transcribe(samples, "eng") == plain
    three = await asr.transcribe(samples, "eng", n_best=3)
    assert len({three.text, *(one.text for one in three.alternatives)}) == 3


async def test_a_list_of_words_reaches_the_child(tiny, asr, tmp_path):
    samples = np.random.default_rng(1).standard_normal(16_000).astype(np.float32) * 0.1
    free = MmsAsr(tiny, threads=1)
    try:
        assert (await asr.transcribe(samples, "spa")).text != (await free.transcribe(samples, "spa")).text
    finally:
        await free.child.close()


async def test_a_list_of_words_that_went_away_costs_its_language_only(asr, tmp_path):
    (tmp_path / "words.txt").unlink()
    samples = np.zeros(8000, np.float32)
    with pytest.raises(InvalidInput, match="list of words"):
        await asr.transcribe(samples, "spa")
    assert (await asr.transcribe(samples, "eng")).language == "eng"


needs_kenlm = pytest.mark.skipif(importlib.util.find_spec("kenlm") is None, reason="needs the extra ngram")


@needs_kenlm
def test_an_ngram_model_favours_the_words_that_follow_one_another(tmp_path):
    from oyez.engines.mms.ngram import Ngram  # noqa: PLC0415 - an extra

    (tmp_path / "house.arpa").write_text(ARPA)
    model = Ngram(tmp_path / "house.arpa")

    def gain(text: str) -> float:
        state, total = model.start, 0.0
        for symbol in text.replace(" ", "|"):
            state, more = model.step(state, symbol)
            total += more
        return total + model.end(state)

    assert gain("red lamp") > gain("lamp red") > gain("red lamb")
    assert gain("red lamp") == pytest.approx(gain("red lamp "))
    assert gain("red|") == pytest.approx(gain("red"))


@needs_kenlm
def test_what_is_no_ngram_model_is_told(tmp_path):
    from oyez.engines.mms.ngram import Ngram  # noqa: PLC0415 - an extra

    with pytest.raises(ModelMissing, match="no such n-gram model"):
        Ngram(tmp_path / "none.arpa")
    (tmp_path / "bad.arpa").write_text("hello")
    with pytest.raises(InvalidInput, match="not a model of KenLM"):
        Ngram(tmp_path / "bad.arpa")
