"""Hearing: frames from a room's microphone become utterances, utterances become transcripts."""

from oyez.listen.ahead import Ahead
from oyez.listen.ask import Ask
from oyez.listen.gate import Gate
from oyez.listen.hear import HearingRoom
from oyez.listen.partials import Partials
from oyez.listen.recordings import Archive, Recordings
from oyez.listen.segment import Segment, Segmenter
from oyez.listen.silence import SilenceWatch
from oyez.listen.transcribe import Transcription

__all__ = [
    "Ahead",
    "Archive",
    "Ask",
    "Gate",
    "HearingRoom",
    "Partials",
    "Recordings",
    "Segment",
    "Segmenter",
    "SilenceWatch",
    "Transcription",
]
