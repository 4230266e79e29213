"""The small doors behind which engines and devices stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

    from oyez.hot_words import HotWord
    from oyez.model import Frame, Recognition, Samples, SpeechChunk, Voiceprint
    from oyez.script import Script


class Vad(Protocol):
    """Voice activity detection, in process (about a millisecond of work a frame)."""

    def probability(self, frame: Frame) -> float:
        """Probability in [0, 1] that the newest audio is speech. Frames must be fed in order."""
        ...

    def reset(self) -> None:
        """Forget what was heard: after a gap in the audio."""
        ...


class Denoiser(Protocol):
    """Noise suppression, in process."""

    def clean(self, samples: Samples) -> Samples:
        """Frames of heard audio, whole ones and in order, without what seems to be noise: as many samples."""
        ...


class Asr(Protocol):
    """Speech recognition."""

    async def transcribe(
        self,
        samples: Samples,
        language: str,
        *,
        hot_words: Sequence[HotWord] = (),
        n_best: int = 1,
        voiceprint: bool = False,
    ) -> Recognition:
        """Recognise 16 kHz mono samples of any length in a language (ISO 639-3 as MMS names it).

        Of several languages, parted by commas, the likeliest is taken; each costs as much as one.
        Phrases among `hot_words` are likelier than others; `n_best` above 1 adds so many readings less one.
        `voiceprint` adds that of the samples where there are words.
        Raises ModelMissing for a language without its adapter, EngineFailed when the engine died or was too late.
        """
        ...

    async def voiceprint(self, samples: Samples) -> Voiceprint | None:
        """Whose voice it is in 16 kHz mono samples; None where there is none.

        Raises ModelMissing where the engine has no model of voices, EngineFailed.
        """
        ...


class AheadAsr(Asr, Protocol):
    """Speech recognition that can also be asked ahead of time, without holding up anybody."""

    @property
    def busy(self) -> bool:
        """Whether anybody asks, or waits, who doesn't give way."""
        ...

    async def transcribe_ahead(
        self,
        samples: Samples,
        language: str,
        *,
        hot_words: Sequence[HotWord] = (),
        n_best: int = 1,
        voiceprint: bool = False,
    ) -> Recognition | None:
        """As `transcribe`, but it waits until nobody else asks, and gives up when somebody does: None.

        Cancelling is cheap.
        """
        ...


@dataclass(frozen=True, slots=True)
class Role:
    """Who says something, and in which language (BCP-47 tag); notes on what was asked for and isn't there."""

    voice: str
    language: str
    notes: tuple[str, ...] = ()


class Cast(Protocol):
    """What an engine has for a voice and a language that markup asks for."""

    def __call__(self, voice: str | None = None, language: str | None = None) -> Role:
        """The role nearest to what is asked for; None: the announcement's own voice, the voice's own language."""
        ...


class FindSound(Protocol):
    """Where the sounds are that announcements may play."""

    def __call__(self, name: str) -> str:
        """The path of a sound. Raises InvalidInput when there is none of that name."""
        ...


class Gather(Protocol):
    """Brings the sounds here that a text plays and that lie elsewhere."""

    async def __call__(self, text: str) -> None:
        """Return when they are here, or can't be had: `FindSound` tells which."""
        ...


class Prepare(Protocol):
    """Makes a text ready to be spoken."""

    def __call__(self, text: str, cast: Cast) -> Script:
        """The script of a text. Raises InvalidInput when nothing of it can be said."""
        ...


class Tts(Protocol):
    """Speech synthesis."""

    def synthesise(
        self, text: str, *, voice: str, language: str | None = None, speed: float = 1.0
    ) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a text of any length, markup in it followed: chunks of 24 kHz audio, a sentence or less at a time.

        `language` None means the voice's own. Raises InvalidInput for a text nothing of which can be said or an unknown
        voice, EngineFailed when the engine died or passed its deadline.
        """
        ...


class Scripted(Protocol):
    """The two steps of speech synthesis, taken one by one."""

    def reads(self, voice: str, language: str | None = None) -> str:
        """The tag of the language in which a voice reads a text. Raises InvalidInput. May read files."""
        ...

    async def script(self, text: str, *, voice: str, language: str | None = None) -> Script:
        """What is to be said for a text: all that makes the sound but the speed. Raises InvalidInput."""
        ...

    def say(self, script: Script, *, speed: float = 1.0) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a script; its notes come with the first chunk. Raises as Tts does."""
        ...


class ScriptedTts(Tts, Scripted, Protocol):
    """Speech synthesis whose two steps can be taken one by one; `synthesise` takes both."""


class Microphone(Protocol):
    """A source of heard audio."""

    def frames(self) -> AsyncIterator[Frame]:
        """Frames from now on, in real time, until closed (a finite source simply ends).

        Raises DeviceLost when the device is missing, gives nothing for 2 s, or was moved to another source. Call again
        to try again.
        """
        ...


class Speaker(Protocol):
    """A sink for speech."""

    async def wake(self) -> None:
        """Get ready, so that what is played next begins at once. Raises DeviceLost."""
        ...

    async def play(
        self,
        speech: AsyncIterator[SpeechChunk],
        *,
        volume: float = 1.0,
        at: float | None = None,
        on_audible: Callable[[], None] | None = None,
        on_played: Callable[[float], None] | None = None,
    ) -> float:
        """Play a stream of chunks to its end and until the last sample has left the device; seconds played.

        `at`: the first sample is to be heard at this moment of the monotonic clock, or as soon after as can be.
        `on_audible` is called once, when the first chunk starts to play, or a moment before `at`; `on_played` as it
        goes on, with the seconds played until then, the last time when it ends or is silenced. Cancelling the task that
        awaits silences the device within 200 ms. Raises DeviceLost.
        """
        ...

    async def close(self) -> None:
        """Release the device."""
        ...


class Receipt(Protocol):
    """What the broker waits for after a delivery: until it is acknowledged, the broker brings it again."""

    @property
    def live(self) -> bool:
        """Whether the connection that it came on is still there; if not, the broker may bring the command again."""
        ...

    def acknowledge(self) -> None:
        """Tell the broker that it is dealt with. Does nothing the second time, or when it isn't live."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A command as the broker delivered it.

    `verb` is `say`, `stop` or `set`, or that of a request when `room` is the bridge; `expires_in` is what is left of
    its message expiry, in seconds; `redelivered` is the broker's word that it has sent it before; `correlation` and
    `response_topic` are those of MQTT 5.
    """

    room: str
    verb: str
    payload: bytes
    receipt: Receipt
    retained: bool = False
    redelivered: bool = False
    expires_in: float | None = None
    correlation: bytes | None = None
    response_topic: str | None = None
