"""Which language letters are of, where their script tells. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BETWEEN = r"[\s\d.,:;!?%°'-]"  # may stand between words without ending a run
_DEVANAGARI = r"[\u0900-\u097f\ua8e0-\ua8ff\u200c\u200d]"
_KANA = r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]"
_HAN = r"[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
_JAPANESE = rf"(?:{_HAN}|{_KANA})"

_RUNS = re.compile(
    rf"(?P<hi>[\u0904-\u0939\u0958-\u0961\u0971-\u097f]{_DEVANAGARI}*(?:{_BETWEEN}{{1,20}}{_DEVANAGARI}+)*)"
    rf"|(?P<ja>{_HAN}{{0,100}}{_KANA}{_JAPANESE}*)"
    rf"|(?P<zh>{_HAN}+)"
)

_LATIN = r"[A-Za-z\u00c0-\u024f'-]"
_RUNS_OR_LATIN = re.compile(rf"{_RUNS.pattern}|(?P<en>(?<!°)(?!['-]){_LATIN}+(?: {_LATIN}+)*)")
EAST_ASIAN = ("ja", "zh")


def by_script(text: str, own: str) -> Iterator[tuple[str, str | None]]:
    """The text in runs, each with its language where its letters tell that it isn't `own` (both without a region).

    Devanagari is Hindi; kana, and Chinese characters beside them, are Japanese; Chinese characters alone are Chinese;
    within Japanese and Chinese, Latin letters are English. Joined, the runs are the text again.
    """
    position = 0
    for run in (_RUNS_OR_LATIN if own in EAST_ASIAN else _RUNS).finditer(text):
        if run.lastgroup == own or (run.lastgroup == "zh" and own == "ja"):
            continue
        if before := text[position : run.start()]:
            yield before, None
        yield run[0], run.lastgroup
        position = run.end()
    if rest := text[position:]:
        yield rest, None
