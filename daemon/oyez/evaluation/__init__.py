"""How well is heard: recordings whose text is known, what is heard in them, and the errors between the two."""
