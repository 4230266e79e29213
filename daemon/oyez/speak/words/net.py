"""Pure: rules for what machines write: addresses of pages, mail and hosts, and versions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from oyez.speak.words.language import Language
from oyez.speak.words.numbers import Numbers
from oyez.speak.words.rule import END, Rule, one_of, rule

TLD = "com|org|net|edu|gov|io|dev|app|info|local|home|lan|eu|uk|us|de|fr|es|it|pt|br|in|mx|ar|ca|au|co|me|tv"
HOST = r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}"
PATH = r"(?::\d{1,5})?(?:/[\w.~%@:&=?#+/-]{0,500})?(?<![.:?&])"
URL = rf"(?:https?|ftp|mqtts?|wss?|rtsp)://(?P<it>(?:{HOST}[A-Za-z0-9]{{1,63}}|localhost|[A-Za-z0-9-]{{1,63}}(?=:\d)){PATH}){END}"
BARE_URL = rf"(?P<it>{HOST}(?:{TLD}){PATH}){END}"
MAIL = rf"(?P<it>[\w.+-]{{1,64}}@{HOST}[A-Za-z]{{2,24}}){END}"
OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
IP = rf"(?P<it>(?:{OCTET}\.){{3}}{OCTET}(?::\d{{1,5}}|/\d{{1,2}})?){END}"
NAMED = r"\d{1,4}(?:\.\d{1,4}){1,4}"  # after "version" or "v", two parts are one
GROUPED = r"\d{1,3}(?:\.\d{3})+(?![\d.])"  # 1.000.000 is a number
VERSION = rf"(?!{GROUPED})(?P<it>\d{{1,4}}(?:\.\d{{1,4}}){{2,4}}(?:-?(?:alpha|beta|rc|b|dev)\.?\d{{0,3}})?){END}"


@dataclass(frozen=True, slots=True)
class NetWords:
    """The section `net`: what signs are called, and how machines' numbers are read."""

    signs: dict[str, str]
    version: str
    versions: tuple[str, ...]  # words before a version with two parts
    version_point: str = ""  # between the parts of a version; the sign's name where empty
    hosts_by_digit: bool = False


class Net:
    """What machines write, in one language."""

    def __init__(self, language: Language, numbers: Numbers) -> None:
        self.words = NetWords(**language.table["net"])
        self._numbers = numbers

    def rules(self) -> list[Rule]:
        """The rules of the language."""
        addresses = [rule(pattern, self._address) for pattern in (MAIL, URL, BARE_URL)]
        return [
            *addresses,
            rule(IP, self._host),
            rule(rf"(?P<before>(?:{one_of(self.words.versions)}):? )v?(?P<it>{NAMED}){END}", self._named),
            rule(rf"[vV](?P<it>{NAMED}){END}", lambda match: f"{self.words.version} {self._version(match)}"),
            rule(VERSION, self._version),
        ]

    def _address(self, match: re.Match[str]) -> str:
        """Letters stay words; digits are read one by one, signs by their names."""
        return self._spelled(match["it"], self._numbers.digits)

    def _host(self, match: re.Match[str]) -> str:
        return self._spelled(match["it"], self._numbers.digits if self.words.hosts_by_digit else self._numbers.cardinal)

    def _spelled(self, text: str, say: Callable[[str], str]) -> str:
        parts = re.findall(r"\d+|[^\W\d_]+|[\W_]", text.removesuffix("/"))
        return " ".join(say(part) if part.isdigit() else self.words.signs.get(part, part) for part in parts)

    def _named(self, match: re.Match[str]) -> str:
        return match["before"] + self._version(match)

    def _version(self, match: re.Match[str]) -> str:
        return " ".join(map(self._version_part, re.findall(r"\d+|[a-z]+|\.", match["it"])))

    def _version_part(self, part: str) -> str:
        if part == ".":
            return self.words.version_point or self.words.signs["."]
        if not part.isdigit():
            return part
        is_year = len(part) == 4 and part.startswith("20")  # noqa: PLR2004 - 2026.11.1
        return self._numbers.year(part) if is_year else self._numbers.cardinal(part)
