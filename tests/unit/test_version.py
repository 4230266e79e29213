"""A version that was installed beside the one that runs is seen."""

import pytest

import oyez
from oyez.service.version import next_version


def test_the_version_on_the_disk_is_ours_until_another_is_installed(tmp_path):
    assert next_version() == oyez.__version__
    (tmp_path / "__init__.py").write_text('"""Oyez."""\n\nimport os\n\n__version__ = "9.8.7"\n')
    assert next_version(tmp_path) == "9.8.7"


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"__version__ = 1"])
def test_a_version_that_cannot_be_read_is_no_update(tmp_path, content):
    if content is not None:
        (tmp_path / "__init__.py").write_bytes(content)
    assert next_version(tmp_path) == oyez.__version__
