"""misaki reads Japanese and Chinese, offline. Runs where the extras `japanese` and `chinese` are installed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from oyez.engines.kokoro import languages
from oyez.engines.kokoro.phonemes import unread, vocabulary

LANGUAGES = languages.catalogue()
READS = {tag: LANGUAGES[tag].spoken for tag in ("ja", "zh")}

PROGRAM = """
import json, os, socket, subprocess, sys, tempfile

def forbidden(*args, **kwargs):
    raise AssertionError("a reader reached for the network or a program")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = forbidden
subprocess.Popen.__init__ = forbidden
from oyez.engines.kokoro import g2p
from oyez.engines.kokoro.languages import catalogue
_, reader = g2p.choose("espeak")
said = [reader(text, catalogue()[sys.argv[1]]) for text in json.loads(sys.argv[2])]
json.dump({"said": said, "left": os.listdir(tempfile.gettempdir()), "torch": "torch" in sys.modules}, sys.stdout)
"""


def read(tag, *texts, temporary):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, tag, json.dumps(texts)],
        capture_output=True, text=True, timeout=120, env={"TMPDIR": str(temporary), "PATH": "/usr/bin"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not READS["ja"], reason="the extra `japanese` is not installed")
def test_japanese_is_read_with_numbers_and_times(tmp_path):
    told = read("ja", "こんにちは.", "21.5°C", "7:45", "45%", "...", temporary=tmp_path)
    assert told["said"] == ["koɲɲiʨiβa.", "ɲiʥɨːiʨi teɴ ɡo do", "nana ʥi joɲʥɨː ɡo ɸɯɴ", "joɲʥɨː ɡo paːsento", ""]
    assert (told["left"], told["torch"]) == ([], False)


@pytest.mark.skipif(not READS["zh"], reason="the extra `chinese` is not installed")
def test_chinese_is_read_with_numbers_and_times_and_leaves_nothing_in_the_temporary_folder(tmp_path):
    told = read("zh", "你好.", "21.5°C", "7:45", "...", temporary=tmp_path)
    assert told["said"] == ["ni↓xau↓.", "ɚ↘ʂɨ↗ i↘tjɛ↓n u↓tu↘", "ʨʰi→tjɛ↓n sɨ↘ʂɨ↗u↓fə→n", ""]
    assert all(sign in vocabulary() for phonemes in told["said"] for sign in phonemes)
    assert (told["left"], told["torch"]) == ([], False)


@pytest.mark.skipif(not READS["ja"], reason="the extra `japanese` is not installed")
def test_a_kanji_that_nobody_knows_is_told_in_japanese(tmp_path):
    told = read("ja", "今日は龘です。", "21.5°Cです、はい", temporary=tmp_path)["said"]
    assert list(map(unread, told)) == [["龘"], []]


@pytest.mark.skipif(not READS["zh"], reason="the extra `chinese` is not installed")
def test_a_letter_that_nobody_knows_is_told_in_chinese(tmp_path):
    told = read("zh", "你好𬸚吗", "你好，21.5°C。", temporary=tmp_path)["said"]
    assert list(map(unread, told)) == [["𬸚"], []]
