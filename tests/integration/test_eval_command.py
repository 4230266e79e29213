"""`oyez eval` on the bundled model and recordings."""

from __future__ import annotations

import csv
import json

import pytest
from tests.support.command import oyez

pytestmark = pytest.mark.model


async def test_a_manifest_is_evaluated_by_language_and_the_report_is_written(repository, tmp_path):
    data = repository / "tests/data/mini"
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    report = tmp_path / "report.html"
    status, out, err = await oyez("eval", str(data / "manifest.csv"), "--json", "--report", str(report))
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert [one["group"] for one in found["scores"]] == [["eng"], ["spa"]]
    for one in found["scores"]:
        spoken = [row["text"].split() for row in rows if row["language"] == one["group"][0]]
        assert (one["recordings"], one["words"]) == (len(spoken), sum(map(len, spoken)))
        assert 0 <= one["wer"]["low"] <= one["wer"]["value"] <= one["wer"]["high"]
        assert one["wer"]["value"] < 0.3
        assert one["cer"]["value"] <= one["wer"]["value"]
        assert one["real_time_factor"] > 0
    assert "small letters" in found["normalisation"]
    assert "search of" in found["facts"]["reading"]
    assert report.read_text().count("<svg") == 3


async def test_what_could_not_be_heard_is_left_out_and_told(repository, tmp_path):
    audio = repository / "tests/data/mini"
    (tmp_path / "m.csv").write_text(
        "file,text\neng_2.flac,Turn on the bedroom lights!\nnone.flac,hello\neng_1.flac,…\n"
    )
    status, _, err = await oyez("eval", str(tmp_path / "m.csv"), "--audio", str(audio))
    assert status == 65
    assert "--language" in err
    status, out, err = await oyez("eval", str(tmp_path / "m.csv"), "--audio", str(audio), "-l", "en")
    assert status == 65
    assert "none.flac can't be heard" in err
    assert "1 recordings not heard were left out" in err
    assert "1 recordings without a text were left out" in err
    assert "0.0% (0.0% to 0.0%)" in out
