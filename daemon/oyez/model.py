"""The things that flow through Oyez. Words as in docs/architecture.md; no behaviour, no clock, no I/O.

Audio is float32 in [-1, 1], mono, shape [samples]. Heard audio has 16,000 samples a second, speech 24,000.
Times named `*_at` are wall-clock seconds since the epoch (UTC), for people and payloads. Times named `*_mono` come from
`time.monotonic()`, for ages and delays: they survive a clock that jumps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from oyez.arriving import Arriving, Piece

Samples: TypeAlias = NDArray[np.float32]

HEARD_RATE = 16_000
SPEECH_RATE = 24_000
SENTENCE_PAUSE = 0.08  # seconds between sentences: with their tail and lead about what a reader takes
ALL = "all"  # the name for every room: no room or group may have it
FRAME_SAMPLES = 320  # 20 ms of heard audio: a length that webrtcvad takes


@dataclass(frozen=True, slots=True)
class Frame:
    """`FRAME_SAMPLES` of heard audio; `captured_mono` is when its first sample was captured."""

    samples: Samples
    captured_mono: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """The audio between a speech start and its end, pre-roll and the beginning of the hang-over included.

    `started_at`/`ended_at` bound the speech as the segmenter heard it, without pre-roll. `decided_mono` is when the end
    was decided: delays are counted from there. `cut` tells that the maximum length ended it, not silence.
    """

    id: str
    room: str
    samples: Samples
    started_at: float
    ended_at: float
    decided_mono: float
    cut: bool = False

    @property
    def seconds(self) -> float:
        """Length of the audio."""
        return len(self.samples) / HEARD_RATE


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; `start` and `end` are seconds from the start of the audio; confidence in [0, 1]."""

    word: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Voiceprint:
    """Whose voice it is, as numbers: `vector` is of length 1, made out of so many seconds of voice."""

    vector: Samples
    seconds: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """What an Asr engine makes of samples: text, words, confidence in [0, 1]; empty text means nothing was said.

    The confidence is the mean of the words'. `alternatives` are the next best readings, best first, when asked for.
    `language_confidence` in [0, 1] is how likely the language is the one of several that was spoken.
    `voiceprint` is that of the samples, when asked for.
    """

    text: str
    language: str
    confidence: float
    words: tuple[Word, ...] = ()
    alternatives: tuple[Recognition, ...] = ()
    language_confidence: float | None = None
    voiceprint: Voiceprint | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who spoke, of those who are enrolled; `score` is the cosine of the voiceprints, at most 1."""

    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in a room: published once. `id` is the utterance's; `speaker` None: nobody who is known."""

    id: str
    room: str
    text: str
    language: str
    confidence: float
    started_at: float
    ended_at: float
    decided_mono: float
    words: tuple[Word, ...] = ()
    alternatives: tuple[Recognition, ...] = ()
    language_confidence: float | None = None
    speaker: Speaker | None = None


@dataclass(frozen=True, slots=True)
class Partial:
    """What is heard so far of an utterance (`id`) that goes on; the next one, or its transcript, may tell otherwise."""

    id: str
    room: str
    text: str
    language: str
    confidence: float
    started_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Speech in a room without a transcript. `reason` is `empty` (no words) or `unsure` (too little confidence)."""

    id: str
    room: str
    reason: str
    language: str
    confidence: float
    started_at: float
    ended_at: float


class Priority(IntEnum):
    """Order within an agenda; higher goes first."""

    LOW = 0
    NORMAL = 1
    URGENT = 2


class Interrupted(StrEnum):
    """What becomes of an announcement that a more urgent one cut: it goes on, begins anew, or is over."""

    RESUME = "resume"
    RESTART = "restart"
    DROP = "drop"


class Quiet(StrEnum):
    """What a room does with announcements that aren't urgent: speak them, refuse them, or hold them until later."""

    NO = "no"
    REFUSE = "refuse"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Party:
    """The rooms that are to begin an announcement together; `id` is this occasion's."""

    id: str
    rooms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is to be said in one room, how, and until when. None means: as the room's config says.

    `identity` recognises a repetition: the sender's id where given, else a digest of the payload. `redelivered`: the
    broker says it has sent it before. `received_mono` and `expires_mono` are monotonic; `volume` is a factor in [0, 2];
    `speed` in [0.5, 2].

    `key` is the sender's: a newer one with the same key takes the place of one that waits. `tag` is a mark to cancel
    by. `interrupts`: it cuts one of lower priority; `interrupted`: what becomes of it when it is cut itself. `cut`: it
    was, and `resume_at` is where it goes on, in seconds of its speech. It is said `repeat` times, `repeat_pause`
    seconds apart. `chime` and `chime_after` are sounds by name. `ask`: it is a question, and for so many seconds an
    answer is waited for. `recording` (24 kHz) is played in place of the text.

    `piece`: it is no announcement of its own but a piece of one's text. `arriving` is its text where that came in
    pieces; `text` is the first of them then.
    """

    id: str
    room: str
    text: str
    identity: str
    received_mono: float
    expires_mono: float | None = None
    transaction: str | None = None
    voice: str | None = None
    language: str | None = None
    speed: float | None = None
    volume: float | None = None
    priority: Priority = Priority.NORMAL
    redelivered: bool = False
    key: str | None = None
    tag: str | None = None
    interrupts: bool = False
    interrupted: Interrupted = Interrupted.RESUME
    cut: bool = False
    resume_at: float = 0.0
    repeat: int = 1
    repeat_pause: float = 1.0
    chime: str | None = None
    chime_after: str | None = None
    ask: float | None = None
    party: Party | None = None
    recording: Samples | None = field(default=None, repr=False, compare=False)
    piece: Piece | None = None
    arriving: Arriving | None = field(default=None, repr=False, compare=False)

    @property
    def wording(self) -> str:
        """Its text, as far as it is there."""
        return self.arriving.text.strip() if self.arriving else self.text


class OutcomeState(StrEnum):
    """`accepted`, `started` and `interrupted` are steps; exactly one of the others ends an announcement."""

    ACCEPTED = "accepted"
    STARTED = "started"
    INTERRUPTED = "interrupted"
    SPOKEN = "spoken"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether it ends the announcement."""
        return self not in (OutcomeState.ACCEPTED, OutcomeState.STARTED, OutcomeState.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said after a question. Without text there was none: `reason` is `silence`, `empty` or `unsure`."""

    text: str | None = None
    language: str | None = None
    confidence: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step in, or the end of, an announcement's life.

    `first_audio` is seconds from reception to the first audible sample sent to the speaker; `seconds` of speech played;
    `answer` is that to a question.
    """

    id: str
    room: str
    state: OutcomeState
    reason: str | None = None
    transaction: str | None = None
    first_audio: float | None = None
    seconds: float | None = None
    notes: tuple[str, ...] = field(default=())
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word as it is said; `start` and `end` are seconds from the start of the speech."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """A piece of Speech: 24 kHz samples, and the piece of text it says (None: goes on with the one before, or no text).

    `phonemes` and `words` are those of that piece of text. `notes` tell what could not be said ("left out: U+1F600"),
    in words for the outcome. `volume` is a factor that its speaker applies together with the announcement's.
    """

    samples: Samples
    text: str | None = None
    phonemes: str | None = None
    words: tuple[SpokenWord, ...] = ()
    notes: tuple[str, ...] = ()
    volume: float = 1.0
