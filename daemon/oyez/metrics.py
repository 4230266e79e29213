"""Numbers about the house for Prometheus, in its text format: what happened is counted here, what is, is looked up."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oyez import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from oyez.health import Health
    from oyez.model import NoMatch, Outcome, Transcript

Labels = tuple[tuple[str, str], ...]
Row = tuple[str, Labels, float]

BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)  # seconds
KINDS = {
    "oyez_info": ("gauge", "Version of the daemon."),
    "oyez_uptime_seconds": ("gauge", "How long the house has lived."),
    "oyez_part_ok": ("gauge", "1 where a part is well, 0 where it is starting or in trouble."),
    "oyez_part_events_total": ("counter", "What happened in a part, as `bridge/health` counts it."),
    "oyez_part_value": ("gauge", "What a part tells of itself, as `bridge/health` does."),
    "oyez_announcements_total": ("counter", "Announcements that ended, by outcome."),
    "oyez_first_audio_seconds": ("histogram", "From the arrival of an announcement to its first sound."),
    "oyez_speech_seconds_total": ("counter", "Speech played."),
    "oyez_announcements_waiting": ("gauge", "Announcements that wait to be spoken."),
    "oyez_transcripts_total": ("counter", "Transcripts published."),
    "oyez_no_match_total": ("counter", "Speech without a transcript, by reason."),
    "oyez_transcript_delay_seconds": ("histogram", "From the end of an utterance to its transcript."),
    "oyez_http_requests_total": ("counter", "Requests over HTTP, by path and status."),
}


@dataclass
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(BUCKETS, value)] += 1
        self.total += value

    def rows(self, name: str, labels: Labels) -> Iterator[Row]:
        below = 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.counts, strict=True):
            below += count
            yield f"{name}_bucket", (*labels, ("le", bound)), below
        yield f"{name}_sum", labels, self.total
        yield f"{name}_count", labels, below


class Metrics:
    """What there is to count. `agendas` are what waits, by room; `clock` is monotonic."""

    def __init__(self, health: Health, agendas: Mapping[str, Any], *, clock: Callable[[], float]) -> None:
        self._health = health
        self._agendas = agendas
        self._clock = clock
        self._counters: Counter[tuple[str, Labels]] = Counter()
        self._sums: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._histograms: defaultdict[tuple[str, Labels], _Histogram] = defaultdict(_Histogram)

    def told(self, outcome: Outcome) -> None:
        """A step of an announcement."""
        room = ("room", outcome.room)
        if outcome.state.final:
            self._counters["oyez_announcements_total", (room, ("state", str(outcome.state)))] += 1
            self._sums["oyez_speech_seconds_total", (room,)] += outcome.seconds or 0.0
        if str(outcome.state) == "started" and outcome.first_audio is not None:
            self._histograms["oyez_first_audio_seconds", (room,)].add(outcome.first_audio)

    def heard(self, transcript: Transcript) -> None:
        """A transcript goes out."""
        room = ("room", transcript.room)
        self._counters["oyez_transcripts_total", (room,)] += 1
        self._histograms["oyez_transcript_delay_seconds", (room,)].add(self._clock() - transcript.decided_mono)

    def missed(self, heard: NoMatch) -> None:
        """Speech without a transcript."""
        self._counters["oyez_no_match_total", (("room", heard.room), ("reason", heard.reason))] += 1

    def served(self, method: str, path: str, status: int) -> None:
        """A request was answered."""
        labels = (("method", method), ("path", path), ("status", str(status)))
        self._counters["oyez_http_requests_total", labels] += 1

    def text(self) -> str:
        """All numbers, as Prometheus reads them."""
        rows = list(self._rows())
        return "".join(
            f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n" + "".join(map(_line, _of(name, rows)))
            for name, (kind, meaning) in KINDS.items()
        )

    def _rows(self) -> Iterator[Row]:
        yield "oyez_info", (("version", __version__),), 1
        told = self._health.snapshot()
        yield "oyez_uptime_seconds", (), told["uptime_s"]
        for part, numbers in told["parts"].items():
            yield "oyez_part_ok", (("part", part),), numbers["state"] in ("ok", "off")
        for part, event, count in self._health.counts():
            yield "oyez_part_events_total", (("part", part), ("event", event)), count
        for part, name, value in self._health.values():
            yield "oyez_part_value", (("part", part), ("name", name)), value
        for room, agenda in self._agendas.items():
            yield "oyez_announcements_waiting", (("room", room),), len(agenda)
        for (name, labels), value in (*self._counters.items(), *self._sums.items()):
            yield name, labels, value
        for (name, labels), histogram in self._histograms.items():
            yield from histogram.rows(name, labels)


def _of(name: str, rows: Iterable[Row]) -> list[Row]:
    """The rows of one metric."""
    ends = ("", "_bucket", "_sum", "_count") if KINDS[name][0] == "histogram" else ("",)
    return [row for row in rows if row[0] in {name + end for end in ends}]


def _line(row: Row) -> str:
    name, labels, value = row
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{told}}} {float(value):.10g}\n" if told else f"{name} {float(value):.10g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
