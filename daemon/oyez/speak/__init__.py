"""Speaking: from an announcement to its outcome."""
