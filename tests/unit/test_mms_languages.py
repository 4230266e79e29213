"""What people call a language, and what MMS calls it."""

from __future__ import annotations

import re

import pytest

from oyez.engines.mms.languages import describe, named, resolve, resolve_all, search
from oyez.engines.mms.table import known
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


@pytest.mark.parametrize(
    ("said", "install"),
    [
        *((name, "deu") for name in ("deu", "de", "de-DE", "German", "Deutsch")),
        ("sr", "srp-script_cyrillic"),
        ("sr-Latn", "srp-script_latin"),
        ("uz-Cyrl", "uzb-script_cyrillic"),
        ("srp-script_latin", "srp-script_latin"),
        ("yue", "yue-script_traditional"),
        ("ms", "zlm"),
        ("quc", "quc-dialect_central"),
        ("ne", "npi"),
    ],
)
def test_a_language_that_is_not_installed_names_the_command_that_installs_it(said, install):
    told = f"{said!r} is installed; installed: azj-script_latin, .* and 2 more"
    with pytest.raises(ModelMissing, match=told) as caught:
        resolve(said, INSTALLED)
    assert caught.value.hint == f"oyez models install mms-1b-all --language {install}"


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("Germn", "deu (German)"),
        ("zh-Hant", "cmn-script_simplified (Mandarin Chinese (simplified))"),
        ("sr-Arab", "srp-script_cyrillic (Serbian (cyrillic)), srp-script_latin (Serbian (latin))"),
        ("swahilli", "swh (Swahili)"),
    ],
)
def test_a_language_that_nobody_has_is_answered_with_the_nearest(said, near):
    with pytest.raises(ModelMissing, match=f"MMS has no language {said!r}; the nearest: .*{re.escape(near)}") as caught:
        resolve(said, INSTALLED)
    assert caught.value.hint == "oyez languages lists them"


def test_two_scripts_of_one_language_are_not_guessed_between_but_chosen_by_tag():
    both = ("uzb-script_cyrillic", "uzb-script_latin")
    with pytest.raises(ModelMissing, match="may be any of uzb-script_latin, uzb-script_cyrillic"):
        resolve("uz", both)
    assert [resolve(name, both) for name in ("uz-Cyrl", "uz-Latn-UZ")] == list(both)
    assert resolve("uzbek", both[:1]) == both[0]


def test_a_model_may_have_languages_that_meta_has_not():
    assert resolve("tlh", ("eng", "tlh")) == "tlh"
    assert resolve("Klingon", ("eng", "tlh")) == "tlh"


def test_search_finds_languages_by_part_of_a_name_code_or_tag_installed_ones_first():
    assert search("engl", INSTALLED)[0].code == "eng"
    assert [row.code for row in search("Deutsch", INSTALLED)] == ["deu"]
    assert [row.code for row in search("sr-Cyrl", INSTALLED)] == ["srp-script_cyrillic"]
    chinese = search("chinese", INSTALLED)
    assert [(row.code, row.installed) for row in chinese][:2] == [("cmn-script_simplified", True), ("hak", False)]
    assert search("qqqqzzzz", INSTALLED) == []


def test_a_language_to_be_installed_may_have_any_name():
    assert [named(one) for one in ("German", "de", "deu", "sr-Latn")] == ["deu", "deu", "deu", "srp-script_latin"]
    with pytest.raises(ModelMissing, match=r"nearest: deu \(German\)"):
        named("Germn")


def test_all_languages_are_listed_once():
    codes = [row.code for row in search("", (*INSTALLED, "tlh"))]
    assert len(codes) == len(set(codes)) == 1199
    assert codes[: len(INSTALLED) + 1] == sorted((*INSTALLED, "tlh"))


def test_a_language_has_its_codes_names_and_script():
    serbian = describe("srp-script_cyrillic", installed=False)
    assert (serbian.name, serbian.autonym) == ("Serbian (cyrillic)", "српски")
    assert (serbian.iso639_1, serbian.tag, serbian.script) == ("sr", "sr-Cyrl", "Cyrl")
    assert [describe(code, installed=False).tag for code in ("swh", "cmn-script_simplified", "abi")] == [
        "sw",
        "zh-Hans",
        "abi",
    ]
    german = describe("deu", installed=True)
    assert (german.name, german.iso639_1, german.tag, german.script) == ("German", "de", "de", "Latn")
    assert german.installed


def test_every_language_of_the_table_is_found_by_its_own_code_and_tag():
    codes = tuple(known())
    assert len(codes) == 1198
    for row in (describe(code, installed=True) for code in codes[::17]):
        assert resolve(row.code, codes) == row.code
        if "dialect" not in row.code:
            assert resolve(row.tag, codes) == row.code


def test_several_are_resolved_one_by_one_in_order_and_once():
    assert resolve_all("Spanish, eng,es", ("eng", "spa")) == ("spa", "eng")
    with pytest.raises(ModelMissing, match="deu"):
        resolve_all("eng, deu", ("eng", "spa"))
