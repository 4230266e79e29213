"""Speech recognition with MMS: one trunk, an adapter for each language, in ONNX Runtime inside a child process."""
