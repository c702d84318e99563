"""One core for what is measured, another for all that measures it and for the database."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

HAVE = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
APART = len(HAVE) > 1
MEASURED = {HAVE[0]} if APART else set(HAVE)
OTHERS = set(HAVE[1:]) if APART else set(HAVE)


def pin(pid: int, cores: Iterable[int]) -> None:
    """``pid`` 0 is the caller. A child begins where its parent is."""
    if APART:
        os.sched_setaffinity(pid, cores)


def pin_children(pid: int, cores: Iterable[int]) -> None:
    """A process that runs already, and those that it started."""
    for one in (pid, *children_of(pid)):
        pin(one, cores)


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += [int(child) for child in task.read_text().split()]
    return found


def in_words() -> str:
    return "one core for the server, the others for database and load" if APART else "all on one core"
