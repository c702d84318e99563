"""Counts of what happened, and the first promise that was broken."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from .windows import Windows

SHOWN = 20


@dataclass
class Tally:
    windows: Windows
    requests: int = 0
    done: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    in_calm: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def requested(self) -> None:
        with self.lock:
            self.requests += 1

    def did(self, what: str) -> None:
        with self.lock:
            self.done[what] += 1

    def error(self, kind: str, path: str, began: float, ended: float) -> None:
        """An error outside every window is a broken promise of its own."""
        excused = self.windows.excuse(began, ended)
        with self.lock:
            (self.excused if excused else self.in_calm)[kind] += 1
        if not excused:
            self.promise_broken(f"{kind} at {path} in calm weather, after {ended - began:.1f}s")

    def promise_broken(self, what: str) -> None:
        with self.lock:
            self.broken.append(what)
            if len(self.broken) <= SHOWN:
                print(f"BROKEN: {what}", flush=True)
