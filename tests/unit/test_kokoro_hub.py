"""Kokoro as its makers publish it: what a folder must hold, and what is said where it doesn't, or torch isn't there."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from oyez.cli.models import app
from oyez.engines.kokoro.hub import NEEDED, read_settings, weights_of
from oyez.engines.kokoro.models import opened
from oyez.engines.kokoro.phonemes import vocabulary
from oyez.errors import InvalidInput, ModelDamaged, ModelMissing
from oyez.models.brought import brought

WHOLE = dict.fromkeys(NEEDED, 1) | {"vocab": vocabulary()}


def test_a_folder_of_kokoro_is_read(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(WHOLE))
    (tmp_path / "mine.pth").touch()
    assert read_settings(tmp_path) == WHOLE
    assert weights_of(tmp_path) == tmp_path / "mine.pth"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("{", "can't be read"),
        ('{"model_type": "albert"}', "is no Kokoro's: it has no istftnet"),
        (json.dumps(WHOLE | {"vocab": {"a": 1}}), "another alphabet"),
    ],
)
def test_a_folder_that_is_none_of_kokoro_is_refused(tmp_path, told, reason):
    (tmp_path / "config.json").write_text(told)
    with pytest.raises(ModelDamaged, match=reason):
        read_settings(tmp_path)


@pytest.mark.parametrize(("files", "reason"), [((), "has no file of weights"), (("a.pth", "b.pth"), "a.pth, b.pth")])
def test_one_file_of_weights_is_wanted(tmp_path, files, reason):
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(ModelMissing, match=reason):
        weights_of(tmp_path)


def test_torch_that_is_not_there_is_told_with_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("torch_model", "checkpoint", "export", "exportable"):
        monkeypatch.delitem(sys.modules, f"oyez.engines.kokoro.{name}", raising=False)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match="which torch computes") as caught:
        opened(tmp_path, 1, "auto")
    assert "oyez[torch]" in caught.value.hint
    done = CliRunner().invoke(app, ["export", "kokoro", str(tmp_path), str(tmp_path / "made")])
    assert isinstance(done.exception, ModelMissing), done.output


def test_only_kokoro_can_be_exported(tmp_path):
    done = CliRunner().invoke(app, ["export", "mms", str(tmp_path), str(tmp_path / "made")])
    assert isinstance(done.exception, InvalidInput), done.output


def test_torchs_weights_are_not_installed_but_exported_first(tmp_path):
    (tmp_path / "config.json").write_text('{"istftnet": {}, "plbert": {}}')
    with pytest.raises(InvalidInput, match="isn't installed from torch's weights") as caught:
        brought("my-voice", tmp_path, ())
    assert caught.value.hint == "oyez models export kokoro"


def test_what_was_exported_is_a_model_that_speaks(tmp_path):
    (tmp_path / "voices").mkdir()
    for name in ("kokoro.onnx", "voices/af_heart.bin", "voices/bf_emma.bin"):
        (tmp_path / name).write_bytes(b"12")
    model = brought("my-voice", tmp_path, ())
    assert (model.purpose, model.prepare) == ("speaks", "kokoro")
    assert [file.path for file in model.files()] == ["kokoro.onnx", "voices/af_heart.bin", "voices/bf_emma.bin"]
