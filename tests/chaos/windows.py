"""When something was broken on purpose: an error is excused only if its request met such a time."""

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Window:
    kind: str
    began: float
    struck: float = 0.0
    recovered: float = 0.0
    ended: float = float("inf")

    @property
    def recovery(self) -> float:
        """From when nothing is held down any more (the server started again, mail taken) to a good answer."""
        return max(0.0, self.recovered - self.struck)


@dataclass
class Windows:
    all: list[Window] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, kind: str) -> Window:
        window = Window(kind=kind, began=time.monotonic())
        with self.lock:
            self.all.append(window)
        return window

    def excuse(self, began: float, ended: float) -> bool:
        with self.lock:
            return any(began <= window.ended and window.began <= ended for window in self.all)

    def calm_within(self, began: float, ended: float) -> float:
        """Seconds in which nothing was broken."""
        broken, last = 0.0, began
        for window in sorted(self.all, key=lambda window: window.began):
            start, end = max(window.began, last), min(window.ended, ended)
            broken += max(0.0, end - start)
            last = max(last, end)
        return ended - began - broken
