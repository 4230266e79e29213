"""A Hugging Face folder that isn't a whole MMS model is refused with the reason."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from tests.support.mms import LETTERS
from tools import mms_random

from oyez.engines.mms.convert import add_languages, convert
from oyez.engines.mms.prepared import Prepared
from oyez.engines.mms.source import Source, read_adapter
from oyez.engines.mms.tensors import TensorFile
from oyez.errors import ModelDamaged, ModelMissing


def change(path, **changes):
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | changes))


def everything_in(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"feat_extract_norm": "batch"}, "feat_extract_norm is 'batch', not 'layer' or 'group'"),
        ({"feat_extract_norm": "group"}, "a network without wav2vec2.feature_extractor.conv_layers.1.layer_norm"),
        ({"conv_bias": False}, r"a network without wav2vec2.feature_extractor.conv_layers.0.conv.bias"),
        ({"adapter_attn_dim": None}, r"a network without wav2vec2.encoder.layers.0.adapter_layer"),
        ({"do_stable_layer_norm": False}, "do_stable_layer_norm is False"),
        ({"model_type": "whisper"}, "model_type is 'whisper'"),
        ({"add_adapter": True}, "add_adapter is True"),
        ({"hidden_act": "relu"}, "hidden_act is 'relu'"),
        ({"num_attention_heads": 5}, "isn't a multiple"),
        ({"num_conv_pos_embedding_groups": 5}, "isn't a multiple"),
        ({"conv_stride": [5, 2, 2, 2, 2, 2, 1]}, "a frame of 400 samples every 320"),
        ({"conv_dim": [8, 8]}, "differ in length"),
        ({"hidden_size": "wide"}, "can't be read"),
        ({"num_hidden_layers": 3}, "has no tensor wav2vec2.encoder.layers.2"),
        ({"intermediate_size": 64}, "has shape"),
    ],
)
def test_a_config_that_is_not_mms_is_refused_with_what_differs(checkpoint, changes, reason):
    change(checkpoint / "config.json", **changes)
    with pytest.raises(ModelDamaged, match=reason):
        Source(checkpoint)


def test_a_config_without_a_key_is_not_taken_for_mms(checkpoint):
    config = json.loads((checkpoint / "config.json").read_text())
    del config["do_stable_layer_norm"]
    (checkpoint / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelDamaged, match="do_stable_layer_norm"):
        Source(checkpoint)


@pytest.mark.parametrize("name", ["config.json", "vocab.json"])
@pytest.mark.parametrize(
    ("content", "reason"), [(None, "no such file"), ("{", "not JSON"), ("[]", "expected a JSON object")]
)
def test_a_broken_small_file_is_named(checkpoint, tmp_path, name, content, reason):
    (checkpoint / name).unlink() if content is None else (checkpoint / name).write_text(content)
    with pytest.raises(ModelDamaged, match=f"{name}: {reason}"):
        convert(checkpoint, tmp_path / "target")


def test_another_sampling_rate_is_refused(checkpoint):
    change(checkpoint / "preprocessor_config.json", sampling_rate=8000)
    with pytest.raises(ModelDamaged, match="sampling_rate 16000"):
        Source(checkpoint)


def test_a_missing_adapter_is_named_with_those_there(checkpoint, tmp_path):
    with pytest.raises(ModelDamaged, match="no adapter for deu; adapters there: eng, spa"):
        convert(checkpoint, tmp_path / "target", ["deu"])


def test_a_folder_without_adapters_is_refused(checkpoint):
    for path in checkpoint.glob("adapter.*"):
        path.unlink()
    with pytest.raises(ModelDamaged, match="holds no adapter"):
        convert(checkpoint, checkpoint.parent / "target")
    with pytest.raises(ModelDamaged, match="no adapter for spa; adapters there: none"):
        convert(checkpoint, checkpoint.parent / "target", ["spa"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table.pop("z") and [table.pop(c) for c in "abcd"],  # too few symbols for the head
        lambda table: table.update({"ß": 32}),  # more than the head
        lambda table: table.update({"a": table["b"]}),  # two symbols, one index
        lambda table: table.update({"a": 99}),  # outside
    ],
)
def test_a_vocabulary_that_does_not_fit_the_head_is_refused(checkpoint, tmp_path, spoil):
    vocabularies = json.loads((checkpoint / "vocab.json").read_text())
    spoil(vocabularies["eng"])
    (checkpoint / "vocab.json").write_text(json.dumps(vocabularies))
    with pytest.raises(ModelDamaged, match="vocabulary of eng"):
        convert(checkpoint, tmp_path / "target")


def test_swapped_vocabularies_are_refused(checkpoint, tmp_path):
    vocabularies = json.loads((checkpoint / "vocab.json").read_text())
    change(checkpoint / "vocab.json", eng=vocabularies["spa"], spa=vocabularies["eng"])
    with pytest.raises(ModelDamaged, match="doesn't fit its head"):
        convert(checkpoint, tmp_path / "target")


def test_a_language_without_a_vocabulary_is_refused(checkpoint, tmp_path):
    change(checkpoint / "vocab.json", spa=None)
    with pytest.raises(ModelDamaged, match="no vocabulary for spa"):
        convert(checkpoint, tmp_path / "target")


@pytest.mark.parametrize("name", ["model.safetensors", "adapter.eng.safetensors"])
@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_a_file_cut_short_is_refused(checkpoint, tmp_path, name, keep):
    path = checkpoint / name
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelDamaged, match=name):
        convert(checkpoint, tmp_path / "target")


def test_an_adapter_of_another_model_is_refused(checkpoint, tmp_path):
    wider = mms_random.Architecture.from_json(mms_random.TINY.to_json() | {"adapter": 8})
    mms_random.write(tmp_path / "other", wider, LETTERS)
    (tmp_path / "other/adapter.eng.safetensors").replace(checkpoint / "adapter.eng.safetensors")
    with pytest.raises(ModelDamaged, match=r"linear_1\.weight has shape"):
        read_adapter(checkpoint, "eng", Source(checkpoint).architecture)


def test_a_dtype_that_is_no_float_is_refused(tmp_path):
    header = json.dumps({"x": {"dtype": "I8", "shape": [2], "data_offsets": [0, 2]}}).encode()
    (tmp_path / "x.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0")
    with pytest.raises(ModelDamaged, match="dtype I8"):
        TensorFile(tmp_path / "x.safetensors").read("x")


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 0), ("float16", 1e-3), ("bfloat16", 1e-2)])
def test_every_float_type_is_read(tmp_path, dtype, tolerance):
    shapes = {"first": (3, 5), "second.weight": (700,)}
    mms_random.write_tensors(tmp_path / "exact", shapes, "float32", np.random.default_rng(3))
    mms_random.write_tensors(tmp_path / "other", shapes, dtype, np.random.default_rng(3))
    for name in shapes:
        exact, other = TensorFile(tmp_path / "exact").read(name), TensorFile(tmp_path / "other").read(name)
        assert other.dtype == np.float32
        np.testing.assert_allclose(other, exact, rtol=tolerance, atol=tolerance)


def test_a_refused_conversion_leaves_the_old_model_and_nothing_else(checkpoint, tmp_path):
    target = tmp_path / "models" / "mine"
    convert(checkpoint, target)
    before = everything_in(target)
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelDamaged):
        convert(checkpoint, target)
    assert everything_in(target) == before
    assert [entry.name for entry in target.parent.iterdir()] == ["mine"]


def test_conversion_replaces_an_older_model(checkpoint, tmp_path):
    convert(checkpoint, tmp_path / "target")
    convert(checkpoint, tmp_path / "target", ["spa"])
    assert Prepared.open(tmp_path / "target").languages == ("spa",)


def test_conversion_tells_how_far_it_is(checkpoint, tmp_path):
    told = []
    convert(checkpoint, tmp_path / "target", progress=lambda stage, fraction: told.append((stage, fraction)))
    steps = ("weights", "languages", "check")
    assert told == [(step, fraction) for step in steps for fraction in (0.5, 1.0)]


def test_a_language_is_added_later_from_its_adapter_alone(checkpoint, tmp_path):
    target = tmp_path / "target"
    convert(checkpoint, target, ["eng"])
    (checkpoint / "model.safetensors").unlink()
    (checkpoint / "config.json").unlink()
    add_languages(checkpoint, target, ["spa"])
    prepared = Prepared.open(target)
    prepared.verify()
    assert prepared.languages == ("eng", "spa")


def test_a_language_that_does_not_fit_is_not_added(checkpoint, tmp_path):
    target = tmp_path / "target"
    convert(checkpoint, target, ["eng"])
    (checkpoint / "adapter.spa.safetensors").write_bytes((checkpoint / "adapter.eng.safetensors").read_bytes())
    with pytest.raises(ModelDamaged, match="doesn't fit its head"):
        add_languages(checkpoint, target, ["spa"])
    assert Prepared.open(target).languages == ("eng",)


def test_a_prepared_folder_tells_what_is_wrong_with_it(checkpoint, tmp_path):
    target = tmp_path / "target"
    with pytest.raises(ModelMissing, match="no prepared recognition model"):
        Prepared.open(target)
    convert(checkpoint, target)
    adapter = target / "adapters/spa.safetensors"
    content = bytearray(adapter.read_bytes())
    content[-1] ^= 1
    adapter.write_bytes(content)
    with pytest.raises(ModelDamaged, match="its contents have changed"):
        Prepared.open(target).verify()
    adapter.write_bytes(content[:-1])
    with pytest.raises(ModelDamaged, match=f"has {len(content) - 1} bytes, expected {len(content)}"):
        Prepared.open(target)
    adapter.unlink()
    with pytest.raises(ModelDamaged, match="is missing"):
        Prepared.open(target)
    change(target / "prepared.json", format=99)
    with pytest.raises(ModelDamaged, match="format 99"):
        Prepared.open(target)
