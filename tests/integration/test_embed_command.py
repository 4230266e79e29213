"""`oyez embed` as people run it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support.command import oyez

pytestmark = pytest.mark.model


async def test_embeddings_go_to_a_file_or_to_standard_output(repository, tmp_path):
    file = str(repository / "tests/data/mini/eng_2.flac")
    status, out, err = await oyez("embed", file, "-o", str(tmp_path / "a.npy"), "--layer", "2")
    assert (status, out, err) == (0, "", "")
    frames = np.load(tmp_path / "a.npy")
    assert (frames.dtype, frames.ndim, frames.shape[1]) == (np.float32, 2, 192)
    status, out, err = await oyez("embed", file, "--layer", "2", "--pool", "--json")
    assert (status, err) == (0, "")
    np.testing.assert_allclose(json.loads(out), frames.mean(axis=0), atol=1e-4)
    status, _, err = await oyez("embed", file)
    assert status == 65
    assert "-o eng_2.npy" in err
