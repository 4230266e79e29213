"""`oyez models` as a person types it; the bundled model is prepared for real."""

from __future__ import annotations

import json

import pytest

from oyez.errors import InvalidInput, ModelDamaged, ModelMissing
from oyez.models import store


def test_the_list_tells_size_licence_and_what_is_installed(oyez_models):
    rows = {row["name"]: row for row in json.loads(oyez_models("list", "--json"))}
    assert "non-commercial" in rows["mms-1b-all"]["licence"]
    assert rows["mms-1b-all"]["size"] > 3_800_000_000
    assert not any(row["installed"] for row in rows.values())
    table = oyez_models("list")
    assert all(name in table for name in rows)
    assert "3.9 GB" in table


def test_the_bundled_model_is_installed_verified_and_listed_without_network(oyez_models, tmp_path):
    models_dir = tmp_path / "models"
    assert "Licence: Apache-2.0" in oyez_models("install", "mms-mini")
    assert "already installed" in oyez_models("install", "mms-mini")
    assert oyez_models("verify") == "mms-mini: whole\n"
    row = json.loads(oyez_models("list", "--json"))[0]
    assert (row["installed"], row["languages"]) == (True, ["eng", "spa"])
    assert store.model_path(models_dir, "mms-mini") == models_dir / "mms-mini"


def test_verify_fails_for_a_damaged_model_and_names_the_file(oyez_models, tmp_path):
    oyez_models("install", "mms-mini")
    file = max((tmp_path / "models" / "mms-mini").rglob("*"), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelDamaged, match=file.name) as caught:
        oyez_models("verify", "mms-mini")
    assert caught.value.hint == "oyez models install mms-mini"
    oyez_models("install", "mms-mini")
    assert oyez_models("verify") == "mms-mini: whole\n"


def test_verify_fails_for_a_model_that_is_not_there(oyez_models):
    with pytest.raises(ModelMissing):
        oyez_models("verify", "mms-mini", "--json")


def test_a_misspelt_model_is_answered_with_the_nearest(oyez_models):
    with pytest.raises(InvalidInput) as caught:
        oyez_models("install", "kokoro")
    assert caught.value.hint == "did you mean kokoro-v1.0-int8?"
