"""The kinds of text a key can hold: room, topic, language, device, path. Each says in words what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from oyez import addresses, device_spec, hot_words, hours, volume
from oyez.errors import InvalidInput
from oyez.model import ALL

MAX_TOPIC = 128
MOST_LANGUAGES = 4  # in one room: as many as the engine keeps in memory
_NAME = r"[a-z0-9_]{1,64}"
_LANGUAGE = r"[^\W\d_][\w .()'-]{1,63}"
_SHARE = rf"{_NAME}(\s*\*\s*(\d{{1,6}}(\.\d{{0,6}})?|\.\d{{1,6}}))?"
_VOICE = rf"{_SHARE}(\s*\+\s*{_SHARE}){{0,3}}"
_SPOKEN = r"(all|[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})"
_WORD = r"\S(.{0,62}\S)?"
_SAID = r".{0,199}\S.{0,199}"
_HEARD = r"\S(.{0,98}\S)?"
_MODEL = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_CHECKPOINT = r"[/~][^\x00-\x1f\x7f]{1,1000}"
_CLIENT_ID = r"[A-Za-z0-9._-]{1,64}"
_SOUND = r"[^\W_][\w .-]{0,63}"
_HOST = r"[A-Za-z0-9._:%-]{1,253}"
_URL_PATH = r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,199}"


def is_text(value: str) -> bool:
    """Whether every character can be shown and sent: no controls (NUL, newline, tab), no lone surrogates."""
    return not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", value)


def base_directory(info: ValidationInfo) -> Path:
    """The folder that relative paths start from: the config file's, handed over by `load` as context."""
    return Path(_context(info).get("base", "."))


def environment(info: ValidationInfo) -> Mapping[str, str] | None:
    """The environment that `load` was given; None means the process's own."""
    return _context(info).get("environ")


def _context(info: ValidationInfo) -> Mapping[str, Any]:
    return info.context or {}


def resolve(path: str | Path, info: ValidationInfo) -> Path:
    """An absolute path where a base is known: `~` expanded, relative ones from the config file's folder."""
    if not str(path) or not is_text(str(path)):
        raise ValueError("should be a path")
    try:
        return base_directory(info) / Path(path).expanduser()
    except RuntimeError as err:  # ~someone who doesn't exist
        raise ValueError("starts in the home folder of a user who isn't there") from err


def _path(value: object, info: ValidationInfo) -> object:
    if value is None:
        return None
    if not isinstance(value, str | Path):
        raise ValueError("should be a path, as text")  # noqa: TRY004 - pydantic collects ValueError only
    return resolve(value, info)


