"""Models that must be prepared: once, by this version, for these languages; and never half."""

from __future__ import annotations

import hashlib
import shutil

import pytest
from tests.support.models import install_toy

from oyez.errors import ModelDamaged
from oyez.models import store
from oyez.models.catalogue import Model
from oyez.models.prepare import Preparer

CONTENT = {
    "trunk.bin": b"trunk",
    "vocab.json": b"{}",
    "adapter.eng.bin": b"English",
    "adapter.spa.bin": b"Spanish",
}


class Engine:
    """Prepares by writing down what it was asked."""

    def __init__(self, version="1"):
        self.calls = []
        self.broken = False
        self.preparers = {"toys": Preparer(version, self.convert, self.add)}

    def convert(self, source, target, languages, *, progress):
        target.mkdir()
        (target / "graph").write_bytes((source / "trunk.bin").read_bytes())
        self._bring("convert", source, target, languages, progress)

    def add(self, source, target, languages, *, progress):
        assert not (source / "trunk.bin").exists()
        self._bring("add", source, target, languages, progress)

    def _bring(self, what, source, target, languages, progress):
        self.calls.append((what, *languages))
        for language in languages:
            (target / language).write_bytes((source / f"adapter.{language}.bin").read_bytes())
        if self.broken:
            raise ModelDamaged("the weights are odd")
        progress("weights", 1.0)


@pytest.fixture
def stick(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    return folder


def toy():
    def group(paths, **options):
        hashes = {path: hashlib.sha256(CONTENT[path]).hexdigest() for path in paths if path in CONTENT}
        return {"paths": paths, "sha256": hashes, "size": 5, "sources": [], **options}

    groups = (group(["vocab.json"]), group(["trunk.bin"], trunk=True), group(["adapter.{language}.bin"]))
    return Model("toy", "tests", "CC0", prepare="toys", languages=("eng",), groups=groups)


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def models_dir(tmp_path):
    return tmp_path / "models"


def names(models_dir):
    return {path.name for path in store.model_path(models_dir, "toy").iterdir()}


def test_the_default_language_is_prepared_and_the_sources_are_not_kept(engine, stick, models_dir):
    told, _ = install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick)
    assert engine.calls == [("convert", "eng")]
    assert names(models_dir) == {"graph", "eng", "manifest.json"}
    assert told.prepared == [("weights", 1.0)]
    store.verify(models_dir, "toy")


def test_a_language_is_added_without_fetching_the_trunk_again(engine, stick, models_dir):
    install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick)
    (stick / "trunk.bin").unlink()
    install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick, languages=["spa"])
    assert engine.calls[1:] == [("add", "spa")]
    assert names(models_dir) == {"graph", "eng", "spa", "manifest.json"}
    assert store.installed(models_dir, "toy").languages == ("eng", "spa")
    store.verify(models_dir, "toy")


def test_languages_that_are_there_are_not_prepared_again(engine, stick, models_dir):
    install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick, languages=["eng", "spa"])
    for languages in ([], ["spa"]):
        _, changed = install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick, languages=languages)
        assert not changed
    assert len(engine.calls) == 1


def test_a_new_way_of_preparing_prepares_all_languages_anew(engine, stick, models_dir):
    install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick, languages=["eng", "spa"])
    newer = Engine("2")
    install_toy(toy(), models_dir, preparers=newer.preparers, folder=stick)
    assert newer.calls == [("convert", "eng", "spa")]


def test_files_that_are_kept_as_they_came_are_not_fetched_to_be_prepared_anew(stick, models_dir):
    def keep(source, target, languages, *, progress):
        shutil.copytree(source, target)

    known = {"trunk.bin": hashlib.sha256(CONTENT["trunk.bin"]).hexdigest()}
    group = {"paths": ["trunk.bin"], "sha256": known, "size": 5, "sources": []}
    simple = Model("toy", "tests", "CC0", prepare="toys", groups=(group,))
    install_toy(simple, models_dir, preparers={"toys": Preparer("1", keep, keep)}, folder=stick)
    told, changed = install_toy(simple, models_dir, preparers={"toys": Preparer("2", keep, keep)})
    assert changed
    assert "all that it needs is here" in told
    assert store.installed(models_dir, "toy").prepared_by == "2"


def test_a_damaged_prepared_file_is_mended(engine, stick, models_dir):
    install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick)
    (models_dir / "toy" / "graph").write_bytes(b"trunc")
    install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick)
    assert (models_dir / "toy" / "graph").read_bytes() == b"trunk"


def test_what_can_not_be_prepared_is_not_seen(engine, stick, models_dir):
    engine.broken = True
    with pytest.raises(ModelDamaged, match="odd"):
        install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick)
    assert store.installed(models_dir, "toy") is None


def test_a_language_that_fails_leaves_the_model_as_it_was(engine, stick, models_dir):
    install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick)
    engine.broken = True
    with pytest.raises(ModelDamaged):
        install_toy(toy(), models_dir, preparers=engine.preparers, folder=stick, languages=["spa"])
    assert names(models_dir) == {"graph", "eng", "manifest.json"}
    store.verify(models_dir, "toy")


def test_a_file_whose_hash_nobody_knows_is_taken_and_told(engine, stick, models_dir):
    unknown = toy()
    for group in unknown.groups:
        group["sha256"].clear()
    told, _ = install_toy(unknown, models_dir, preparers=engine.preparers, folder=stick)
    assert "trunk.bin: no hash is known to compare with" in told
    assert store.installed(models_dir, "toy").fetched["trunk.bin"] == hashlib.sha256(b"trunk").hexdigest()
