"""A tiny random MMS checkpoint, written without torch, and what it converts to. English and Spanish differ in vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tools import mms_random

from oyez.engines.mms.convert import convert

if TYPE_CHECKING:
    from pathlib import Path

FP32_TOLERANCE = 1e-3  # measured: 1e-6
INT8_SNR = 20.0  # dB
INT8_AGREEMENT = 0.95  # share of frames whose best symbol is the same

LETTERS = {"eng": "abcdefghijklmnopqrstuvwxyz'", "spa": "abcdefghijklmnopqrstuvwxyzáéíóúüñ"}


def snr(reference: np.ndarray, found: np.ndarray) -> float:
    """How far the difference lies under the signal, in dB."""
    return float(10 * np.log10(np.square(reference).mean() / np.square(reference - found).mean()))


def agreement(reference: np.ndarray, found: np.ndarray) -> float:
    """Share of frames with the same best symbol."""
    return float((reference.argmax(axis=1) == found.argmax(axis=1)).mean())


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A fresh Hugging Face folder, for tests that break it."""
    mms_random.write(tmp_path / "source", mms_random.TINY, LETTERS)
    return tmp_path / "source"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared folder, int8, not to be changed."""
    folder = tmp_path_factory.mktemp("mms")
    mms_random.write(folder / "source", mms_random.TINY, LETTERS)
    convert(folder / "source", folder / "tiny")
    return folder / "tiny"
