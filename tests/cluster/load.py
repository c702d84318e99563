"""Readers and visitors for the length of a rehearsal, and what they were answered."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.chaos.journal import Journal
from tests.chaos.marks import Briefing
from tests.chaos.tally import Tally
from tests.chaos.windows import Window, Windows
from tests.chaos.world import World

from .house import House
from .newsroom import CREDITS, IN_A_GROUP, email_of
from .people import Gate, Reader, Visitor

VISITORS = 3
ANSWERED_WITHIN = 60.0
SLACK = 10


class Load:
    """``world`` has no post office: everybody is signed in already."""

    def __init__(self, house: House, journal: Journal, group: str, briefings: Sequence[Briefing]) -> None:
        self.tally = Tally(Windows())
        self.world = World(
            port=house.ports["tls"],
            briefings=briefings,
            journal=journal,
            tally=self.tally,
            post=None,  # type: ignore[arg-type]
            stopping=threading.Event(),
        )
        gate = Gate(str(house.ca), house.sessions)
        range_of = range(CREDITS + SLACK)
        self.people: list[threading.Thread] = [
            Reader(self.world, gate, email_of(group, number), credits=range_of, number=number)
            for number in range(1, IN_A_GROUP + 1)
        ]
        self.people += [Visitor(self.world, gate, number) for number in range(VISITORS)]

    def start(self) -> None:
        for person in self.people:
            person.start()

    def stop(self) -> None:
        self.world.stopping.set()
        for person in self.people:
            person.join(timeout=ANSWERED_WITHIN)

    def fault(self, kind: str, struck: float, gone: float) -> Window:
        """As long as it took to die: what was under way then is excused, and nothing that began after it."""
        window = self.tally.windows.open(kind)
        window.began, window.ended = struck, gone
        return window

    def bought(self) -> int:
        return self.tally.done["acknowledged unlock"]

    def await_purchase(self) -> float:
        """Until the next acknowledged unlock: the moment of it."""
        before, deadline = self.bought(), time.monotonic() + ANSWERED_WITHIN
        while self.bought() == before:
            if time.monotonic() > deadline:
                self.tally.promise_broken(f"nothing could be bought within {ANSWERED_WITHIN:.0f} seconds")
                break
            time.sleep(0.02)
        return time.monotonic()

    def says(self) -> str:
        lost = sum(self.tally.in_calm.values())
        return (
            f"{self.tally.requests} requests, {self.bought()} unlocks, {lost} failed, "
            f"{sum(self.tally.excused.values())} met the fault"
        )


@contextmanager
def under_load(house: House, journal: Journal, group: str, briefings: Sequence[Briefing]) -> Iterator[Load]:
    load = Load(house, journal, group, briefings)
    load.start()
    try:
        yield load
    finally:
        load.stop()
