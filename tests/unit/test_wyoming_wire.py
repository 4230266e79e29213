"""Events on the wire: what the library writes we read, and the other way round; anything else is refused, in words."""

import asyncio
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wyoming.event import Event, read_event, write_event

from oyez.errors import InvalidInput
from oyez.wyoming import wire

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
EVENTS = st.builds(
    Event, NAMES, st.dictionaries(NAMES, VALUES, max_size=4), st.none() | st.binary(min_size=1, max_size=50)
)


async def read(content: bytes):
    stream = asyncio.StreamReader(limit=wire.MOST_JSON)
    stream.feed_data(content)
    stream.feed_eof()
    return await wire.read(stream)


def line(**fields) -> bytes:
    return json.dumps(fields).encode() + b"\n"


@given(EVENTS)
def test_the_library_reads_what_we_write(event):
    assert read_event(io.BytesIO(wire.pack(event))) == event


@given(EVENTS)
def test_we_read_what_the_library_writes(event):
    stream = io.BytesIO()
    write_event(event, stream)
    assert asyncio.run(read(stream.getvalue())) == event


@given(
    st.binary(max_size=60)
    | st.builds(
        lambda fields, rest: json.dumps(fields).encode() + b"\n" + rest,
        st.dictionaries(st.sampled_from(["type", "data", "data_length", "payload_length"]), VALUES) | VALUES,
        st.binary(max_size=60),
    )
)
def test_bytes_of_any_kind_are_an_event_or_none_or_refused(content):
    event = refused = None
    try:
        event = asyncio.run(read(content))
    except InvalidInput as error:
        refused = error
    assert event is None or (isinstance(event.type, str) and isinstance(event.data, dict))
    assert refused is None or refused.message.isprintable()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"GET / HTTP/1.1\r\n", "not an event of the Wyoming protocol: 'GET / HTTP/1.1'"),
        (b"\xff\xfe\n", "not UTF-8"),
        (b"\n", "not an event"),
        (b'{"type": "a"\n', "isn't one"),
        (b'{"type": "a", "type": "b"}\n', "twice"),
        (b'{"a": ' * 5000 + b"\n", ""),  # nested too deeply; Python 3.13 goes deeper, and finds that it doesn't end
        (b"{" + b" " * wire.MOST_JSON + b"\n", "more than 65,536 bytes"),
        (b"{" * (wire.MOST_JSON + 9), "more than 65,536 bytes"),
        (line(), "needs a type"),
        (line(type=7), "needs a type"),
        (line(type="x" * 65), "needs a type"),
        (line(type="a", data=[1]), "data should be an object, not a list"),
        (line(type="a", data_length="9"), "data_length should be a whole number, not a string"),
        (line(type="a", payload_length=True), "not a boolean"),
        (line(type="a", payload_length=1.5), "not a number"),
        (line(type="a", payload_length=-1), "payload_length is -1"),
        (line(type="a", payload_length=10**12), "1,000,000,000,000; 262,144 is the most"),
        (line(type="a", data_length=10**6), "65,536 is the most"),
        (line(type="a", data_length=3) + b"[1]", "not an event"),
    ],
)
async def test_what_is_no_event_is_refused_with_the_reason(content, told):
    with pytest.raises(InvalidInput) as refused:
        await read(content)
    assert told in refused.value.message


@pytest.mark.parametrize(
    "content", [b"", b'{"type"', line(type="a", data_length=9) + b"{", line(type="a", payload_length=9) + b"12345678"]
)
async def test_an_event_that_breaks_off_is_none(content):
    assert await read(content) is None


def test_fields_are_what_they_should_be_or_refused():
    assert wire.string({"a": "x"}, "a") == "x"
    assert wire.string({"a": None}, "a") is wire.string({}, "a") is None
    assert wire.strings({"a": ["x"]}, "a") == ["x"]
    assert wire.strings({}, "a") == []
    for read_field, value in (
        (wire.string, 5),
        (wire.string, "\ud83d"),
        (wire.strings, "x"),
        (wire.strings, [1]),
        (wire.number, "1"),
        (wire.number, None),
        (wire.number, 1.0),
    ):
        with pytest.raises(InvalidInput):
            read_field({"a": value}, "a")
