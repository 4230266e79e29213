"""What this machine's processor means for int8 arithmetic."""

from __future__ import annotations

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
VNNI = ("avx512_vnni", "avx_vnni", "amx_int8")
X86 = ("x86_64", "AMD64", "i686")

FULL_RANGE = 127
REDUCED_RANGE = 63  # 2 * 255 * 63 fits into int16


def weight_range(machine: str | None = None, cpuinfo: str | None = None) -> int:
    """The largest integer that a quantised weight may be; `machine` and `cpuinfo` are the system's if not given.

    x86 without VNNI multiplies uint8 by int8 into sums of two that saturate at int16, silently. There the weights get
    one bit less, which costs 3.5 dB (measured on mms-mini). ONNX Runtime can turn the weights to uint8 when
    it loads them instead, but that was measured to take twice the memory and 1.7 times the CPU time.
    """
    if (machine or platform.machine()) not in X86:
        return FULL_RANGE
    if cpuinfo is None:
        cpuinfo = CPUINFO.read_text(encoding="ascii", errors="replace") if CPUINFO.exists() else ""
    flags = set(cpuinfo.split())
    return FULL_RANGE if flags.intersection(VNNI) else REDUCED_RANGE
