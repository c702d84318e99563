"""A demo started as a person starts it, and what the machine says of its processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .conftest import ROOT, free_port, plain_environ


class Demo:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "briefings_site.demo"],
            cwd=ROOT,
            env=plain_environ(DATA_DIR=str(data_dir), PORT=str(self.port)),
            stdout=(data_dir / "output.txt").open("w"),
            stderr=(data_dir / "errors.txt").open("w"),
        )

    def output(self) -> str:
        return (self.data_dir / "output.txt").read_text()

    def errors(self) -> list[str]:
        """Without the notes on folders that were opened to the database's system user."""
        lines = (self.data_dir / "errors.txt").read_text().splitlines()
        return [line for line in lines if not line.startswith("cluster: ")]

    def await_ready(self) -> "Demo":
        until(
            "the demo is ready",
            lambda: "Ctrl-C" in self.output() or self.process.poll() is not None,
            seconds=300,
        )
        assert self.process.poll() is None, self.output() + "\n".join(self.errors())
        return self

    def kill(self, command: str) -> None:
        os.kill(self.pid(command), signal.SIGKILL)

    def pid(self, command: str) -> int:
        """The oldest of the demo's processes whose command line has ``command`` in it."""
        return min(pid for pid, line in processes(self.data_dir).items() if command in line)

    def end(self) -> int:
        return self.process.wait(timeout=40)


@contextmanager
def demo(data_dir: Path) -> Iterator[Demo]:
    running = Demo(data_dir)
    try:
        yield running.await_ready()
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.end()


def processes(data_dir: Path) -> dict[int, str]:
    """Processes that were given this data folder, by environment or by command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            given = (
                f"DATA_DIR={data_dir}\0".encode() in (folder / "environ").read_bytes()
                or str(data_dir) in line
            )
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if line and given:
            found[int(folder.name)] = line
    return found


def until(what: str, holds: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {what}"
        time.sleep(0.1)
