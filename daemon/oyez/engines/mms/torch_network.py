"""A Network computed by torch and transformers, out of a Hugging Face folder: on a graphics card where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers

from oyez.engines.mms.kept import Kept
from oyez.engines.mms.layout import HEAD, frames_of
from oyez.engines.mms.network import ADAPTERS_KEPT
from oyez.engines.mms.source import Source, read_adapter, word_list
from oyez.engines.mms.symbols import Symbols

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from oyez.engines.mms.network import Precision, Run
    from oyez.engines.mms.tensors import Array
    from oyez.model import Samples

CARD_BATCH = 8  # windows of 20 s at once: a graphics card is idle with one

transformers.utils.logging.disable_progress_bar()


class TorchNetwork:
    """See Network. `precision` auto is bfloat16 on a graphics card, else float32."""

    def __init__(self, folder: Path, *, threads: int = 0, precision: Precision = "auto") -> None:
        """`threads` 0 means as torch thinks. Raises ModelMissing, ModelDamaged."""
        self._source = Source(folder)
        card = torch.cuda.is_available()
        self._device = torch.device("cuda" if card else "cpu")
        self._dtype = torch.bfloat16 if precision == "bfloat16" or (precision == "auto" and card) else torch.float32
        if threads:
            torch.set_num_threads(threads)
        model = transformers.Wav2Vec2ForCTC.from_pretrained(folder, dtype=self._dtype, local_files_only=True)
        self._model = model.eval().to(self._device)
        self._weights = Kept(self._load, ADAPTERS_KEPT)
        self.batch = CARD_BATCH if card and not self._source.architecture.group_norm else 1  # padding changes the norm

    @property
    def source(self) -> str:
        """See Network."""
        return self._source.name

    @property
    def languages(self) -> tuple[str, ...]:
        """See Network."""
        return self._source.languages

    def symbols(self, language: str) -> Symbols:
        """See Network."""
        architecture = self._source.architecture
        adapter, vocabulary = read_adapter(self._source.folder, language, architecture)
        return Symbols.from_vocabulary(vocabulary, adapter.shapes[HEAD[0]][0], architecture.blank)

    def words(self, language: str) -> Path | None:
        """See Network."""
        return word_list(self._source.folder, language)

    def compute(self, batch: Sequence[Samples], language: str, run: Run) -> list[Array]:
        """See Network."""
        lengths = np.array([len(samples) for samples in batch])
        values = np.zeros((len(batch), lengths.max()), np.float32)
        for row, samples in zip(values, batch, strict=True):
            row[: len(samples)] = samples
        mask = torch.from_numpy(np.arange(lengths.max()) < lengths[:, None]).to(self._device, torch.long)
        inputs = torch.from_numpy(values).to(self._device, self._dtype)
        padded = {"attention_mask": mask} if lengths.min() < lengths.max() else {}
        with torch.inference_mode():
            out = torch.func.functional_call(self._model, self._weights(language), (inputs,), padded).logits
        run.check()
        logits = out.float().cpu().numpy()
        return [one[: frames_of(length)] for one, length in zip(logits, lengths.tolist(), strict=True)]

    def _load(self, language: str) -> dict[str, Any]:
        adapter, _ = read_adapter(self._source.folder, language, self._source.architecture)
        return {name: torch.from_numpy(adapter.read(name)).to(self._device, self._dtype) for name in adapter.entries}
