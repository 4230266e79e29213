"""Confidence that means what it says: of the words given 0.8, four of five should be right.

A network's own probabilities are too sure. Two numbers for each model mend that (Platt's scaling): the logit of a
word's mean probability, times `slope`, plus `shift`. They are fitted by `make calibrate` on speech with noise; a model
that nobody fitted has its own probabilities.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

TABLE = resources.files("oyez") / "data" / "calibration.json"
SURE = 1 - 1e-6  # a probability beyond is a rounding error
STEPS = 25


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a word's probability becomes its confidence."""

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, probability: float) -> float:
        """The confidence, in [0, 1]."""
        return float(1 / (1 + np.exp(-(self.slope * _logit(probability) + self.shift))))

    @classmethod
    def of(cls, model: str, *, listed: bool = False) -> Calibration:
        """The one that was fitted for a model, by name; `listed`: for words out of a list or an n-gram model."""
        fitted = json.loads(TABLE.read_text(encoding="utf-8")).get(model, {})
        return cls(*fitted.get("listed" if listed else "free", (1.0, 0.0)))


RAW = Calibration()


def fit(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """The calibration under which words of these probabilities were as often right as they were (Newton's method)."""
    features = np.stack([_logit(probabilities), np.ones(len(probabilities))], axis=1)
    weights = np.array([1.0, 0.0])
    ridge = 1e-3 * np.eye(2)  # words that are all right have no finite answer
    for _ in range(STEPS):
        told = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (told - right) + ridge @ weights
        curve = (features * (told * (1 - told))[:, None]).T @ features + ridge
        weights -= np.linalg.solve(curve, slope)
    return Calibration(round(float(weights[0]), 3), round(float(weights[1]), 3))


def _logit(probability: float | NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(probability, 1 - SURE, SURE)
    return np.asarray(np.log(held / (1 - held)))
