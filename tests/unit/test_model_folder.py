"""A model may be named by the path of a folder in Hugging Face layout."""

from __future__ import annotations

import pytest

from oyez.config import load
from oyez.errors import ConfigError, ModelMissing
from oyez.models import store


@pytest.mark.parametrize("model", ["mms-1b-all", "/srv/mms-1b-all", "~/models/my mms"])
def test_a_model_of_hearing_is_a_name_or_a_folder(tmp_path, model):
    (tmp_path / "oyez.yaml").write_text(f"rooms: {{hall: {{}}}}\nasr: {{model: {model}, precision: bfloat16}}\n")
    asr = load(tmp_path / "oyez.yaml", {}).asr
    assert (asr.model, asr.precision) == (model, "bfloat16")


def test_a_model_of_speaking_too(tmp_path):
    (tmp_path / "oyez.yaml").write_text("rooms: {hall: {}}\ntts: {model: /srv/Kokoro-82M, device: cpu}\n")
    tts = load(tmp_path / "oyez.yaml", {}).tts
    assert (tts.model, tts.device) == ("/srv/Kokoro-82M", "cpu")


@pytest.mark.parametrize("model", ["../mms", "mms 1b", "''", "/"])
def test_what_is_neither_is_refused(tmp_path, model):
    (tmp_path / "oyez.yaml").write_text(f"rooms: {{hall: {{}}}}\nasr: {{model: {model}}}\n")
    with pytest.raises(ConfigError, match="a model's name has letters"):
        load(tmp_path / "oyez.yaml", {})


def test_the_folder_must_be_one_of_a_model(tmp_path):
    with pytest.raises(ModelMissing, match="it has no config"):
        store.model_path(tmp_path / "models", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    assert store.model_path(tmp_path / "models", str(tmp_path)) == tmp_path


def test_a_folder_that_was_changed_is_another_model(tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"one")
    before = store.identity(tmp_path / "models", str(tmp_path))
    assert before == store.identity(tmp_path / "models", str(tmp_path))
    (tmp_path / "weights.pth").write_bytes(b"other")
    assert store.identity(tmp_path / "models", str(tmp_path)) != before
