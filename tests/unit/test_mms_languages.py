"""What people call a language, and what MMS calls it."""

from __future__ import annotations

import pytest

from oyez.engines.mms.languages import resolve, search
from oyez.errors import ModelMissing

INSTALLED = ("azj-script_latin", "cmn-script_simplified", "eng", "hrv", "nob", "spa", "swh")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("eng", "eng"),
        ("en", "eng"),
        ("en-US", "eng"),
        ("en_GB", "eng"),
        ("English", "eng"),
        ("español", "spa"),
        ("es-MX", "spa"),
        ("no", "nob"),
        ("zh", "cmn-script_simplified"),
        ("cmn-script_simplified", "cmn-script_simplified"),
        ("azj", "azj-script_latin"),
        ("sw", "swh"),
    ],
)
def test_a_language_is_known_by_its_codes_and_names(said, code):
    assert resolve(said, INSTALLED) == code


@pytest.mark.parametrize(("said", "install"), [("deu", "deu"), ("German", "deu"), ("sr", "srp"), ("xyzzy", "xyzzy")])
def test_a_language_that_is_not_installed_names_the_command_that_installs_it(said, install):
    with pytest.raises(ModelMissing, match=repr(said)) as caught:
        resolve(said, INSTALLED)
    assert caught.value.hint == f"oyez models install mms-1b-all --language {install}"


def test_the_nearest_installed_languages_are_named():
    with pytest.raises(ModelMissing, match="installed: eng"):
        resolve("enx", INSTALLED)


def test_two_scripts_of_one_language_are_not_guessed_between():
    with pytest.raises(ModelMissing, match="may be any of uzb-script_cyrillic, uzb-script_latin"):
        resolve("uz", ("uzb-script_cyrillic", "uzb-script_latin"))


def test_search_finds_installed_languages_by_part_of_a_name_or_code():
    assert [row.code for row in search("engl", INSTALLED)] == ["eng"]
    assert [row.name for row in search("nob", INSTALLED)] == ["Norwegian Bokmål"]
    assert [row.code for row in search("", INSTALLED)] == list(INSTALLED)


def test_search_names_a_language_that_is_not_installed_as_such():
    (row,) = search("Deutsch", INSTALLED)
    assert (row.code, row.name, row.autonym, row.installed) == ("deu", "German", "Deutsch", False)


def test_search_for_nonsense_finds_nothing():
    assert search("qqqqzzzz", INSTALLED) == []
