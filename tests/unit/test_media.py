"""Sounds from addresses, from a real web server."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.support.web import Web

from oyez import media as module
from oyez.audio import fetch as fetching
from oyez.engines.loudness import TARGET, loudness
from oyez.errors import InvalidInput
from oyez.media import Media
from oyez.model import SPEECH_RATE


@pytest.fixture
async def web():
    async with Web().open() as opened:
        yield opened


@pytest.fixture
def house(web, tmp_path):
    def make(*allowed, folder=None):
        audio = SimpleNamespace(media_dir=folder, media_urls=allowed or (f"{web.url}/sounds/",))
        return Media(SimpleNamespace(audio=audio, cache_dir=tmp_path, state_dir=tmp_path))

    return make


async def refusal(media, address):
    await media.fetch(address)
    with pytest.raises(InvalidInput) as caught:
        media.find(address)
    return caught.value.message


@pytest.mark.parametrize("name", ["ding.wav", "ding.mp3"])
async def test_a_sound_at_an_address_that_is_allowed_is_fetched_as_loud_as_the_voices(
    web, house, name, nothing_blocks_the_loop
):
    media, address = house(), f"{web.url}/sounds/{name}?authSig=secret"
    await media.gather(f"[[play {address}]] Dinner is ready.")
    assert web.asked == [f"/sounds/{name}?authSig=secret"]
    assert not {"Cookie", "Authorization"} & web.headers.keys()
    nothing_blocks_the_loop.deactivate()
    samples = media.load(address)
    assert abs(len(samples) / SPEECH_RATE - 0.5) < 0.1
    assert abs(loudness(samples, SPEECH_RATE) - TARGET) < 0.5


async def test_it_is_played_again_for_a_while_without_asking_and_kept_as_the_same_file(web, house, monkeypatch):
    media, address = house(), f"{web.url}/sounds/ding.wav"
    for _ in range(2):
        await media.gather(f'<speak><audio src="{address}"/><audio src="{address}">Ding.</audio></speak>')
    assert len(web.asked) == 1
    path = media.find(address)
    before = Path(path).stat().st_mtime_ns
    monkeypatch.setattr(module, "FRESH_S", 0.0)
    await media.fetch(address)
    assert (len(web.asked), media.find(address), Path(path).stat().st_mtime_ns) == (2, path, before)


async def test_what_the_config_does_not_allow_is_not_asked_for(web, house):
    told = await refusal(house(), f"{web.url}/other/ding.wav?authSig=secret")
    assert "audio.media_urls doesn't allow its address" in told
    assert "secret" not in told
    assert web.asked == []


async def test_a_redirect_is_followed_where_that_is_allowed_and_nowhere_else(web, house):
    other = web.url.replace("127.0.0.1", "localhost")
    media = house(f"{web.url}/sounds")
    await media.fetch(f"{web.url}/sounds/redirect?to=/sounds/ding.wav")
    assert media.find(f"{web.url}/sounds/redirect?to=/sounds/ding.wav")
    for to in (f"{other}/sounds/ding.wav", "/secrets/ding.wav"):
        asked = len(web.asked)
        told = await refusal(media, f"{web.url}/sounds/redirect?to={to}")
        assert "it is redirected to" in told
        assert "audio.media_urls doesn't allow" in told
        assert len(web.asked) == asked + 1
    assert "is not allowed" in await refusal(media, f"{web.url}/sounds/redirect?to=file:///etc/passwd")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.mp3", "its server answered 404 Not Found"),
        ("page.mp3", "not audio that can be read"),
        ("empty.mp3", "not audio that can be read"),
        ("long.wav", "60 s are the most"),
        ("endless", "larger than 200,000 bytes"),
        ("slow", "it didn't come within 0.3 s"),
        ("silent", "it didn't come within 0.3 s"),
    ],
)
async def test_what_is_no_sound_is_told(web, house, monkeypatch, name, reason):
    if name in ("endless", "slow", "silent"):
        options = fetching.fetch.__kwdefaults__
        monkeypatch.setattr(fetching.fetch, "__kwdefaults__", options | {"within_s": 0.3, "most_bytes": 200_000})
    told = await refusal(house(), f"{web.url}/sounds/{name}")
    assert reason in told


async def test_a_server_that_is_not_there_is_told(house):
    assert "its server can't be reached" in await refusal(house("http://127.0.0.1:1/"), "http://127.0.0.1:1/a.mp3")


async def test_of_many_addresses_in_one_text_some_are_fetched(web, house, monkeypatch):
    fetched = []

    async def fetch(address, *_, **__):
        fetched.append(address)
        return np.zeros(240, np.float32)

    monkeypatch.setattr(module, "fetch", fetch)
    media = house()
    text = "".join(f"[[play {web.url}/sounds/{number}.wav]]" for number in range(6))
    await media.gather(text)
    assert len(fetched) == module.MOST_IN_A_TEXT
    with pytest.raises(InvalidInput, match="no more than 4 addresses"):
        media.find(f"{web.url}/sounds/5.wav")


def test_names_are_files_of_the_folder_and_without_one_it_is_told(house, tmp_path):
    with pytest.raises(InvalidInput, match=r"audio\.media_dir names no folder"):
        house().find("gong")
    with pytest.raises(InvalidInput, match="file of that name is there"):
        house(folder=tmp_path).find("gong")
    with pytest.raises(InvalidInput, match="nothing is fetched here"):
        house().find("http://127.0.0.1/x.mp3")
