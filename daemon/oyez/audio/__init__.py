"""Microphones and speakers. What touches a sound card or a sound server runs in child processes (`*_worker.py`)."""
