"""Long texts in portions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.speak.portions import portions


@given(st.text(alphabet="ab. \n", max_size=200), st.integers(5, 40))
def test_nothing_is_lost_and_nothing_is_too_long(text, most):
    pieces = list(portions(text, most))
    assert "".join(pieces) == text
    assert all(len(piece) <= most for piece in pieces)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two.\nThree.\n\nFour.", ["One. Two.\nThree.\n\n", "Four."]),
        ("One. Two.\nThree. Four.", ["One. Two.\n", "Three. Four."]),
        ("One two. Three four five.", ["One two. ", "Three four five."]),
        ("one two three four five six", ["one two three four ", "five six"]),
        ("x" * 25, ["x" * 20, "x" * 5]),
        ("<speak>" + "x" * 25 + "</speak>", ["<speak>" + "x" * 25 + "</speak>"]),
    ],
)
def test_it_is_cut_at_the_best_place(text, pieces):
    assert list(portions(text, 20)) == pieces
