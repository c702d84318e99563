"""The site's processes, each kept alive as systemd would: whatever ended one, it is started again."""

import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from briefings_site.demo.children import Child, stop

# As in deploy/systemd.
RESTART_SECONDS = 2.0
STOP_PATIENCE = 10.0
TICK = 0.05


class Part:
    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.command = command
        self.environ = environ
        self.log = log.open("a", buffering=1)
        self.ended: list[str] = []
        self.child: Child | None = None
        self.stopping = threading.Event()
        # While it is set, what ended stays ended.
        self.held = threading.Event()
        # The kernel ends a process with the thread that started it, so one thread starts them all.
        self.keeper = threading.Thread(target=self.keep_alive, name=f"keep {name}", daemon=True)

    def start(self) -> None:
        self.keeper.start()

    def keep_alive(self) -> None:
        while not self.stopping.is_set():
            self.child = Child(self.name, self.command, self.environ, self.write)
            while not self.child.ended() and not self.stopping.wait(TICK):
                pass
            if self.stopping.is_set():
                break
            self.bury(self.child)
            self.stopping.wait(RESTART_SECONDS)
            while self.held.is_set() and not self.stopping.wait(TICK):
                pass
        if self.child is not None:
            stop([self.child], patience=STOP_PATIENCE)

    def bury(self, child: Child) -> None:
        """What an ended process leaves of its group goes too, as systemd ends a unit's whole group."""
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        self.ended.append(child.how())
        self.write(self.name, f"ended, {child.how()}; again in {RESTART_SECONDS:.0f}s")

    def write(self, name: str, text: str) -> None:
        self.log.write(f"{time.strftime('%H:%M:%S')} {text}\n")

    @property
    def running(self) -> bool:
        return self.child is not None and not self.child.ended()

    def kill(self) -> None:
        if self.child is not None:
            with suppress(ProcessLookupError):
                os.kill(self.child.pid, signal.SIGKILL)

    def workers(self) -> list[int]:
        """Direct children of the process, oldest first."""
        return children_of(self.child.pid) if self.child is not None else []

    def stop(self) -> None:
        self.stopping.set()
        if self.keeper.is_alive():
            self.keeper.join()
        self.log.close()


def children_of(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == pid:
                found.append(int(folder.name))
    return sorted(found)
