"""The stand-in's one state: its objects, its clock, what is due, and what it has to tell."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from . import events
from .delivery import Post
from .store import Object, Store, new_id

Due = Callable[["World", str], None]
ACTIONS: dict[str, Due] = {}


def due(name: str) -> Callable[[Due], Due]:
    """Names what an entry of the agenda does when its time comes. It looks whether it still applies."""

    def register(action: Due) -> Due:
        ACTIONS[name] = action
        return action

    return register


@dataclass(frozen=True, kw_only=True)
class Request:
    id: str | None = None
    idempotency_key: str | None = None


@dataclass(kw_only=True)
class World:
    store: Store
    post: Post
    address: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)
    request: Request = Request()

    def keep(self) -> None:
        """With what is not delivered yet: it is posted again after a new start."""
        if self.store.file:
            self.store.keep(self.post.unfinished())

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody else is at it, and what came of it is kept unless it went wrong."""
        with self.lock:
            yield
            self.keep()

    def real_now(self) -> int:
        return int(time.time()) + int(self.store.facts.get("ahead", 0))

    def now(self, clock: str | None = None) -> int:
        """Seconds since 1970, on the test clock of that id or, without, on the one clock of all others."""
        found = self.store.find("test_helpers.test_clock", clock)
        return int(found["_time"]) if found else int(self.store.facts.get("moment", 0)) or self.real_now()

    def clock_of(self, customer: str | None) -> str | None:
        found = self.store.find("customer", customer)
        return found["test_clock"] if found else None

    def now_for(self, customer: str | None) -> int:
        return self.now(self.clock_of(customer))

    def new(self, kind: str, prefix: str, **fields: Any) -> Object:
        """A new object of the kind, with an id of its own unless ``fields`` names one."""
        named = fields.pop("id", None) or new_id(prefix)
        created = fields.pop("created", None) or self.now_for(fields.get("customer"))
        obj: Object = {"id": named, "object": kind, "created": created, "livemode": False, **fields}
        return self.store.put(kind, obj)

    def tell(self, kind: str, obj: Object, previous: Object | None = None) -> None:
        events.tell(self, kind, obj, previous)

    @contextmanager
    def updating(self, obj: Object, kind: str) -> Iterator[None]:
        """Tells of the change that is made meanwhile, if it is one."""
        before = deepcopy(events.seen(obj))
        yield
        if previous := events.previous_attributes(before, events.seen(obj)):
            self.tell(kind, obj, previous)

    def remind(self, at: int, action: str, subject: str, *, clock: str | None = None) -> None:
        self.store.facts.setdefault("agenda", []).append([at, action, subject, clock])

    def pass_time(self, until: int, *, clock: str | None = None) -> None:
        """Does all that is due up to then, in order, each at its own time."""
        while entry := self._next_due(until, clock):
            self.store.facts["agenda"].remove(entry)
            self._set_time(max(entry[0], self.now(clock)), clock)
            ACTIONS[entry[1]](self, entry[2])
        self._set_time(until, clock)
        if clock is None:
            self.store.facts.pop("moment", None)

    def move_clock(self, until: int) -> None:
        self.pass_time(until)
        self.store.facts["ahead"] = self.store.facts.get("ahead", 0) + max(0, until - self.real_now())

    def pass_now(self, subject: Object) -> None:
        """Does what is due at this moment for the object's customer."""
        clock = self.clock_of(subject["customer"])
        while entry := self._next_due(self.now(clock), clock):
            self.store.facts["agenda"].remove(entry)
            ACTIONS[entry[1]](self, entry[2])

    def something_due(self) -> bool:
        return self._next_due(self.real_now(), None) is not None

    def _next_due(self, until: int, clock: str | None) -> list[Any] | None:
        agenda = self.store.facts.get("agenda", [])
        waiting = (entry for entry in agenda if entry[3] == clock and entry[0] <= until)
        return min(waiting, key=lambda entry: entry[0], default=None)

    def _set_time(self, at: int, clock: str | None) -> None:
        if found := self.store.find("test_helpers.test_clock", clock):
            found["_time"] = at
        elif clock is None:
            self.store.facts["moment"] = at
