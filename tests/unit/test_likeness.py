import pytest
from tests.support.likeness import near


@pytest.mark.parametrize("heard", ["", "a e o", "turn of", "set a timer for ten minutes", "where is my phone", "stop"])
def test_silence_noise_and_other_sentences_are_not_near(heard):
    assert not near(heard, "Turn on the kitchen light.")


@pytest.mark.parametrize("heard", ["turn on the kitchen light", "turn on the kichen lid", "torn on de kitchen light"])
def test_misheard_letters_are_near(heard):
    assert near(heard, "Turn on the kitchen light.")
