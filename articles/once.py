"""A page that many ask for at once is made by one of them; the others wait for it, but not for long."""

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from .shared import CacheAway, ask, drop, keep_if_free

# Seconds. Who waited as long makes the page as well: something must be wrong with the one who is at it.
PATIENCE = 5.0
# Seconds that another process is believed to be at it; it may have died.
A_TURN = 3
BETWEEN_LOOKS = 0.01

Seen = TypeVar("Seen")


class Makers:
    """Who is at it, in this process."""

    def __init__(self) -> None:
        self._at_it: dict[Hashable, threading.Event] = {}
        self._lock = threading.Lock()

    @contextmanager
    def alone(self, key: Hashable) -> Iterator[bool]:
        """True for the first to come; for the others False, when that one has done or they waited enough."""
        mine = threading.Event()
        with self._lock:
            at_it = self._at_it.setdefault(key, mine)
        if at_it is not mine:
            at_it.wait(PATIENCE)
            yield False
            return
        try:
            yield True
        finally:
            with self._lock:
                del self._at_it[key]
            mine.set()

    def after_fork(self) -> None:
        """The threads that were at it stayed behind."""
        self._at_it, self._lock = {}, threading.Lock()


makers = Makers()
os.register_at_fork(after_in_child=makers.after_fork)


def take_turn(key: str) -> bool:
    """False while another process is at it. Where nobody knows, each makes it for itself."""
    try:
        return keep_if_free(turn_for(key), timeout=A_TURN)
    except CacheAway:
        return True


def end_turn(key: str) -> None:
    with suppress(CacheAway):
        drop(turn_for(key))


def made_elsewhere(key: str, look: Callable[[], Seen | None]) -> Seen | None:
    """What ``look`` finds when the other process has done. It may be nothing, and may take too long."""
    until, seen, busy = time.monotonic() + PATIENCE, None, True
    while seen is None and busy and time.monotonic() < until:
        time.sleep(BETWEEN_LOOKS)
        busy = is_at_it(key)
        seen = look()
    return seen


def is_at_it(key: str) -> bool:
    try:
        return ask(turn_for(key)) is not None
    except CacheAway:
        return False


def turn_for(key: str) -> str:
    return f"{key}:turn"
