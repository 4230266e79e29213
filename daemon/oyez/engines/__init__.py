"""Engines: MMS hears, Kokoro speaks, each in a child process; voice activity is decided in the daemon."""

import os

# Nothing leaves the house: ONNX Runtime (1.32, measured) writes a device id into ~/.cache and collects usage to send to
# its makers, as soon as it is imported. It reads this when it is loaded, and it is loaded in this package only.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
