import asyncio
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.child import message
from oyez.child.message import Message

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
messages = st.builds(Message, st.text(), st.dictionaries(st.text(), json, max_size=4), st.binary(max_size=100))


@given(st.lists(messages, max_size=4))
def test_messages_survive_the_pipe_in_both_directions(sent):
    wire = b"".join(msg.pack() for msg in sent)
    stream = io.BytesIO(wire)
    assert [message.read_blocking(stream) for _ in sent] == sent
    assert message.read_blocking(stream) is None

    async def read_all():
        reader = asyncio.StreamReader()
        reader.feed_data(wire)
        reader.feed_eof()
        return [await message.read(reader) for _ in sent]

    assert asyncio.run(read_all()) == sent


def test_audio_travels_as_float32():
    samples = np.linspace(-1, 1, 7, dtype=np.float64)
    msg = Message.with_audio("chunk", samples, rate=24000)
    assert msg.audio.dtype == np.float32
    np.testing.assert_allclose(msg.audio, samples, atol=1e-6)


def test_a_child_gone_mad_cannot_announce_gigabytes():
    with pytest.raises(ValueError, match="too large"):
        message.lengths(message.PREFIX.pack(10, 2**31))
