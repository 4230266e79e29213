"""Make mms-mini: phrases, voices, sound, training, evaluation."""
