"""What one process holds at hand, before it asks the cache that all share. Bounded by bytes."""

import os
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from django.conf import settings

# What a key, its place and the bookkeeping weigh, about.
A_PLACE = 400


class Shelf:
    """What was not asked for the longest goes first.

    Looking takes no lock: each step is one operation of a dictionary, which threads cannot share halfway.
    """

    def __init__(self, bound: str = "SHELF_BYTES") -> None:
        """``bound`` is the name of the setting that says how many bytes it holds."""
        self._bound = bound
        self._places: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    @property
    def weight(self) -> int:
        """In bytes."""
        return self._weight

    def get(self, key: Hashable) -> Any:
        """What lies there, the same thing for everyone who asks: whoever changes it changes it for all."""
        place = self._places.get(key)
        if place is None:
            return None
        try:  # noqa: SIM105 (this is the way of every visitor's page, and shorter so)
            self._places.move_to_end(key)
        except KeyError:
            pass  # taken away meanwhile, and still good
        return place[0]

    def put(self, key: Hashable, value: Any, *, size: int) -> None:
        """``size`` in bytes, of all that only this place keeps alive."""
        weight, most = size + A_PLACE, getattr(settings, self._bound)
        with self._lock:
            self._take(key)
            if weight <= most:
                self._places[key] = (value, weight)
                self._weight += weight
            while self._weight > most:
                self._weight -= self._places.popitem(last=False)[1][1]

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._take(key)

    def clear(self) -> None:
        with self._lock:
            self._places.clear()
            self._weight = 0

    def _take(self, key: Hashable) -> None:
        place = self._places.pop(key, None)
        self._weight -= place[1] if place else 0

    def _after_fork(self) -> None:
        self._lock = Lock()


shelf = Shelf()
# Of its own: what a page is made from would push it off at once.
sheets_at_hand = Shelf("SHEETS_BYTES")
# Nobody can bound what people search for, and few ask for the same.
answers_at_hand = Shelf("ANSWERS_BYTES")
# A process that was copied while a thread held the lock would wait for a thread that it has not.
for each in (shelf, sheets_at_hand, answers_at_hand):
    os.register_at_fork(after_in_child=each._after_fork)
