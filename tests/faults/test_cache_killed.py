"""The cache of speech, killed while it writes."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np

from oyez.model import SpeechChunk
from oyez.speak.cache import entry
from oyez.speak.cache.shelf import Shelf

WRITER = """
import sys
from pathlib import Path
import numpy as np
from oyez.model import SpeechChunk
from oyez.speak.cache import entry
from oyez.speak.cache.shelf import Shelf

shelf = Shelf(Path(sys.argv[1]), 4_000_000)
number = 0
while True:
    number += 1
    shelf.put(f"{number % 7}", entry.pack([SpeechChunk(np.full(400_000, number % 100 / 100, np.float32))]))
"""


def test_kill_9_at_any_moment_leaves_whole_entries_within_the_limit(tmp_path):
    shelf = Shelf(tmp_path, 4_000_000)
    for wait in (0.0, 0.013, 0.031, 0.047):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
        try:
            while not shelf.get("3"):
                assert writer.poll() is None
            time.sleep(wait)  # to be killed in the middle of this and that
        finally:
            writer.kill()
            writer.wait()
        for path in tmp_path.glob("*.speech"):
            [chunk] = entry.unpack(path.read_bytes())
            assert len(chunk.samples) == 400_000
        assert sum(path.stat().st_size for path in tmp_path.glob("*.speech")) <= 4_000_000
        shelf.drop("3")
    Shelf(tmp_path, 4_000_000).put("new", entry.pack([SpeechChunk(np.zeros(10, np.float32))]))
    assert not list(tmp_path.glob("*.part"))
