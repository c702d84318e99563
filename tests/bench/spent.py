"""The time of a processor that the site and its database have taken: what a busy machine does not change."""

import os
from pathlib import Path
from typing import NamedTuple

from . import cores

TICK = os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """Seconds; divided by the number of requests, milliseconds for each."""

    site: float = 0.0
    database: float = 0.0

    def __sub__(self, before: "Spent") -> "Spent":
        return Spent(self.site - before.site, self.database - before.database)

    def each_of(self, requests: int) -> "Spent":
        return Spent(*(part / max(1, requests) * 1e3 for part in self))

    def __str__(self) -> str:
        return f"{self.site:.2f} + {self.database:.2f} ms of processor"


NOTHING = Spent()


def seconds_of(process: int) -> float:
    """Of a process, of those it started that still run, and of those that it saw end."""
    return lived(process) + sum(lived(child) for child in cores.children_of(process))


def lived(process: int) -> float:
    try:
        told = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # After the name, which may have anything in it: utime, stime, cutime and cstime are the 14th to 17th.
    return sum(map(int, told.rpartition(") ")[2].split()[11:15])) / TICK
