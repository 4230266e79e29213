"""Which network a folder holds: a prepared one is ONNX Runtime's, one in Hugging Face layout torch's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oyez.engines.mms.network import ADAPTERS_KEPT, OnnxNetwork
from oyez.engines.mms.prepared import RECORD
from oyez.errors import ModelMissing

if TYPE_CHECKING:
    from pathlib import Path

    from oyez.engines.mms.network import Network, Precision


def opened(
    folder: Path, *, threads: int = 0, adapters_kept: int = ADAPTERS_KEPT, precision: Precision = "auto"
) -> Network:
    """The network of a folder, loaded; `threads` 0 means one for each core, `precision` is for torch.

    Raises ModelMissing, ModelDamaged.
    """
    if (folder / RECORD).is_file() or not (folder / "config.json").is_file():
        return OnnxNetwork(folder, threads=threads, adapters_kept=adapters_kept)
    try:
        from oyez.engines.mms.torch_network import TorchNetwork  # noqa: PLC0415 - an extra, and seconds to import
    except ImportError as error:
        raise ModelMissing(
            f"{folder} is in Hugging Face layout, which torch computes; it isn't installed ({error})",
            hint="pip install 'oyez[torch]', or prepare the model: oyez models install",
        ) from error
    return TorchNetwork(folder, threads=threads, precision=precision)
