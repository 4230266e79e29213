"""MMS on recordings, in its own child process: what it hears in a long one is what it would hear at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.contract.test_mms import noise

from oyez.engines.mms.convert import convert
from oyez.engines.mms.reader import Decoding
from oyez.engines.mms.recogniser import Recogniser
from oyez.engines.mms.recordings import MmsRecordings
from oyez.errors import InvalidInput, ModelMissing

DATA = Path(__file__).parent.parent / "data/mini"
MINI = Path(__file__).parent.parent.parent / "daemon/oyez/data/mms-mini"


@pytest.fixture
async def mms(tiny):
    engine = MmsRecordings(tiny, threads=1)
    yield engine
    await engine.child.close()


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    """The bundled model, prepared, and a talk of most of a minute: what it says again and again, with pauses."""
    folder = tmp_path_factory.mktemp("mini")
    convert(MINI, folder / "mini", ["eng"])
    said = [soundfile.read(DATA / f"eng_{number}.flac", dtype="float32")[0] for number in range(1, 7)]
    talk = np.concatenate([np.pad(samples, (0, 8_000)) for samples in said * 4])
    soundfile.write(folder / "talk.flac", talk, 16_000)
    return folder / "mini", folder / "talk.flac"


@pytest.mark.parametrize("width", [1, 32], ids=["greedy", "search"])
async def test_a_long_file_is_heard_as_the_whole_of_it_at_once(mini, width):
    (model, talk), decoding, told = mini, Decoding(width=width), []
    mms = MmsRecordings(model, threads=1, decoding=decoding)
    heard = await mms.hear(talk, "eng", progress=lambda done, total: told.append((done, total)))
    await mms.child.close()
    samples, _ = await asyncio.to_thread(soundfile.read, talk, dtype="float32")
    at_once = await asyncio.to_thread(lambda: Recogniser(model, threads=1, decoding=decoding).recognise(samples, "eng"))
    assert len(at_once.words) > 80
    assert heard.recognition.text == at_once.text
    assert [word.start for word in heard.recognition.words] == [word.start for word in at_once.words]
    assert heard.recognition.confidence == pytest.approx(at_once.confidence, abs=1e-3)
    assert (heard.seconds, heard.broken, heard.notes) == (len(samples) / 16_000, None, ())
    done, totals = zip(*told, strict=True)
    assert set(totals) == {heard.seconds}
    assert sorted(done) == list(done)
    assert len(set(done)) >= 3


async def test_samples_are_heard_like_the_file_that_has_them(mms, tmp_path):
    samples = noise(3.0)
    soundfile.write(tmp_path / "a.wav", samples, 48_000, subtype="FLOAT")
    in_file = await mms.hear(tmp_path / "a.wav", "English", n_best=2)
    in_memory = await mms.hear(samples, "English", rate=48_000, n_best=2)
    assert in_file == in_memory
    assert in_file.recognition.language == "eng"
    assert len(in_file.recognition.alternatives) == 1


async def test_a_file_that_is_no_audio_and_a_language_that_is_not_there_leave_the_child_as_it_is(mms, tmp_path):
    (tmp_path / "a.wav").write_text("This is a text.")
    await mms.child.start()
    pid = mms.child.pid
    with pytest.raises(InvalidInput, match="isn't audio"):
        await mms.hear(tmp_path / "a.wav", "eng")
    with pytest.raises(ModelMissing, match="deu"):
        await mms.hear(noise(1), "deu")
    assert (await mms.hear(np.zeros(16_000, np.float32), "eng")).notes
    assert mms.child.pid == pid


async def test_hearing_that_is_cancelled_ends_at_once(mms):
    begun = asyncio.Event()
    hearing = asyncio.create_task(mms.hear(noise(600), "eng", progress=lambda _done, _total: begun.set()))
    await begun.wait()
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    assert mms.child.pid is None


async def test_more_samples_than_a_message_holds_are_refused_with_the_way_out(mms):
    enormous = np.broadcast_to(np.float32(0), (1 << 26) + 1)
    with pytest.raises(InvalidInput, match="70 minutes of samples are more than 70") as caught:
        await mms.hear(enormous, "eng")
    assert "file" in caught.value.hint
