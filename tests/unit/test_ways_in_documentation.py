"""docs/http.md and docs/hermes.md say what is so."""

import json
import re

import pytest

from oyez.actions.reading import content, read
from oyez.actions.table import ACTIONS
from oyez.config import load
from oyez.hermes import messages
from oyez.http import body, guard, openapi, server, speech, transcriptions


@pytest.fixture
def page(repository):
    return (repository / "docs" / "http.md").read_text()


def blocks(text, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_every_config_is_one(repository, page, tmp_path):
    (tmp_path / "http_token").write_text("a-token-of-some-length")
    (tmp_path / "http_token").chmod(0o600)
    pages = [page, (repository / "docs" / "hermes.md").read_text()]
    found = [block for text in pages for block in blocks(text, "yaml") if re.match("http:|hermes:", block)]
    assert len(found) == 3
    for block in found:
        (tmp_path / "oyez.yaml").write_text(f"rooms: {{kitchen: {{}}}}\n{block}")
        config = load(tmp_path / "oyez.yaml", {})
        assert config.http.enabled or config.hermes.enabled


def test_every_request_is_taken(page):
    asked = re.findall(r"/api/(\w+)(?:\?[^']*)?'?(?: -d '([^']*)')?", page)
    assert len(asked) > 4
    for verb, payload in asked:
        if payload:
            assert read(ACTIONS[verb], content(payload.encode(), ACTIONS[verb]))
        else:
            assert verb in ACTIONS


def test_every_path_is_served_and_every_bound_is_told(page):
    paths = json.loads(openapi.document())["paths"]
    told = set(re.findall(r"`(?:GET |POST )?(/(?!api/<)[\w./]+)`", page))
    assert told
    assert told <= set(paths)
    bounds = f"{server.MOST_CONNECTIONS} connections, {guard.MOST_REQUESTS} requests at work, {body.READ_S:.0f} s for a request to come in"
    assert bounds in page
    assert f"`input` of up to {speech.LONGEST:,} characters" in page
    assert f"`file` up to {transcriptions.MOST_BYTES >> 20} MiB" in page


def test_the_example_for_openai_is_python(page):
    [example] = blocks(page, "python")
    compile(example, "http.md", "exec")


def test_every_topic_of_hermes_is_told_and_no_other(repository):
    page = (repository / "docs" / "hermes.md").read_text()
    table = re.sub(r"<\w+>", "{}", page.partition("| topic | does |")[2].partition("\n\n")[0])
    told, folder = set(), ""
    for name in re.findall(r"`([\w/{}]+)`", "\n".join(row.split(" | ")[0] for row in table.splitlines())):
        folder = name.rpartition("/")[0] or folder
        told.add(name if "/" in name else f"{folder}/{name}")
    ours = {
        value for name, value in vars(messages).items() if name.isupper() and isinstance(value, str) and "/" in value
    }
    assert told | {messages.SESSION_STARTED, messages.SESSION_ENDED} == ours
