"""misaki reads English, offline and without torch. Runs where the extra `english` is installed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from oyez.engines.kokoro.g2p import misaki_available

pytestmark = pytest.mark.skipif(not misaki_available(), reason="the extra `english` is not installed")

PROGRAM = """
import json, socket, subprocess, sys

def forbidden(*args, **kwargs):
    raise AssertionError("misaki reached for the network or a program")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = forbidden
subprocess.Popen.__init__ = forbidden
from oyez.engines.kokoro import g2p
from oyez.engines.kokoro.languages import catalogue
name, reader = g2p.choose("auto")
said = {tag: reader(text, catalogue()[tag]) for tag, text in json.loads(sys.argv[1]).items()}
json.dump({"name": name, "said": said, "torch": "torch" in sys.modules, "phonemizer": "phonemizer" in sys.modules}, sys.stdout)
"""


@pytest.fixture(scope="module")
def read():
    """Reads texts by language tag in a process that can't reach a network."""
    texts = {"en-US": "I read it yesterday. Zigbeeish! (ok)", "en-GB": "There is no water.", "es": "Hola"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(texts)], check=True, capture_output=True, timeout=60
    )
    return json.loads(done.stdout)


def test_english_is_read_in_context(read):
    assert read["name"] == "misaki and espeak-ng"
    assert read["said"]["en-US"].startswith("ˌI ɹˈɛd ɪt jˈɛstəɹdˌA.")
    assert read["said"]["en-GB"] == "ðˌɛː ɪz nˈQ wˈɔːtə."


def test_an_unknown_word_is_read_by_espeak(read):
    assert "zˈɪɡ" in read["said"]["en-US"]


def test_other_languages_are_read_by_espeak(read):
    assert read["said"]["es"] == "ˈola"


def test_neither_torch_nor_phonemizer_is_loaded(read):
    assert not read["torch"]
    assert not read["phonemizer"]
