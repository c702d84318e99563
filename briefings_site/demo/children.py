"""The demo's processes: started in sessions of their own, heard line by line, ended for certain."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PR_SET_PDEATHSIG = 1
Say = Callable[[str, str], None]

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child:
    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str], say: Say) -> None:
        self.name = name
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C in a terminal reaches the supervisor alone, which then ends the others in order.
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self.relay = threading.Thread(target=self._relay, args=(say,), daemon=True)
        self.relay.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _relay(self, say: Say) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text := line.rstrip():
                say(self.name, text)

    def ended(self) -> bool:
        return self.process.poll() is not None

    def how(self) -> str:
        code = self.process.returncode
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def stop(children: Sequence[Child], *, patience: float) -> None:
    """Ask all, wait ``patience`` seconds together, then kill what is left of their process groups."""
    for child in children:
        if not child.ended():
            child.process.terminate()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and not all(child.ended() for child in children):
        time.sleep(0.05)
    for child in children:
        _kill_group(child.pid)
        child.process.wait()


def start_keeper(data_dir: Path) -> "subprocess.Popen[bytes]":
    """See keeper.py: it ends when our end of its input closes, also because we were killed."""
    command = [sys.executable, "-m", "briefings_site.demo.keeper", str(data_dir)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _end_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
