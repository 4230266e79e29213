"""The machine's own limit: the matrix products of recognition at the rate that they reach alone, on one core."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from tools import mms_random

if TYPE_CHECKING:
    from collections.abc import Mapping


def described(spent: Mapping[int, float]) -> str:
    """The rates, and for audio of so many seconds, heard in so much processor time, the share of the limit reached."""
    exact, small = _rate(np.float32), _rate(np.int8)
    lines = [f"One core: {exact:.0f} GFLOP/s in float32, {small:.0f} GOP/s in int8 (ONNX Runtime's products alone)."]
    for seconds, cpu in spent.items():
        products, rest = _work(seconds * 50 - 1)
        least = products / small + rest / exact
        lines.append(f"{seconds} s of audio: at least {least:.2f} CPU s; Oyez reaches {least / cpu:.0%} of that limit.")
    return "\n".join(lines)


def _rate(dtype: type, size: int = 1024, runs: int = 20) -> float:
    import onnxruntime as ort  # noqa: PLC0415 - its memory belongs to each engine's process
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    random = np.random.default_rng(0)
    small = dtype is np.int8
    weight = random.integers(-127, 128, (size, size)).astype(dtype)
    kind, given, out = (
        ("MatMulInteger", np.uint8, TensorProto.INT32) if small else ("MatMul", np.float32, TensorProto.FLOAT)
    )
    x = random.integers(0, 255, (size, size)).astype(given)
    ends = [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(x.dtype), [size, size])]
    product = helper.make_tensor_value_info("y", out, [size, size])
    node = helper.make_node(kind, ["x", "w"], ["y"])
    graph = helper.make_graph([node], "rate", ends, [product], [numpy_helper.from_array(weight, "w")])
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    spent = []
    for _ in range(runs):
        start = time.process_time()
        session.run(None, {"x": x})
        spent.append(time.process_time() - start)
    return 2 * size**3 / min(spent) / 1e9


def _work(frames: int) -> tuple[float, float]:
    """GFLOP of all products with constant weights for so many frames, and of attention (which stays float32)."""
    a = mms_random.FULL
    layer = 4 * a.hidden**2 + 2 * a.hidden * a.intermediate
    inside = (1, *a.conv_dims[:-1])
    lengths = [frames * int(np.prod(a.conv_strides[i + 1 :])) for i in range(len(a.conv_strides))]
    convolutions = sum(n * k * c * d for n, k, c, d in zip(lengths, a.conv_kernels, inside, a.conv_dims, strict=True))
    positions = frames * a.hidden * (a.hidden // a.pos_groups) * a.pos_kernel
    products = frames * (a.layers * layer + a.conv_dims[-1] * a.hidden) + convolutions + positions
    attention = 2 * a.layers * frames**2 * a.hidden
    return 2 * products / 1e9, 2 * attention / 1e9
