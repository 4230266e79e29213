"""Oyez: the house hears and speaks."""

__version__ = "0.1.0"
