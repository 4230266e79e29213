"""Nothing leaves the house, also not by a library."""

import os
import subprocess
import sys


def test_onnx_runtime_keeps_no_device_id_and_no_reports(tmp_path):
    environment = os.environ | {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    code = "import oyez.engines.mms.recogniser, onnxruntime"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert [str(path) for path in tmp_path.rglob("*")] == []
