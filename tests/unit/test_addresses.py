"""Which addresses may be fetched from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.addresses import allowed, is_one, normal, shown

HOUSE = ["http://home.local:8123/api/tts_proxy/", "https://radio.example/ding.mp3", "http://[fd00::1]:8123"]


@pytest.mark.parametrize(
    "address",
    [
        "http://home.local:8123/api/tts_proxy/a.mp3",
        "HTTP://HOME.local:8123/api/tts_proxy/a.mp3?authSig=x#y",
        "http://home.local:8123/api/tts_proxy/",
        "https://radio.example/ding.mp3",
        "https://radio.example:443/ding.mp3?x=../y",
        "http://[fd00::1]:8123/whatever",
    ],
)
def test_what_begins_as_the_config_says_is_allowed(address):
    assert allowed(address, HOUSE)


@pytest.mark.parametrize(
    "address",
    [
        "http://home.local/api/tts_proxy/a.mp3",  # another port
        "https://home.local:8123/api/tts_proxy/a.mp3",
        "http://home.local:8123/api/config",
        "http://home.local:8123/api/tts_proxy/../config",
        "http://home.local:8123/api/tts_proxy/%2e%2E/config",
        "http://home.local:8123/api/tts_proxy/%252e./config",
        "http://home.local:8123/api/tts_proxy/..%2fconfig",
        "http://home.local:8123/api/tts_proxy/..%5cconfig",
        "http://home.local:8123/api/tts_proxy\\..\\config",
        "http://home.local:8123@evil.example/api/tts_proxy/",
        "http://user:secret@home.local:8123/api/tts_proxy/a.mp3",
        "http://home.local:8123.evil.example/api/tts_proxy/",
        "http://home.local.evil.example:8123/api/tts_proxy/",
        "https://radio.example/ding.mp3.exe",
        "https://radio.example/ding.mp",
        "http://home.local:8123/api/tts_proxy/a b.mp3",
        "http://home.local:8123/api/tts_proxy/\r\nHost: x",
        "http://home.local:99999/",
        "http:///api/tts_proxy/",
        "http://[fd00::1/",
        "file:///etc/passwd",
        "ftp://home.local:8123/api/tts_proxy/",
        "//home.local:8123/api/tts_proxy/",
        "http://home.local:8123/api/tts_proxy/" + "a" * 2_000,
        "",
    ],
)
def test_nothing_else_is(address):
    assert not allowed(address, HOUSE)


def test_nothing_is_where_the_config_names_nothing():
    assert not allowed("http://home.local/a.mp3", [])


@given(st.text() | st.text().map("http://home.local:8123/api/tts_proxy/{}".format))
def test_no_text_is_more_than_refused_and_what_is_allowed_stays_so_in_its_one_way_to_be_written(text):
    if allowed(text, HOUSE):
        assert normal(normal(text)) == normal(text)
        assert allowed(normal(text), HOUSE)


def test_an_address_is_shown_without_what_may_be_secret():
    assert shown("http://a:b@h/x.mp3?authSig=secret#f") == "'http://h/x.mp3'"
    assert len(shown("http://h/" + "x" * 1000)) < 200
    assert [is_one(name) for name in ("http://h", "HTTPS://h", "ding", "file://x", "a http://h")] == [1, 1, 0, 0, 0]
