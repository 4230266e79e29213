"""Oyez beside the real Home Assistant, a real broker, a real sound server: what `make home-assistant` tries."""
