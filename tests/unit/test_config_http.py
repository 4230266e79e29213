"""Who may listen on which address, and where the token comes from."""

import sys

import pytest

from oyez import http
from oyez.config import HttpConfig, load
from oyez.errors import ConfigError
from oyez.health import Health

TOKEN = "canary7Yq3-canary7Yq3"


@pytest.fixture
def house(tmp_path):
    def make(http, environ=None):
        path = tmp_path / "oyez.yaml"
        path.write_text(f"rooms: {{kitchen: {{}}}}\nhttp:\n  enabled: true\n{http}")
        return load(path, environ or {}).http

    make.folder = tmp_path
    return make


def token_file(folder, content=TOKEN):
    (folder / "http_token").write_text(content + "\n")
    (folder / "http_token").chmod(0o600)


def test_it_is_off_and_for_this_machine_only_unless_told_otherwise():
    assert not HttpConfig().enabled
    assert HttpConfig().local


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("oyez.lan", False),
        ("localhost.example", False),
    ],
)
def test_where_others_can_reach_it_a_token_is_needed(house, host, local):
    assert HttpConfig(host=host).local is local
    config = f"  host: '{host}'\n"
    if local:
        assert house(config).token is None
    else:
        with pytest.raises(ConfigError, match=r"oyez.yaml:4:3: http.host: others than this machine .* http.token_file"):
            house(config)
    assert house(f"{config}  token: {TOKEN}\n").token.get_secret_value() == TOKEN


def test_the_token_comes_from_a_file_the_environment_or_systemd(house):
    token_file(house.folder)
    host = "  host: 0.0.0.0\n"
    assert house(f"{host}  token_file: http_token\n").token.get_secret_value() == TOKEN
    assert house(host, {"OYEZ_HTTP__TOKEN": TOKEN}).token.get_secret_value() == TOKEN
    assert house(host, {"CREDENTIALS_DIRECTORY": str(house.folder)}).token.get_secret_value() == TOKEN
    with pytest.raises(ConfigError, match="keep one of token and token_file"):
        house(f"  token: {TOKEN}\n  token_file: http_token\n")


def test_a_token_that_can_be_guessed_is_refused_and_none_is_shown(house):
    with pytest.raises(ConfigError, match="at least 16 characters"):
        house("  token: short\n")
    token_file(house.folder, "short")
    with pytest.raises(ConfigError, match="at least 16 characters; make one: openssl") as caught:
        house("  token_file: http_token\n")
    assert "short" not in str(caught.value)
    assert TOKEN not in repr(house(f"  token: {TOKEN}\n"))


def test_without_its_extra_the_config_is_refused_with_the_command(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("oyez.http.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigError, match=r"http\.enabled: aiohttp isn't installed") as caught:
        http.make(HttpConfig(enabled=True), None, Health())
    assert caught.value.hint == "pip install 'oyez[http]'"
    assert http.make(HttpConfig(), None, Health()) is None
