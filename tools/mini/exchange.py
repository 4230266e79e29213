"""Let several training processes on one machine pull towards a common set of weights.

Each process trains on its own batches. Now and then it moves a part of the way towards the common
weights, and the common weights move as far towards it (elastic averaging). Nobody waits for
anybody, so processes may run at any pace and may come and go.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

import torch

PULL = 0.5


@torch.no_grad()
def exchange(path: Path, parameters: list[torch.Tensor]) -> None:
    """Meet the common weights in ``path``; the first to come founds them."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            common = torch.load(path)
            for mine, theirs in zip(parameters, common, strict=True):
                step = PULL * (mine - theirs)
                mine.sub_(step)
                theirs.add_(step)
        else:
            common = [p.detach().clone() for p in parameters]
        new = path.with_suffix(".new")
        torch.save(common, new)
        new.replace(path)
