"""The rows in their order, and the newsrooms that each is measured on."""

import http.client
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import NamedTuple

import playwright.sync_api
import psycopg
import redis

from .bench import Bench
from .load import LoadError
from .rows import cold, growth, hooks, memory, readers, searching, unlocking, visitors, weighing
from .running import ServerError
from .sizes import SIZES
from .store import Store, StoreError


class Part(NamedTuple):
    measure: Callable[[Bench], None]
    newsrooms: tuple[str, ...] = ("right",)


# The long ones last: who breaks it off has most of it.
ROWS = {
    "visitor": Part(visitors.measure),
    "cold": Part(cold.measure),
    "reader": Part(readers.measure),
    "search": Part(searching.measure),
    "unlock": Part(unlocking.measure),
    "webhook": Part(hooks.measure),
    "weight": Part(weighing.measure),
    "growth": Part(growth.measure, ("small", "large")),
    "memory": Part(memory.measure),
}
# What may go wrong with programs, servers and their answers. A fault of our own ends the run.
TROUBLES = (
    StoreError,
    ServerError,
    LoadError,
    OSError,
    ValueError,
    LookupError,
    ArithmeticError,
    AssertionError,
    subprocess.SubprocessError,
    http.client.HTTPException,
    psycopg.Error,
    redis.RedisError,
    playwright.sync_api.Error,
)


def prepare(store: Store, rows: Iterable[str], say: Callable[[str], None]) -> None:
    """With all cores, before anything is measured. A newsroom that cannot be made fails its own rows."""
    for name in dict.fromkeys(newsroom for row in rows for newsroom in ROWS[row].newsrooms):
        try:
            store.prepared(SIZES[name])
        except StoreError as error:
            say(str(error))


def measure_all(bench: Bench, rows: Iterable[str]) -> None:
    for name in rows:
        bench.say(f"-- {name}")
        bench.record.begin(name, quick=bench.quick)
        bench.record.end(failed=why_it_failed(bench, ROWS[name]))


def why_it_failed(bench: Bench, part: Part) -> str:
    """Empty, if it came to its end."""
    try:
        part.measure(bench)
    except TROUBLES as error:
        traceback.print_exc(file=sys.stderr)
        return f"{type(error).__name__}: {error}"
    return ""
