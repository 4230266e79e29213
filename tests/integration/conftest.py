"""What several integration tests need."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from oyez.cli.models import app


@pytest.fixture
def oyez_models(tmp_path):
    """`oyez models COMMAND`, in a folder of its own: what it prints. Its errors are raised."""

    def run(command, *arguments):
        result = CliRunner().invoke(app, [command, "--models-dir", str(tmp_path / "models"), *arguments])
        if isinstance(result.exception, Exception):
            raise result.exception
        return result.stdout

    return run
