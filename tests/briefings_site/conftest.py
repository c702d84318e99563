import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = {"DATABASE_URL", "DATA_DIR", "PORT", "DJANGO_SETTINGS_MODULE"}

Run = Callable[..., subprocess.CompletedProcess[str]]


def plain_environ(**changes: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OURS} | changes


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a Python command line in the project's root, with nothing of the tests' own environment."""

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=plain_environ(**environ),
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run
