"""Engines: MMS hears, Kokoro speaks, each in a child process; voice activity is decided in the daemon."""
