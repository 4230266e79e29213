"""What may be in a Hugging Face folder, and what is made of it: with adapters or without, in shards, damaged, copied."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.support.mms import FP32_TOLERANCE, LETTERS
from tools import mms_random

from oyez.engines import cpu
from oyez.engines.mms.convert import convert
from oyez.engines.mms.layout import Architecture
from oyez.engines.mms.prepared import Prepared
from oyez.engines.mms.recogniser import Recogniser, normalise
from oyez.engines.mms.reference import Reference, gelu
from oyez.engines.mms.source import Source, read_adapter
from oyez.engines.mms.tensors import INDEX, Checkpoint, TensorFile
from oyez.errors import ModelDamaged, ModelMissing

RECORDED = Path(__file__).parent.parent / "data/mini"
MINI = Path(__file__).parents[2] / "daemon/oyez/data/mms-mini"
PLAIN = {"large": mms_random.TINY_LARGE, "base": mms_random.TINY_BASE}


@pytest.fixture(params=PLAIN, ids=PLAIN)
def plain(request, tmp_path):
    """A folder without adapters: its files don't say which language it hears."""
    mms_random.write(tmp_path / "plain", PLAIN[request.param], {"eng": LETTERS["eng"]}, seed=3)
    return tmp_path / "plain"


def test_the_reference_computes_what_transformers_computed():
    architecture = Source(MINI).architecture
    with np.load(RECORDED / "reference.npz") as reference:
        for language in ("eng", "spa"):
            adapter, _ = read_adapter(MINI, language, architecture)
            samples, _ = soundfile.read(RECORDED / f"{language}_1.flac", dtype="float32")
            told = []
            found = Reference(architecture, Checkpoint(MINI), adapter).logits(normalise(samples), told.append)
            assert np.abs(found - reference[f"{language}_1"]).max() < FP32_TOLERANCE
            assert told[-1] == 1.0


def test_the_references_gelu_is_that_of_torch():
    values = {-3.0: -0.00404969, -0.5: -0.15426877, 0.0: 0.0, 1.0: 0.84134475, 2.5: 2.48447585}
    np.testing.assert_allclose(gelu(np.array([*values], np.float32)), [*values.values()], atol=1e-6)


@pytest.mark.parametrize("quantise", [False, True], ids=["fp32", "int8"])
def test_a_model_without_adapters_hears_the_language_that_was_named(plain, tmp_path, quantise):
    convert(plain, tmp_path / "made", ["deu"], quantise=quantise)
    made = Prepared.open(tmp_path / "made")
    assert made.languages == ("deu",)
    assert made.proof["snr_db"] > (20 if quantise else 100)
    samples = np.random.default_rng(1).standard_normal(20_000).astype(np.float32)
    assert Recogniser(tmp_path / "made", threads=1).recognise(samples, "de-DE").language == "deu"


@pytest.mark.parametrize(("letters", "written"), [("ABCÄ'", "abcä'"), ("aBC", "aBC"), ("abc", "abc"), ("אבג", "אבג")])
def test_a_model_that_writes_capitals_only_writes_small_letters_here(tmp_path, letters, written):
    mms_random.write(tmp_path / "plain", mms_random.TINY_BASE, {"eng": letters})
    _, vocabulary = read_adapter(tmp_path / "plain", "eng", mms_random.TINY_BASE)
    assert [*vocabulary] == [*mms_random.SPECIAL, *written]
    assert [*vocabulary.values()] == [*range(len(vocabulary))]


def test_a_model_without_adapters_needs_its_language_named_and_has_no_second_one(plain, tmp_path):
    with pytest.raises(ModelDamaged, match="which language it hears isn't known") as caught:
        convert(plain, tmp_path / "made")
    assert caught.value.hint == "name it with --language"
    (plain / "vocab.json").write_text(json.dumps({"eng": json.loads((plain / "vocab.json").read_text())}))
    convert(plain, tmp_path / "made")
    assert Prepared.open(tmp_path / "made").languages == ("eng",)
    with pytest.raises(ModelDamaged, match="no adapter for deu"):
        convert(plain, tmp_path / "made", ["deu"])


