"""A server that runs, and how it is asked."""

import http.client
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from briefings_site.demo.children import ROOT

from . import cores
from .environment import HOST

READY_WITHIN = 120.0
STOPPED_WITHIN = 20.0

BEHIND_A_PROXY = {"Host": HOST, "X-Forwarded-Proto": "https"}


class ServerError(Exception):
    """A server did not start. Its text is for the person at the terminal."""


class Running:
    """A process with a log of its own, on the cores it was told."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        logs: Path,
        on: set[int],
        environ: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.name, self.port = name, port
        self.log = logs / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: cores.pin(0, on),
            )

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: Any) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def await_answer(self, path: str) -> "Running":
        """Raises ServerError."""
        deadline = time.monotonic() + READY_WITHIN
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace").strip()[-1500:]
                raise ServerError(f"{self.name} does not answer at {path}: {said}")
            try:
                if asked(self.port, path)[0] < http.client.INTERNAL_SERVER_ERROR:
                    return self
            except OSError:
                pass
            time.sleep(0.1)

    @property
    def is_up(self) -> bool:
        return self.process.poll() is None

    @property
    def workers(self) -> list[int]:
        """The processes that answer, not the one that watches them."""
        return cores.children_of(self.process.pid) or [self.process.pid]


def asked(
    port: int, path: str, *, headers: Mapping[str, str] | None = None, method: str = "GET", body: bytes = b""
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers by lower-case name, and body."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request(method, path, body=body or None, headers={**BEHIND_A_PROXY, **(headers or {})})
        answer = line.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        line.close()
