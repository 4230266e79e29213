"""The library: hearing for other programs. `from oyez import Hearing`; docs/api.md shows it at work."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from oyez import hot_words as written
from oyez.config.places import default_models_dir
from oyez.engines.mms import languages
from oyez.engines.mms.reader import Decoding
from oyez.engines.mms.recordings import MmsRecordings
from oyez.errors import InvalidInput
from oyez.model import HEARD_RATE
from oyez.models import store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from oyez.engines.mms.network import Precision
    from oyez.engines.mms.recordings import Heard
    from oyez.hot_words import HotWord
    from oyez.model import Samples

    Audio = str | Path | NDArray[Any]
    Progress = Callable[[float, float], None]

PLANE = 2  # axes of samples in several channels


class Hearing:
    """Speech to text, and to embeddings: an async context manager, which has the engine as a child process while open.

    `language` is any name of a language (`oyez languages`), `model` an installed one. `models_dir` None is where
    `oyez models install` puts them. `hot_words` are phrases to listen for, as in the config: `Anna*2`. `words` names
    a file with all the words there are, a word a line. `threads` 0 means one for each core. A model may be a folder in
    Hugging Face layout, too, named by a path with a slash in it: torch hears with it, in `precision`.

    Raises ModelMissing (its hint is the command that installs it), ModelDamaged, InvalidInput; all are OyezError.
    """

    def __init__(
        self,
        language: str = "eng",
        *,
        model: str = "mms-1b-all",
        models_dir: Path | None = None,
        hot_words: Sequence[str] = (),
        words: Path | None = None,
        threads: int = 0,
        precision: Precision = "auto",
    ) -> None:
        self._language = language
        self._model = model
        self._models_dir = models_dir
        self._hot_words = _parsed(hot_words)
        self._words = words
        self._threads, self._precision = threads, precision
        self._mms: MmsRecordings | None = None

    async def __aenter__(self) -> Self:
        self._mms = await asyncio.to_thread(self._make)
        await self._mms.child.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._mms:
            await self._mms.child.close()

    async def transcribe(
        self,
        audio: Audio,
        rate: int | None = None,
        *,
        language: str | None = None,
        hot_words: Sequence[str] | None = None,
        n_best: int = 1,
        progress: Progress | None = None,
    ) -> Heard:
        """Write down what is said in a file of any length, or in samples [time] or [time, channels] of that `rate`.

        Whole numbers are taken at their type's full scale. With `n_best` above 1, audio of at most 30 s has other
        readings, too. `progress` gets the seconds done, and those there are. Raises InvalidInput for what isn't audio
        or has none in it, EngineFailed when the engine died; the next call starts it anew.
        """
        source, hertz = _source(audio, rate)
        return await self._open().hear(
            source,
            language or self._language,
            rate=hertz,
            hot_words=self._hot_words if hot_words is None else _parsed(hot_words),
            n_best=n_best,
            progress=progress,
        )

    async def embed(
        self,
        audio: Audio,
        rate: int | None = None,
        *,
        layer: int | None = None,
        pooled: bool = False,
        language: str | None = None,
        progress: Progress | None = None,
    ) -> NDArray[np.float32]:
        """The encoder's frames [frames, width], one every 20 ms; `pooled`: their mean [width].

        `layer` counts as transformers' hidden states do: 0 is what goes into the first layer; None is the encoder's
        end. The adapters of the language are in it. Raises as `transcribe` does, and InvalidInput for a layer that
        isn't there and for audio without a frame (25 ms).
        """
        source, hertz = _source(audio, rate)
        parts: list[NDArray[np.float32]] = []
        count, total = 0, np.float64(0)
        coming = self._open().frames(source, language or self._language, rate=hertz, layer=layer, progress=progress)
        async with aclosing(coming):
            async for frames in coming:
                count += len(frames)
                total = total + frames.sum(axis=0, dtype=np.float64)
                parts += [] if pooled else [frames]
        if not count:
            raise InvalidInput("the audio is shorter than a frame: 25 ms")
        return np.asarray(total / count, np.float32) if pooled else np.concatenate(parts)

    def _open(self) -> MmsRecordings:
        if self._mms is None:
            raise InvalidInput("the hearing isn't open", hint="async with Hearing() as hearing: ...")
        return self._mms

    def _make(self) -> MmsRecordings:
        """Blocks: looks for the model and the language."""
        folder = store.model_path(self._models_dir or default_models_dir(), self._model)
        codes = languages.resolve_all(self._language, languages.installed(folder))
        decoding = Decoding(words=dict.fromkeys(codes, self._words) if self._words else {})
        threads, precision = self._threads, self._precision
        return MmsRecordings(folder, threads=threads, decoding=decoding, precision=precision, hears=False)


def _parsed(texts: Sequence[str]) -> list[HotWord]:
    try:
        return [written.parse(text) for text in texts]
    except ValueError as error:
        raise InvalidInput(f"a hot word {error}") from None


def _source(audio: Audio, rate: int | None) -> tuple[Path | Samples, int]:
    """A file, or mono float32 samples, and their rate."""
    if isinstance(audio, str | Path):
        return Path(audio), HEARD_RATE
    table = np.asarray(audio)
    if rate is None or rate <= 0 or table.ndim not in (1, PLANE):
        raise InvalidInput(
            "samples need their rate, and are [time] or [time, channels]", hint="transcribe(samples, 16000)"
        )
    if np.issubdtype(table.dtype, np.integer):
        table = table / -float(np.iinfo(table.dtype).min or -np.iinfo(table.dtype).max)
    samples = np.asarray(table, np.float32)
    return (samples.mean(axis=1) if samples.ndim == PLANE else samples), rate
