"""Measurements: slow, and not part of the tests."""
