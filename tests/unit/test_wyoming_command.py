"""Where a spoken command ends, when nobody else tells."""

import numpy as np
import pytest
from tests.support.hearing import SETTINGS, MarkVad

from oyez.model import FRAME_SAMPLES
from oyez.wyoming.command import NOBODY_S, Ending

SECOND = 50  # frames


def audio(*marks: tuple[float, int]) -> np.ndarray:
    return np.repeat(np.float32([mark for mark, _ in marks]), [frames * FRAME_SAMPLES for _, frames in marks])


def fed(ending: Ending, samples: np.ndarray, step: int = 1_000):
    """The command, and how many samples it took to know it."""
    for at in range(0, len(samples), step):
        if (command := ending.feed(samples[at : at + step])) is not None:
            return command, at + step
    return None, len(samples)


@pytest.mark.parametrize("step", [1, 100, FRAME_SAMPLES, 4_096, 10**6])
def test_silence_after_speech_ends_it_however_the_audio_comes(step):
    command, _ = fed(Ending(MarkVad(), SETTINGS, "default"), audio((0, 50), (1, 40), (0, 50)), step)
    assert command is not None
    assert np.count_nonzero(command) == 40 * FRAME_SAMPLES


def test_the_patient_wait_longer_than_the_impatient():
    said = audio((0, 10), (1, 40), (0, 5 * SECOND))
    settings = SETTINGS.model_copy(update={"hang_over_ms": 600})
    waits = [fed(Ending(MarkVad(), settings, how), said)[1] for how in ("aggressive", "default", "odd", "relaxed")]
    assert waits[0] < waits[1] == waits[2] < waits[3]


def test_nobody_is_not_waited_for_without_end():
    command, took = fed(Ending(MarkVad(), SETTINGS, "default"), audio((0, 20 * SECOND)))
    assert command is not None
    assert len(command) == 0
    assert NOBODY_S * 16_000 <= took <= NOBODY_S * 16_000 + 2_000


def test_the_client_may_end_it_first():
    ending = Ending(MarkVad(), SETTINGS, "default")
    assert fed(ending, audio((0, 10), (1, 40)))[0] is None
    assert np.count_nonzero(ending.finish()) == 40 * FRAME_SAMPLES
    assert len(ending.finish()) == 0
