"""Folders that a person brings: models of their own, large files that aren't copied, and those that can't be used."""

from __future__ import annotations

import json
import re
import resource

import pytest
from tests.support.mms import LETTERS
from tests.support.models import ONE, TWO, install_toy, model
from tools import mms_random

from oyez.engines.mms.languages import installed
from oyez.errors import DownloadFailed, InvalidInput, ModelDamaged
from oyez.models import space, store
from oyez.models.sources import FolderSource


@pytest.fixture
def stick(tmp_path):
    """A fine-tune as it is saved: one language, no adapters."""
    mms_random.write(tmp_path / "stick", mms_random.TINY_BASE, {"deu": LETTERS["eng"]})
    return tmp_path / "stick"


def test_a_fine_tune_is_installed_from_its_folder_under_a_name_of_its_own(oyez_models, stick, tmp_path):
    told = oyez_models("install", "my-tune", "--from", str(stick), "--language", "German")
    assert "my-tune (deu)" in told
    assert "of memory to prepare" in told
    assert installed(store.model_path(tmp_path / "models", "my-tune")) == ("deu",)
    assert oyez_models("verify") == oyez_models("verify", "my-tune") == "my-tune: whole\n"
    rows = {row["name"]: row for row in json.loads(oyez_models("list", "--json"))}
    assert (rows["my-tune"]["installed"], rows["my-tune"]["languages"]) == (True, ["deu"])
    assert "already installed" in oyez_models("install", "my-tune", "--from", str(stick), "--language", "deu")


def test_a_folder_with_adapters_gives_all_its_languages(oyez_models, checkpoint, tmp_path):
    oyez_models("install", "two", "--from", str(checkpoint))
    assert installed(tmp_path / "models/two") == ("eng", "spa")


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("my-tune", {}, "which language it hears isn't known"),
        ("../up", {}, "can't be the name of a folder"),
        ("my-tune", {"model_type": "whisper"}, "model_type is 'whisper'; only wav2vec2 can be brought"),
    ],
)
def test_a_folder_that_is_no_model_or_says_too_little_is_refused(oyez_models, stick, name, change, reason):
    config = stick / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | change))
    with pytest.raises(InvalidInput, match=reason):
        oyez_models("install", name, "--from", str(stick))


def test_a_folder_without_a_config_is_refused(oyez_models, tmp_path):
    with pytest.raises(InvalidInput, match=r"holds no config\.json"):
        oyez_models("install", "my-tune", "--from", str(tmp_path))


def test_a_brought_file_that_can_not_be_used_is_looked_at_again_when_it_was_mended(oyez_models, stick, tmp_path):
    weights = stick / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    arguments = ("install", "my-tune", "--from", str(stick), "--language", "deu")
    with pytest.raises(ModelDamaged, match=f"^{re.escape(str(weights))}: .* cut short") as caught:
        oyez_models(*arguments)
    assert "fetch it anew" in caught.value.hint
    assert store.installed(tmp_path / "models", "my-tune") is None
    weights.write_bytes(whole)
    oyez_models(*arguments)
    assert oyez_models("verify") == "my-tune: whole\n"
    assert weights.read_bytes() == whole


def test_a_disk_that_fills_up_while_the_model_is_prepared_leaves_none(oyez_models, stick, tmp_path):
    arguments = ("install", "my-tune", "--from", str(stick), "--language", "deu")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(DownloadFailed, match="can't write the model") as caught:
            oyez_models(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert "make room" in caught.value.hint
    assert store.installed(tmp_path / "models", "my-tune") is None
    oyez_models(*arguments)
    assert oyez_models("verify") == "my-tune: whole\n"


def test_too_little_memory_is_known_before_anything_is_done(oyez_models, stick, tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 900000 kB\nMemAvailable: 100000 kB\nSwapFree: 50000 kB\n")
    monkeypatch.setattr(space, "MEMINFO", tmp_path / "meminfo")
    with pytest.raises(DownloadFailed, match=r"not enough memory: preparing takes 30\d MB, 154 MB are free"):
        oyez_models("install", "my-tune", "--from", str(stick), "--language", "deu")
    assert not (tmp_path / "models/.staging/download").exists()


def test_a_large_brought_file_is_linked_and_a_small_one_copied(tmp_path):
    (tmp_path / "one").write_bytes(ONE)
    FolderSource(tmp_path, "one", linked=True).fetch(tmp_path / "link", tmp_path, lambda done, total: None)
    told = []
    FolderSource(tmp_path, "one").fetch(tmp_path / "copy", tmp_path, lambda done, total: told.append((done, total)))
    assert (tmp_path / "link").samefile(tmp_path / "one")
    assert not (tmp_path / "copy").samefile(tmp_path / "one")
    assert (tmp_path / "copy").read_bytes() == ONE
    assert told[-1] == (len(ONE), len(ONE))


def test_a_download_never_writes_into_a_file_that_a_person_brought(file_server, tmp_path):
    """An install that was killed between the link and its next step left the link behind as a part of a download."""
    file_server.files |= {"/one.bin": ONE, "/sub/two.bin": TWO}
    own = tmp_path / "own.bin"
    own.write_bytes(b"mine")
    part = tmp_path / ".staging/download/toy/one.bin.part"
    part.parent.mkdir(parents=True)
    part.hardlink_to(own)
    install_toy(model(file_server.url), tmp_path)
    store.verify(tmp_path, "toy")
    assert own.read_bytes() == b"mine"
