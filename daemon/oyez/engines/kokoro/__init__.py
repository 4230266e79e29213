"""Kokoro-82M: the speaking engine. The parent's side is engine.py, the child's worker.py."""
