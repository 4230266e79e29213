"""A model computed by Kokoro's own torch code, out of a folder as the model hub has it: whole sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from oyez.engines.kokoro import checkpoint, voices
from oyez.engines.kokoro.graphs import WholeSentence
from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from oyez.engines.kokoro.graphs import Sentence
    from oyez.engines.kokoro.models import Device
    from oyez.engines.kokoro.sessions import Feed
    from oyez.engines.kokoro.voices import Voice


class TorchModel:
    """See Model. Raises ModelMissing, ModelDamaged; InvalidInput for a graphics card that torch doesn't find."""

    whole_because = "torch computes the model as its makers wrote it"

    def __init__(self, folder: Path, threads: int, device: Device) -> None:
        self._folder = folder
        self._device = _device(device)
        torch.set_num_threads(threads)
        self._model = checkpoint.load(folder).to(self._device)

    def styles(self, voice: Voice) -> NDArray[np.float32]:
        """See Model."""
        return voices.load_styles(self._folder / "voices", voice, checkpoint.read_styles)

    def sentence(self, feed: Feed, voice: Voice) -> Sentence:  # noqa: ARG002 - every voice is computed alike
        """See Model."""
        torch.manual_seed(0)  # its breath is noise; the same text is to sound the same again
        with torch.inference_mode():
            given = (torch.from_numpy(feed[name]).to(self._device) for name in ("tokens", "style", "speed"))
            audio, frames = self._model.forward_with_tokens(*given)
        return WholeSentence(audio.cpu().numpy(), frames.tolist())


def _device(asked: Device) -> torch.device:
    card = torch.cuda.is_available()
    if asked == "cuda" and not card:
        raise InvalidInput(
            f"torch {torch.__version__} finds no graphics card (CUDA)",
            hint="device: auto, or a driver and a torch that know the card",
        )
    return torch.device("cuda" if card and asked != "cpu" else "cpu")
