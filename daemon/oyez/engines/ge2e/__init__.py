"""Whose voice it is: the encoder of GE2E, as Resemblyzer published it, in the hearing engine's child process."""

VOICES = "resemblyzer"  # the installed model
WEIGHTS = "pretrained.pt"  # the file it is made of
FORMAT = 1  # of what is prepared, and of what is done to sound before: another one's voiceprints aren't comparable
