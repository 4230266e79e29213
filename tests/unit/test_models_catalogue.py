"""What the catalogue promises about each model."""

from __future__ import annotations

import re

import pytest

from oyez.errors import InvalidInput
from oyez.models import catalogue
from oyez.models.sources import HubSource


def test_kokoro_is_known_byte_for_byte():
    files = {file.path: file for file in catalogue.model("kokoro-v1.0-int8").files()}
    assert files["kokoro-v1.0.int8.onnx"].size == 92_361_271
    assert files["voices/af_heart.bin"].sha256 == "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b"
    assert len(files) == 1 + 54
    assert all(re.fullmatch("[0-9a-f]{64}", file.sha256) for file in files.values())


def test_every_kokoro_file_has_a_source_besides_the_hub_and_the_release():
    for file in catalogue.model("kokoro-v1.0-int8").files():
        assert len(file.sources) == 2
        assert "package" in file.sources[1].place


def test_mms_has_an_adapter_for_each_language_asked_for_and_one_trunk():
    files = catalogue.model("mms-1b-all").files(["deu", "cmn-script_simplified"])
    paths = [file.path for file in files]
    assert {"adapter.deu.safetensors", "adapter.cmn-script_simplified.safetensors", "vocab.json"} <= set(paths)
    assert "adapter.eng.safetensors" not in paths
    assert [file.path for file in files if file.trunk] == ["model.safetensors"]


def test_a_file_without_a_hash_of_ours_asks_the_hub_for_one():
    for model in catalogue.models().values():
        for file in model.files():
            if file.sha256 is None:
                assert any(isinstance(source, HubSource) and source.ask for source in file.sources)


def test_mms_says_that_it_is_not_for_commerce():
    assert "non-commercial" in catalogue.model("mms-1b-all").licence


def test_the_bundled_model_lies_in_the_package():
    files = {file.path for file in catalogue.model("mms-mini").files()}
    assert {"config.json", "vocab.json", "model.safetensors", "adapter.eng.safetensors"} <= files


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(InvalidInput) as caught:
        catalogue.model("mms-1b")
    assert caught.value.hint == "did you mean mms-1b-all?"
