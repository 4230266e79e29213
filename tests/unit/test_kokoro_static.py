"""Convolutions in int8 with known ranges: near the float32 ones, whatever the channels are like."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from oyez.engines.kokoro import static
from oyez.errors import ModelDamaged

CHANNELS, LENGTH = 64, 200


def graph(weight, bias):
    """One convolution over time, as the graph has them."""
    weights = [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")]
    node = helper.make_node(
        "Conv", ["x", "weight", "bias"], ["y"], "conv", kernel_shape=[3], dilations=[2], strides=[1], pads=[2, 2]
    )
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, "time"])
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, CHANNELS, "time"])
    whole = helper.make_graph([node], "one", [given], [made], weights)
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def run(model, signal):
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": signal})


@pytest.fixture
def numbers():
    """Weights, biases and a signal whose channels differ a thousandfold; one is silent, one gives its bias alone."""
    random = np.random.default_rng(5)
    weight = random.normal(size=(CHANNELS, CHANNELS, 3)).astype(np.float32)
    signal = random.normal(size=(1, CHANNELS, LENGTH)).astype(np.float32)
    signal *= np.geomspace(0.01, 10, CHANNELS, dtype=np.float32)[None, :, None]
    signal[0, 7] = 0
    weight[:, -20:] /= 100
    weight[9] = 0
    return weight, np.linspace(-3, 30, CHANNELS).astype(np.float32), signal


@pytest.mark.parametrize("largest", [127, 63])
def test_every_channel_comes_near_to_float32(numbers, largest):
    weight, bias, signal = numbers
    model = graph(weight, bias)
    expected, ranges = run(static.observed(model), signal)
    [heard] = run(static.quantised(model, static.named(model, ranges), largest), signal)
    span = np.ptp(np.concatenate([expected, np.zeros_like(expected[:, :, :1])], axis=2), axis=2)
    errors = np.abs(heard - expected).max(2) / span
    assert errors.max() < (0.02 if largest == 127 else 0.04)


def test_what_goes_beyond_its_range_is_held_at_the_end_of_it(numbers):
    weight, bias, signal = numbers
    model = graph(weight, bias)
    _, ranges = run(static.observed(model), signal)
    [heard] = run(static.quantised(model, static.named(model, ranges), 127), signal * 100)
    seen = static.named(model, ranges)["conv"]
    widest = np.maximum(seen.high, 0) - np.minimum(seen.low, 0)
    assert np.isfinite(heard).all()
    assert (heard[0].max(1) <= np.maximum(seen.high, 0) + 0.02 * widest + 1e-4).all()


def test_convolutions_without_ranges_stay_as_they_are(numbers):
    weight, bias, _ = numbers
    model = static.quantised(graph(weight, bias), {}, 127)
    assert [node.op_type for node in model.graph.node] == ["Conv"]


def test_a_table_that_is_none_is_told(tmp_path):
    (tmp_path / "table.npz").write_bytes(b"no table")
    with pytest.raises(ModelDamaged, match="ranges of the model can't be read"):
        static.Ranges.load(tmp_path / "table.npz")
