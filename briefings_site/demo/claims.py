"""What a demo needs for itself alone: a data folder it can write, and a free port."""

import errno
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .children import ROOT


class DemoError(Exception):
    """The demo cannot go on. Its text is the one line that the person reads."""


@dataclass(frozen=True)
class Claim:
    data_dir: Path
    port: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Claim":
        port = environ.get("PORT") or "8000"
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise DemoError(f"PORT must be a number from 1 to 65535, not {port!r}")
        return cls(Path(environ.get("DATA_DIR") or ROOT / "var").resolve(), int(port))


@contextmanager
def claim_folder(claim: Claim) -> Iterator[None]:
    try:
        claim.data_dir.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=claim.data_dir).close()
        lock = (claim.data_dir / "demo.lock").open("a+")
    except OSError as error:
        raise DemoError(f"cannot write to DATA_DIR {claim.data_dir}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise DemoError(
                f"another demo ({lock.read().strip()}) already uses {claim.data_dir}: "
                "stop it, or set DATA_DIR and PORT to others"
            ) from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, port {claim.port}")
        lock.flush()
        yield


def claim_port(port: int, *, host: str) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "is taken by another program" if taken else f"cannot be had: {error.strerror}"
            raise DemoError(f"port {port} {why}: set PORT to a free one") from error