def test_a_fine_tune_whose_adapters_lie_in_the_trunk_is_the_same_as_one_with_an_adapter_file(tmp_path):
    samples = np.random.default_rng(2).standard_normal(20_000).astype(np.float32)
    logits = []
    for name in ("file", "trunk"):
        folder = tmp_path / name
        mms_random.write(folder, mms_random.TINY, {"eng": LETTERS["eng"]}, seed=4)
        if name == "file":
            architecture = Architecture.from_config(json.loads((folder / "config.json").read_text()), folder)
            trunk = Checkpoint(folder).only(architecture.adapter_shapes(0))
            trunk.write(folder / "adapter.eng.safetensors")
        else:
            (folder / "adapter.eng.safetensors").unlink()
        convert(folder, tmp_path / f"made {name}")
        logits.append(Recogniser(tmp_path / f"made {name}", threads=1).logits(samples, "eng"))
    np.testing.assert_array_equal(*logits)


def test_shards_are_one_checkpoint(checkpoint, tmp_path):
    convert(checkpoint, tmp_path / "whole")
    whole = TensorFile(checkpoint / "model.safetensors")
    names = sorted(whole.entries)
    halves = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, part in halves.items():
        whole.only(part).write(checkpoint / file)
    (checkpoint / INDEX).write_text(
        json.dumps({"weight_map": {name: file for file, part in halves.items() for name in part}})
    )
    (checkpoint / "model.safetensors").unlink()
    convert(checkpoint, tmp_path / "sharded")
    data = [(tmp_path / folder / "model.onnx.data").read_bytes() for folder in ("whole", "sharded")]
    assert data[0] == data[1]
    (checkpoint / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ModelMissing, match="model-00002"):
        convert(checkpoint, tmp_path / "sharded")
    (checkpoint / INDEX).write_text("{}")
    with pytest.raises(ModelDamaged, match="can't be read"):
        convert(checkpoint, tmp_path / "sharded")


def test_a_pickle_is_not_read_but_told_how_to_rewrite(checkpoint, tmp_path):
    (checkpoint / "model.safetensors").rename(checkpoint / "pytorch_model.bin")
    with pytest.raises(ModelMissing, match=r"pytorch_model\.bin only") as caught:
        convert(checkpoint, tmp_path / "made")
    assert "save_pretrained" in caught.value.hint


def test_a_model_that_was_not_taught_to_write_is_refused(plain, tmp_path):
    whole = TensorFile(plain / "model.safetensors")
    whole.only(name for name in whole.entries if not name.startswith("lm_head")).write(tmp_path / "part")
    (tmp_path / "part").replace(plain / "model.safetensors")
    with pytest.raises(ModelDamaged, match="pre-trained, but not taught to write"):
        convert(plain, tmp_path / "made", ["eng"])


def test_weights_that_are_no_numbers_are_noticed_when_the_model_is_tried(checkpoint, tmp_path):
    path = checkpoint / "model.safetensors"
    entry = TensorFile(path).entries["wav2vec2.encoder.layers.1.feed_forward.output_dense.weight"]
    with path.open("r+b") as file:
        file.seek(entry.offset)
        file.write(np.array([np.nan], np.float32).tobytes())
    with np.errstate(invalid="ignore"), pytest.raises(ModelDamaged, match="doesn't compute what its weights say"):
        convert(checkpoint, tmp_path / "made", quantise=False)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("case", [("int8", 63, False), ("int7", 63, True), ("int7", 127, True)])
def test_a_folder_prepared_on_a_better_processor_is_refused(checkpoint, tmp_path, monkeypatch, case):
    weights, here, fits = case
    convert(checkpoint, tmp_path / "made")
    record = tmp_path / "made/prepared.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"weights": weights}))
    monkeypatch.setattr(cpu, "weight_range", lambda: here)
    if fits:
        assert Prepared.open(tmp_path / "made").weights == weights
        return
    with pytest.raises(ModelDamaged, match="prepared on a better processor") as caught:
        Prepared.open(tmp_path / "made")
    assert "oyez models install made" in caught.value.hint


def test_a_prepared_folder_may_be_copied_to_another_machine(checkpoint, tmp_path):
    convert(checkpoint, tmp_path / "here")
    there = shutil.copytree(tmp_path / "here", tmp_path / "there/mine")
    shutil.rmtree(checkpoint)
    Prepared.open(there).verify()
    samples = np.random.default_rng(5).standard_normal(20_000).astype(np.float32)
    heard = [Recogniser(folder, threads=1).logits(samples, "spa") for folder in (tmp_path / "here", there)]
    np.testing.assert_array_equal(*heard)
