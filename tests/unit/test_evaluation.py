"""How errors are counted, and what manifests say."""

from __future__ import annotations

import html.parser
import re
from pathlib import Path

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oyez.errors import InvalidInput
from oyez.evaluation import manifest
from oyez.evaluation.measure import differences, judge, normalise, score, scores, worst
from oyez.evaluation.page import Report, page
from oyez.model import Recognition

WORDS = st.lists(st.sampled_from(["turn", "on", "the", "lamp", "señor"]), min_size=1, max_size=8).map(" ".join)


def judged(said: str, heard: str, group: str = "eng", file: str = "a.wav"):
    return judge(file, (group,), said, Recognition(heard, "eng", 0.8), seconds=2.0, elapsed=0.5)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Turn ON, the lamp!", "turn on the lamp"),
        ("it's the dogs' o\N{RIGHT SINGLE QUOTATION MARK}clock", "it's the dogs o'clock"),
        ("¿Qué hora es? — las 7", "qué hora es las 7"),
        ("well-known\tand_so\n on", "well known and so on"),
        ("ﬁne １２ Straße", "fine 12 strasse"),
        ("e\N{COMBINING ACUTE ACCENT}a", "éa"),
        ("«हिन्दी» $5", "हिन्दी 5"),
        ("...", ""),
    ],
)
def test_both_texts_are_normalised_alike(text, normal):
    assert normalise(text) == normal
    assert normalise(normal) == normal


@settings(deadline=None, max_examples=50)
@given(WORDS, WORDS)
def test_errors_are_those_that_jiwer_counts(said, heard):
    one = judged(said, heard)
    assert one.word_errors / one.words == pytest.approx(jiwer.wer(said, heard))
    assert one.letter_errors / one.letters == pytest.approx(jiwer.cer(said, heard))
    assert one.words + one.insertions - one.deletions == len(heard.split())
    parts = differences(one)
    assert " ".join(text for _, text, _ in parts if text) == said
    assert " ".join(text for _, _, text in parts if text) == heard


def test_nothing_heard_is_everything_left_out():
    one = judged("turn on the lamp", "")
    assert (one.deletions, one.insertions, one.substitutions) == (4, 0, 0)
    assert score(("eng",), [one]).wer.value == 1.0


def test_rates_are_those_of_all_words_together_and_lie_in_their_intervals():
    rng = np.random.default_rng(1)
    all_of_them = [
        judged("one two three four", " ".join(rng.permutation(["one", "two", "three", "four"]))) for _ in range(60)
    ]
    all_of_them += [judged("yes", "yes")] * 20
    found = score(("eng",), all_of_them)
    assert found.words == 260
    assert found.wer.value == pytest.approx(sum(one.word_errors for one in all_of_them) / 260)
    assert 0 < found.wer.low < found.wer.value < found.wer.high < 1
    assert found.real_time_factor == pytest.approx(0.25)
    assert found == score(("eng",), all_of_them)  # chance is the same each time
    fewer = score(("eng",), all_of_them[:12])
    assert fewer.wer.high - fewer.wer.low > found.wer.high - found.wer.low


def test_intervals_hold_what_they_promise():
    """Of samplings of recordings whose true rate is 0.2, about 95 in 100 have it in their interval."""
    rng, held = np.random.default_rng(3), 0
    right, wrong = judged("a b", "a b"), judged("a b", "c d")
    for _ in range(60):
        rate = score(("eng",), [wrong if one else right for one in rng.random(50) < 0.2]).wer
        held += rate.low <= 0.2 <= rate.high
    assert 51 <= held <= 59


def test_groups_have_scores_of_their_own_and_the_worst_come_first():
    rows = [judged("a b", "a b"), judged("a b", "a", "spa", "b.wav"), judged("a b", "c d", "spa", "c.wav")]
    assert [(one.group, one.wer.value, one.exact) for one in scores(rows)] == [
        (("eng",), 0.0, 1.0),
        (("spa",), 0.75, 0.0),
    ]
    assert [one.file for one in worst(rows, 5)] == ["c.wav", "b.wav"]
    assert len(worst(rows, 1)) == 1


class Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.found += [value for name, value in attrs if name in ("src", "href", "xlink:href", "action")]


def test_the_report_is_one_page_that_fetches_nothing_and_whose_texts_are_no_markup():
    rows = [judged("turn <b>on", "<script>alert(1)</script>", "eng", "<i>.wav"), judged("a b", "a b", "spa")]
    text = page(Report("How well", [("Model", "m & m")], scores(rows), rows, worst(rows, 9), ["one <left> out"]))
    links = Links()
    links.feed(text)
    assert not links.found
    assert "url(" not in text
    assert "@import" not in text
    assert links.tags.count("svg") == 3
    assert not {"script", "b", "i", "left"} & set(links.tags)
    assert {"del", "ins"} <= set(links.tags)
    for told in ("m &amp; m", "200", "eng", "spa", "Normalised"):
        assert told in text
    assert not re.search(r"nan|inf", text)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_common_voice_is_read(tmp_path):
    write(tmp_path / "clips/common_voice_es_1.mp3", "")
    write(tmp_path / "clips/common_voice_es_2.mp3", "")
    table = write(
        tmp_path / "test.tsv",
        "client_id\tpath\tsentence_id\tsentence\tup_votes\tgender\tlocale\n"
        'abc\tcommon_voice_es_1.mp3\tx\tDijo "hola\t2\tfemale\tes\n'
        "abc\tcommon_voice_es_2\tx\tadiós\t2\t\tes\n",
    )
    first, second = manifest.read(table)
    assert (first.text, first.language, first.columns["gender"]) == ('Dijo "hola', "es", "female")
    assert [one.file for one in (first, second)] == [tmp_path / f"clips/common_voice_es_{n}.mp3" for n in (1, 2)]


def test_fleurs_is_read_by_its_places_and_its_folder_names_the_language(tmp_path):
    write(tmp_path / "de_de/audio/test/17.wav", "")
    table = write(tmp_path / "de_de/test.tsv", "1\t17.wav\tGuten Tag.\tguten tag\tg u t e n | t a g |\t32000\tFEMALE\n")
    (only,) = manifest.read(table)
    assert (only.text, only.language) == ("guten tag", "de-de")
    assert only.file == tmp_path / "de_de/audio/test/17.wav"


def test_a_plain_csv_is_read_and_its_other_columns_are_kept(tmp_path):
    write(tmp_path / "elsewhere/a.flac", "")
    table = write(tmp_path / "m.csv", 'file,text,speaker\na.flac,"well, yes",anna\n\n')
    (only,) = manifest.read(table, tmp_path / "elsewhere")
    assert (only.text, only.language, only.columns["speaker"]) == ("well, yes", None, "anna")
    assert only.file == tmp_path / "elsewhere/a.flac"
    assert manifest.read(table)[0].file == tmp_path / "a.flac"  # where it should be


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "lists no recordings|names no column"),
        ("file,words\na.wav,yes\n", "no column for the text"),
        ("a,b\n1,2\n", "names no column of recordings"),
        ("file,text\n", "lists no recordings"),
    ],
)
def test_what_is_no_manifest_is_told_with_what_one_looks_like(tmp_path, content, reason):
    with pytest.raises(InvalidInput, match=reason) as caught:
        manifest.read(write(tmp_path / "m.csv", content))
    assert "columns: one of file" in caught.value.hint


def test_a_manifest_that_can_not_be_read_is_told(tmp_path):
    with pytest.raises(InvalidInput, match="No such file"):
        manifest.read(tmp_path / "none.tsv")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00file")
    with pytest.raises(InvalidInput, match="isn't UTF-8"):
        manifest.read(tmp_path / "a.csv")
