"""Installing over HTTP from a server with bad manners: whole, resumed, or refused; never half."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
from types import SimpleNamespace

import pytest
from tests.support.models import FILES, ONE, TWO, Told, install_toy, model, serve

from oyez.errors import DownloadFailed, InvalidInput, ModelDamaged, ModelMissing
from oyez.models import http, store
from oyez.models.catalogue import Model
from oyez.models.digest import git_blob
from oyez.models.sources import HubSource

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody answers


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    monkeypatch.setattr(http, "PAUSE_S", 0.0)
    monkeypatch.setattr(http, "TIMEOUT_S", 0.5)


def whole(models_dir, files=FILES):
    folder = store.model_path(models_dir, "toy")
    store.verify(models_dir, "toy")
    return {path: (folder / path).read_bytes() for path in files} == files


def nothing_staged(models_dir):
    return not [path for path in (models_dir / ".staging").rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_an_installed_model_is_whole_and_nothing_else_is_left(file_server, tmp_path):
    serve(file_server)
    told, changed = install_toy(model(file_server.url), tmp_path)
    assert changed
    assert whole(tmp_path)
    assert nothing_staged(tmp_path)
    assert "Licence: CC0" in told
    assert told.fetched[-1] == ("sub/two.bin", len(TWO), len(TWO))


def test_installing_again_asks_nobody(file_server, tmp_path):
    serve(file_server)
    install_toy(model(file_server.url), tmp_path)
    file_server.asked.clear()
    _, changed = install_toy(model(file_server.url), tmp_path)
    assert not changed
    assert file_server.asked == []


def test_a_cut_connection_goes_on_where_it_broke(file_server, tmp_path):
    serve(file_server)
    file_server.manners["/one.bin"] = [("cut", 100_000), ("cut", 50_000)]
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)
    assert file_server.fetched()[:3] == [("/one.bin", 0), ("/one.bin", 100_000), ("/one.bin", 150_000)]


def test_a_stalled_connection_goes_on_where_it_stood(file_server, tmp_path):
    serve(file_server)
    file_server.manners["/one.bin"] = [("stall", 262_144)]
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)
    assert file_server.fetched()[1] == ("/one.bin", 262_144)


def test_a_server_without_ranges_is_read_from_the_start_again(file_server, tmp_path):
    serve(file_server)
    file_server.manners["/one.bin"] = [("cut", 100_000), "whole"]
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)


def test_a_server_that_brings_nothing_more_is_given_up(file_server, tmp_path):
    serve(file_server)
    file_server.manners["/one.bin"] = [("cut", 10), *[("cut", 0)] * http.TRIES]
    with pytest.raises(DownloadFailed, match="gave up after 5 tries"):
        install_toy(model(file_server.url), tmp_path)


def test_a_busy_server_is_asked_again(file_server, tmp_path):
    serve(file_server)
    file_server.manners["/one.bin"] = [503, 429]
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)


def test_wrong_bytes_are_refused_and_the_next_source_is_tried(file_server, tmp_path):
    serve(file_server)
    file_server.files["/bad/one.bin"] = b"x" * len(ONE)
    file_server.files["/bad/sub/two.bin"] = TWO
    told, _ = install_toy(model(f"{file_server.url}/bad", file_server.url), tmp_path)
    assert whole(tmp_path)
    assert "one.bin: 127.0.0.1" in told
    assert "refused" in told


def test_where_only_wrong_bytes_are_to_be_had_there_is_no_model(file_server, tmp_path):
    serve(file_server, {"one.bin": b"x", "sub/two.bin": TWO})
    with pytest.raises(DownloadFailed, match="other bytes than the hash says"):
        install_toy(model(file_server.url), tmp_path)
    with pytest.raises(ModelMissing) as caught:
        store.model_path(tmp_path, "toy")
    assert caught.value.hint == "oyez models install toy"
    assert nothing_staged(tmp_path)


def test_a_file_that_is_not_there_comes_from_the_next_source(file_server, tmp_path):
    serve(file_server)
    told, _ = install_toy(model(f"{file_server.url}/empty", file_server.url), tmp_path)
    assert whole(tmp_path)
    assert "answered 404" in told


def test_a_source_that_can_not_be_reached_is_not_asked_for_the_next_file(file_server, tmp_path):
    serve(file_server)
    far = model(NOWHERE)
    groups = tuple(
        {**there, "sources": [*away["sources"], {"kind": "hub", "hub": file_server.url, "repo": "r", "path": "{path}"}]}
        for away, there in zip(far.groups, model().groups, strict=True)
    )
    file_server.files = {f"/r/resolve/main/{path}": content for path, content in FILES.items()}
    told, _ = install_toy(Model("toy", "tests", "CC0", groups=groups), tmp_path)
    assert whole(tmp_path)
    assert len([line for line in told.lines if "can't be reached" in line]) == 1


def test_leftovers_longer_than_the_file_are_thrown_away(file_server, tmp_path):
    serve(file_server)
    part = tmp_path / ".staging" / "download" / "toy" / "one.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(ONE + b"more")
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)


def test_leftovers_of_another_file_do_not_spoil_a_good_source(file_server, tmp_path):
    serve(file_server)
    part = tmp_path / ".staging" / "download" / "toy" / "one.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)
    assert file_server.fetched()[:2] == [("/one.bin", 1000), ("/one.bin", 0)]


@pytest.mark.parametrize("digest", [lambda path: hashlib.sha256(path.read_bytes()).hexdigest(), git_blob])
def test_a_file_whose_hash_only_the_hub_knows_is_checked_against_it(file_server, tmp_path, digest):
    original = tmp_path / "original"
    original.write_bytes(ONE)
    toy = hub_model(file_server, {"X-Linked-Etag": f'"{digest(original)}"', "ETag": '"of the storage"'})
    install_toy(toy, tmp_path / "models")
    store.verify(tmp_path / "models", "toy")


@pytest.mark.parametrize("headers", [{"ETag": '"' + "0" * 64 + '"'}, {"ETag": '"' + "0" * 40 + '"'}, {}])
def test_a_file_that_is_not_what_the_hub_says_is_refused(file_server, tmp_path, headers):
    with pytest.raises(DownloadFailed, match=r"refused|states no digest"):
        install_toy(hub_model(file_server, headers), tmp_path)


def hub_model(server, headers):
    path = "/r/resolve/main/one.bin"
    server.files[path] = ONE
    server.heads[path] = headers
    source = {"kind": "hub", "repo": "r", "path": "{path}", "ask": True, "hub": server.url}
    return Model("toy", "tests", "CC0", groups=({"paths": ["one.bin"], "size": 1, "sources": [source]},))


def test_a_full_disk_is_known_before_anything_is_fetched(file_server, tmp_path, monkeypatch):
    serve(file_server)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=len(ONE) + len(TWO) + 999))
    with pytest.raises(DownloadFailed, match="not enough disk space"):
        install_toy(model(file_server.url, temporary=1000), tmp_path)
    assert file_server.asked == []


def test_a_disk_that_fills_up_under_way_loses_nothing(file_server, tmp_path):
    serve(file_server)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DownloadFailed, match="can't write"):
            install_toy(model(file_server.url), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert len(file_server.fetched()) == 1
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)
    assert file_server.fetched()[1][1] > 0


def test_a_flipped_bit_is_found_and_only_that_file_is_fetched_again(file_server, tmp_path):
    serve(file_server)
    install_toy(model(file_server.url), tmp_path)
    file_server.asked.clear()
    (tmp_path / "toy" / "sub" / "two.bin").write_bytes(bytes([TWO[0] ^ 1]) + TWO[1:])
    with pytest.raises(ModelDamaged, match=r"sub/two\.bin"):
        store.verify(tmp_path, "toy")
    told, _ = install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)
    assert file_server.fetched() == [("/sub/two.bin", 0)]
    assert "mending it" in told


def test_a_model_whose_folder_is_a_link_is_mended_again_and_again(file_server, tmp_path):
    serve(file_server)
    install_toy(model(file_server.url), tmp_path)
    elsewhere = (tmp_path / "toy").rename(tmp_path / "elsewhere")
    for _ in range(2):
        shutil.rmtree(tmp_path / "toy", ignore_errors=True)
        (tmp_path / "toy").symlink_to(elsewhere)
        (elsewhere / "sub" / "two.bin").unlink(missing_ok=True)
        install_toy(model(file_server.url), tmp_path)
        assert whole(tmp_path)
    assert (elsewhere / "one.bin").read_bytes() == ONE


def test_a_file_cut_off_is_noticed_at_start(file_server, tmp_path):
    serve(file_server)
    install_toy(model(file_server.url), tmp_path)
    (tmp_path / "toy" / "one.bin").write_bytes(ONE[:-1])
    with pytest.raises(ModelDamaged) as caught:
        store.model_path(tmp_path, "toy")
    assert caught.value.hint == "oyez models install toy"


@pytest.mark.parametrize("record", ["", "{}", json.dumps({"format": 0}), "[]"])
def test_an_unreadable_record_is_damage_that_an_install_mends(file_server, tmp_path, record):
    serve(file_server)
    install_toy(model(file_server.url), tmp_path)
    (tmp_path / "toy" / "manifest.json").write_text(record)
    with pytest.raises(ModelDamaged):
        store.model_path(tmp_path, "toy")
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)


def test_a_newer_catalogue_brings_only_the_changed_file(file_server, tmp_path):
    serve(file_server)
    install_toy(model(file_server.url), tmp_path)
    newer = FILES | {"sub/two.bin": b"newer"}
    serve(file_server, newer)
    file_server.asked.clear()
    install_toy(model(file_server.url, files=newer), tmp_path)
    assert whole(tmp_path, newer)
    assert file_server.fetched() == [("/sub/two.bin", 0)]


def test_power_lost_between_the_two_renames_is_mended_by_the_next_install(file_server, tmp_path):
    serve(file_server)
    install_toy(model(file_server.url), tmp_path)
    old = tmp_path / ".staging" / "old" / "toy"
    old.parent.mkdir(exist_ok=True)
    (tmp_path / "toy").rename(old)
    file_server.asked.clear()
    install_toy(model(file_server.url), tmp_path)
    assert whole(tmp_path)
    assert file_server.asked == []


def test_files_that_were_brought_in_a_folder_need_no_network(tmp_path):
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "one.bin").write_bytes(ONE)
    (stick / "two.bin").write_bytes(TWO)
    install_toy(model(NOWHERE), tmp_path / "models", folder=stick)
    assert whole(tmp_path / "models")


def test_a_model_copied_from_another_box_is_installed(file_server, tmp_path):
    serve(file_server)
    install_toy(model(file_server.url), tmp_path / "there")
    shutil.copytree(tmp_path / "there" / "toy", tmp_path / "here" / "toy")
    assert whole(tmp_path / "here")


def test_a_language_that_could_be_a_path_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="language code"):
        install_toy(model(NOWHERE), tmp_path, languages=["../../etc"])


def test_a_folder_that_can_not_be_written_is_told_in_words(tmp_path):
    (tmp_path / "models").write_text("a file")
    with pytest.raises(DownloadFailed, match="can't write the model"):
        install_toy(model(NOWHERE), tmp_path / "models")


def test_the_hub_is_asked_for_a_digest_only_where_ours_is_not_known(file_server, tmp_path):
    file_server.files["/r/resolve/main/one.bin"] = ONE
    source = HubSource("r", "one.bin", hub=file_server.url)
    assert source.fetch(tmp_path / "one", tmp_path, lambda done, total: None) is None
    assert [method for method, _, _ in file_server.asked] == ["GET"]
    assert Told().lines == []
