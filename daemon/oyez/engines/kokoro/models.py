"""Which model a folder holds: an installed one is ONNX Runtime's, one as the model hub has it torch's."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from oyez.engines.kokoro import voices
from oyez.engines.kokoro.graphs import CutModel, WholeModel
from oyez.engines.kokoro.hub import is_hub
from oyez.engines.kokoro.prepared import graph_of
from oyez.errors import ModelMissing, OyezError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from oyez.engines.kokoro.graphs import Sentence
    from oyez.engines.kokoro.sessions import Feed
    from oyez.engines.kokoro.voices import Voice

Device: TypeAlias = Literal["auto", "cpu", "cuda"]


class Model(Protocol):
    """What turns tokens into sentences. `whole_because` tells why it makes all of one at once; None: it doesn't."""

    @property
    def whole_because(self) -> str | None:
        """See above."""
        ...

    def styles(self, voice: Voice) -> NDArray[np.float32]:
        """The styles of a voice; see voices.load_styles."""
        ...

    def sentence(self, feed: Feed, voice: Voice) -> Sentence:
        """A sentence given as tokens, style and speed."""
        ...


class OnnxModel:
    """The graph of an installed model: its cut where there is one for the voice, else the whole. See Model."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder, self._threads = folder, threads
        self._cut: CutModel | None = None
        self.whole_because: str | None = None
        try:
            self._cut = CutModel(folder, threads)
        except OyezError as error:
            self.whole_because = error.message

    def styles(self, voice: Voice) -> NDArray[np.float32]:
        """See Model."""
        return voices.load_styles(self._folder / "voices", voice)

    def sentence(self, feed: Feed, voice: Voice) -> Sentence:
        """See Model."""
        if self._cut is None or not self._cut.speaks(voice):
            return self._whole.sentence(feed)
        return self._cut.sentence(feed, voice)

    @cached_property
    def _whole(self) -> WholeModel:
        """Loaded when it is first needed: few voices need it where the model is cut."""
        return WholeModel(graph_of(self._folder), self._threads)


def opened(folder: Path, threads: int, device: Device) -> Model:
    """The model of a folder, loaded; `device` is for torch. Raises ModelMissing, ModelDamaged, InvalidInput."""
    if not is_hub(folder):
        return OnnxModel(folder, threads)
    try:
        from oyez.engines.kokoro.torch_model import TorchModel  # noqa: PLC0415 - an extra, and seconds to import

        return TorchModel(folder, threads, device)
    except ImportError as error:
        raise missing_torch(folder, error) from error


def missing_torch(folder: Path, error: ImportError) -> ModelMissing:
    """What to say when the extra isn't there."""
    return ModelMissing(
        f"{folder} is as the model hub has it, which torch computes; something for it isn't installed ({error})",
        hint="pip install 'oyez[torch]', which has Kokoro up to Python 3.12; or speak with kokoro-v1.0-int8",
    )
