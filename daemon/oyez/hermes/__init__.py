"""Rhasspy's Hermes topics, for what was built around it: they say and hear through the same rooms."""
