"""Kokoro as the model hub has it, read into its own torch model: config.json, one file of weights, voices/<name>.pt.

Needs the extra `torch`. Of the package `kokoro` only the model's definition is loaded: its pipeline, which comes along
when the package is imported, would bring spaCy and readers of letters that aren't used here.
"""

from __future__ import annotations

import importlib.util
import io
import pickle
import sys
import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.utils import remove_weight_norm

from oyez.engines.kokoro.hub import read_settings, weights_of
from oyez.engines.kokoro.voices import STYLE_SIZE, STYLES
from oyez.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_PACKAGE = "kokoro"
_PREFIX = "module."  # the published weights were saved from within torch's DataParallel
_NORMS = (".norm.weight", ".norm.bias")  # ones and zeros where a checkpoint hasn't them, as the published one
_UNREADABLE = (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, OSError)


def load(folder: Path) -> Any:
    """The KModel of a folder, on the processor, ready to run. Raises ModelMissing, ModelDamaged."""
    settings, path = read_settings(folder), weights_of(folder)
    model, found = empty(settings, folder), _flat(read(path), path)
    _check(model.state_dict(), found, path)
    model.load_state_dict(found, strict=False)
    for module in model.modules():
        if hasattr(module, "weight_g"):  # the same weights each time: computed once
            remove_weight_norm(module)
    return model.eval().requires_grad_(requires_grad=False)


def read_styles(folder: Path, name: str) -> NDArray[np.float32]:
    """The styles of a voice, as voices.read_styles has them of our own form."""
    path = folder / f"{name}.pt"
    if not path.is_file():
        raise ModelMissing(f"the file of voice {name} is missing: {path}", hint="copy it from where the model is from")
    tensor = read(path)
    if not isinstance(tensor, torch.Tensor) or tensor.numel() != STYLES * STYLE_SIZE:
        size = list(tensor.shape) if isinstance(tensor, torch.Tensor) else type(tensor).__name__
        raise ModelDamaged(f"{path}: a voice is a tensor [{STYLES}, 1, {STYLE_SIZE}], this is {size}")
    styles: NDArray[np.float32] = tensor.reshape(STYLES, STYLE_SIZE).float().numpy()
    return styles


def read(path: Path) -> Any:
    """What torch saved in a file; anything but tensors in it is refused, as a pickle may run anything."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        reason = str(error).partition("\n")[0]
        raise ModelDamaged(
            f"{path}: torch can't read it ({reason})", hint="was it cut short? compare its SHA-256 with the hub's"
        ) from error


def empty(settings: dict[str, Any], folder: Path) -> Any:
    """A KModel of the right sizes, with any weights."""
    nothing = io.BytesIO()
    torch.save({}, nothing)
    nothing.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its definition could be written with today is its makers' business
        try:
            return _definition().KModel(repo_id=folder.name, config=settings, model=nothing)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelDamaged(f"{folder / 'config.json'}: no Kokoro can be made of it ({error!r})") from error


def _definition() -> Any:
    """kokoro.model. Raises ImportError."""
    if _PACKAGE not in sys.modules:
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {_PACKAGE!r}", name=_PACKAGE)
        sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)  # made, but not run
    return importlib.import_module(f"{_PACKAGE}.model")


def _flat(weights: Any, path: Path) -> dict[str, Any]:
    """Tensors by name, out of one dictionary for each part of the model."""
    if not isinstance(weights, dict) or not all(isinstance(part, dict) for part in weights.values()):
        raise ModelDamaged(f"{path}: holds no Kokoro: expected its weights by part (bert, predictor, decoder, …)")
    return {
        f"{part}.{name.removeprefix(_PREFIX)}": tensor
        for part, tensors in weights.items()
        for name, tensor in tensors.items()
    }


def _check(expected: dict[str, Any], found: dict[str, Any], path: Path) -> None:
    """What is found beyond what is expected does no harm, as in Kokoro's own loader."""
    missing = [name for name in expected if name not in found and not name.endswith(_NORMS)]
    odd = [name for name in expected.keys() & found.keys() if expected[name].shape != found[name].shape]
    for names, what in ((missing, "is missing"), (odd, "has another shape than config.json says")):
        if names:
            raise ModelDamaged(
                f"{path}: {min(names)} {what}" + (f", and {len(names) - 1} more" if names[1:] else ""),
                hint="config.json and the weights are of different models: fetch both from one place",
            )
