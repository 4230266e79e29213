"""Where the processor time of recognition goes, part by part, in Oyez and in plain ONNX Runtime int8: on one thread.

    python -m benchmarks.asr_parts --folder build/full_size [--seconds 4] [--runs 7] [--out PAGE]

After benchmarks.asr, which makes what it needs. Both are computed by ONNX Runtime, in turn, and timed by its profiler;
of each node the median. The encoder's products are the same operators on the same numbers in both: what another graph
can save lies in the other parts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from tools import full_size

from benchmarks.asr_peers import PLAIN_INT8
from oyez.engines.mms.network import OnnxNetwork, Run

if TYPE_CHECKING:
    from collections.abc import Mapping

PRODUCTS, CONVOLUTIONS, ATTENTION = "the encoder's int8 products", "convolutions", "attention: products, softmax"
ADAPTERS, POINTWISE, REST = "adapters, head", "norms, activations, sums", "data moved, and the rest"
ORDER = (PRODUCTS, CONVOLUTIONS, ATTENTION, ADAPTERS, POINTWISE, REST)
PARTS = {
    "DynamicQuantizeMatMul": PRODUCTS, "Conv": CONVOLUTIONS, "FusedMatMul": ATTENTION, "Softmax": ATTENTION,
    "Gemm": ADAPTERS, "FusedGemm": ADAPTERS, "Gelu": POINTWISE, "LayerNormalization": POINTWISE,
    "SkipLayerNormalization": POINTWISE, "Add": POINTWISE, "Relu": POINTWISE,
}  # fmt: skip
OYEZ = PARTS | {"MatMulIntegerToFloat": CONVOLUTIONS, "MatMul": CONVOLUTIONS}  # laid out as products
PLAIN = PARTS | {"MatMulIntegerToFloat": PRODUCTS, "MatMul": ATTENTION}  # query, key, value: one quantisation for three
BEGIN, END = "<!-- asr_parts: begin -->", "<!-- asr_parts: end -->"


class Profiled(OnnxNetwork):
    """The prepared graph as it is used, under the profiler."""

    def _opened(self, graph: Path, options: ort.SessionOptions) -> ort.InferenceSession:
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(tempfile.gettempdir()) / "oyez-asr-parts")
        return super()._opened(graph, options)

    def spent(self) -> Counter[str]:
        """End the profile: milliseconds by part."""
        return spent(self._session, OYEZ)


def main() -> None:
    """Measure both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, default=Path("build/full_size"))
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--out", type=Path, help="a page that has a place for the table")
    options = parser.parse_args()
    text = table(*measured(options.folder, options.seconds, options.runs))
    print(text)
    if options.out:
        before, rest = options.out.read_text(encoding="utf-8").split(BEGIN)
        options.out.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def measured(folder: Path, seconds: int, runs: int) -> tuple[Counter[str], Counter[str]]:
    """Milliseconds by part: of Oyez, and of its peer."""
    samples = np.random.default_rng(0).standard_normal(seconds * 16_000).astype(np.float32)
    own = Profiled(folder / "models" / full_size.MODEL, threads=1)
    plain = _plain(folder / PLAIN_INT8)
    for _ in range(runs):
        own.compute([samples], "eng", Run())
        plain.run(None, {"input_values": samples[None]})
    return own.spent(), spent(plain, PLAIN)


def spent(session: ort.InferenceSession, parts: Mapping[str, str]) -> Counter[str]:
    """End a session's profile: milliseconds by part, of each node the median of its runs."""
    profile = Path(session.end_profiling())
    events = json.loads(profile.read_text(encoding="utf-8"))
    profile.unlink()
    nodes = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            nodes[event["name"], event["args"]["op_name"]].append(event["dur"] / 1e3)
    found: Counter[str] = Counter()
    for (_, kind), took in nodes.items():
        found[parts.get(kind, REST)] += np.median(took)
    return found


def table(own: Counter[str], plain: Counter[str]) -> str:
    """The two side by side."""
    figures = [(part, own[part], plain[part]) for part in ORDER] + [("all", own.total(), plain.total())]
    rows = [f"| {part} | {mine:.0f} ms | {other:.0f} ms |" for part, mine, other in figures]
    return "\n".join(["| part | Oyez | plain ONNX Runtime int8 |", "|---|---|---|", *rows])


def _plain(graph: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_profiling = True
    options.profile_file_prefix = str(Path(tempfile.gettempdir()) / "oyez-asr-parts")
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