def _room_name(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise ValueError("a room's name has 1 to 64 of a-z, 0-9 and _ only: it becomes a topic level")
    if name == "bridge":
        raise ValueError("a room can't be called bridge: the daemon's own topics are there")
    if name == ALL:
        raise ValueError("a room can't be called all: that means every room")
    return name


def _profile_name(name: str) -> str:
    if not re.fullmatch(_NAME, name) or name == "none":
        raise ValueError("a profile's name has 1 to 64 of a-z, 0-9 and _ only, and isn't none: that means to leave it")
    return name


def _topic(topic: str) -> str:
    if not is_text(topic) or len(topic) > MAX_TOPIC or re.search(r"[+#\s]", topic):
        raise ValueError(f"a topic has at most {MAX_TOPIC} characters, without +, #, spaces and control characters")
    levels = topic.split("/")
    if not all(levels) or topic.startswith("$"):
        raise ValueError("a topic has no empty level, no / at either end, and doesn't start with $")
    return topic


def _base_topic(topic: str) -> str:
    if _topic(topic).split("/")[0] == "homeassistant":
        raise ValueError("homeassistant belongs to Home Assistant's discovery; choose another")
    return topic


def _language(code: str) -> str:
    if not re.fullmatch(_LANGUAGE, code):
        raise ValueError("a language is named by a code, a tag or its name: eng, en-GB, English; see: oyez languages")
    return code


def _languages(value: object) -> object:
    """One language, or several as a list or parted by commas; as text in either case."""
    several = value.split(",") if isinstance(value, str) else value
    if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
        raise ValueError("should be a language, or a list of them: eng, or [eng, spa]")
    if not 1 <= len(several) <= MOST_LANGUAGES:
        raise ValueError(f"should be one to {MOST_LANGUAGES} languages: each costs a recognition of its own")
    return ", ".join(_language(one.strip()) for one in several)


def _voice(name: str) -> str:
    if not re.fullmatch(_VOICE, name):
        raise ValueError("should be a voice (oyez voices) or a blend of up to four, like af_heart*0.6 + bf_emma*0.4")
    return name


def _spoken(tag: str) -> str:
    if not re.fullmatch(_SPOKEN, tag):
        raise ValueError("a language spoken is named by its tag: en, en-GB, es (oyez voices), or all for every one")
    return tag


def _word(word: str) -> str:
    if not is_text(word) or not re.fullmatch(_WORD, word):
        raise ValueError("a word has 1 to 64 characters, no spaces around it and no control characters")
    return word


def _said(how: str) -> str:
    if not is_text(how) or not re.fullmatch(_SAID, how):
        raise ValueError('should be how the word is said: other letters ("oh yay"), or phonemes between slashes')
    return how


def _hot_word(text: str) -> str:
    hot_words.parse(text)
    return text


def _hours(text: str) -> str:
    hours.parse(text)
    return text


def _sound(name: str) -> str:
    if not re.fullmatch(_SOUND, name):
        raise ValueError("should be the name of a chime: ding, ding_dong, three, alarm, or a file in audio.media_dir")
    return name


def _beginning(address: str) -> str:
    addresses.normal(address)
    if "?" in address or "#" in address:
        raise ValueError("should be the beginning of an address: http://host:port/path, without ? and #")
    return address


def _heard(phrase: str) -> str:
    if not is_text(phrase) or not re.fullmatch(_HEARD, phrase):
        raise ValueError("words heard or meant: 1 to 100 characters, no spaces around them and no control characters")
    return phrase


def _model_name(name: str) -> str:
    if not re.fullmatch(_MODEL, name):
        raise ValueError("a model's name has letters, digits, dot, dash and _; see: oyez models list")
    return name


def _model_or_folder(name: str) -> str:
    return name if re.fullmatch(_CHECKPOINT, name) else _model_name(name)


def _host(name: str) -> str:
    if "://" in name or "@" in name or not re.fullmatch(_HOST, name):
        raise ValueError("should be a host name, an address or embedded, without mqtt://, user and port")
    return name


def _url_path(path: str) -> str:
    if not re.fullmatch(_URL_PATH, path):
        raise ValueError("a path of an address starts with / and has no spaces, as in /mqtt")
    return path


def _client_id(name: str) -> str:
    if not re.fullmatch(_CLIENT_ID, name):
        raise ValueError("a client id has 1 to 64 of letters, digits, dot, dash and _")
    return name


def _device(name: str, info: ValidationInfo) -> str:
    if not is_text(name):
        raise ValueError(f"should be {device_spec.FORMS}")
    try:
        spec = device_spec.parse(name)
    except InvalidInput as error:
        raise ValueError(f"{error.message}: {error.hint}") from None
    if spec.kind == "file":
        return f"file:{resolve(spec.value, info)}"
    if spec.kind == "loopback" and not re.fullmatch(_NAME, spec.value):
        raise ValueError("a virtual room is loopback:<name>, its name of a-z, 0-9 and _")
    return name


def _speaker(name: str) -> str:
    if device_spec.parse(name).kind == "udp":
        raise ValueError(f"udp: is a microphone; a speaker in the network is {device_spec.WYOMING}")
    return name


def _log_safe(text: str) -> str:
    if not is_text(text):
        raise ValueError("should be text without control characters")
    return text


def _schema(pattern: str) -> WithJsonSchema:
    """What an editor checks while typing; the words come from the validators above."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


RoomName: TypeAlias = Annotated[str, AfterValidator(_room_name), _schema(f"(?!(bridge|all)$){_NAME}")]
ProfileName: TypeAlias = Annotated[str, AfterValidator(_profile_name), _schema(f"(?!none$){_NAME}")]
Topic: TypeAlias = Annotated[str, AfterValidator(_topic), _schema(r"[^+#\s/$][^+#\s]*")]
BaseTopic: TypeAlias = Annotated[str, AfterValidator(_base_topic), _schema(r"[^+#\s/$][^+#\s]*")]
Language: TypeAlias = Annotated[str, AfterValidator(_language), _schema(r".{2,64}")]
Languages: TypeAlias = Annotated[
    str,
    BeforeValidator(_languages),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^.{2,260}$"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_LANGUAGES},
            ]
        }
    ),
]
Voice: TypeAlias = Annotated[str, AfterValidator(_voice), _schema(_VOICE)]
SpokenLanguage: TypeAlias = Annotated[str, AfterValidator(_spoken), _schema(_SPOKEN)]
Volume: TypeAlias = Annotated[
    float,
    BeforeValidator(volume.parse),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": volume.MOST},
                {"type": "string", "pattern": f"^{volume.PATTERN}$"},
            ]
        }
    ),
]
Hours: TypeAlias = Annotated[str, AfterValidator(_hours), _schema(hours.PATTERN)]
Sound: TypeAlias = Annotated[str, AfterValidator(_sound), _schema(_SOUND)]
Beginning: TypeAlias = Annotated[str, AfterValidator(_beginning), _schema(r"https?://[^\s?#@]{1,255}")]
HotWord: TypeAlias = Annotated[str, AfterValidator(_hot_word), _schema(hot_words.PATTERN)]
Heard: TypeAlias = Annotated[str, AfterValidator(_heard), _schema(_HEARD)]
Word: TypeAlias = Annotated[str, AfterValidator(_word), _schema(_WORD)]
Said: TypeAlias = Annotated[str, AfterValidator(_said), _schema(_SAID)]
ModelName: TypeAlias = Annotated[str, AfterValidator(_model_name), _schema(_MODEL)]
ModelOrFolder: TypeAlias = Annotated[str, AfterValidator(_model_or_folder), _schema(f"({_MODEL}|{_CHECKPOINT})")]
Host: TypeAlias = Annotated[str, AfterValidator(_host), _schema(_HOST)]
UrlPath: TypeAlias = Annotated[str, AfterValidator(_url_path), _schema(_URL_PATH)]
ClientId: TypeAlias = Annotated[str, AfterValidator(_client_id), _schema(_CLIENT_ID)]
Device: TypeAlias = Annotated[str, AfterValidator(_device)]
Speaker: TypeAlias = Annotated[str, AfterValidator(_device), AfterValidator(_speaker)]
Text: TypeAlias = Annotated[str, AfterValidator(_log_safe)]
FilePath: TypeAlias = Annotated[Path, BeforeValidator(_path), WithJsonSchema({"type": "string", "format": "path"})]
