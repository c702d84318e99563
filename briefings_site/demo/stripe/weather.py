"""Bad weather on demand: errors, lost answers, slowness, for the next requests or for a share of them."""

import random
import threading
import time
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

STATUSES = (429, 500, 502, 503)
DROPS = ("before", "after")
KNOWN = {"path", "method", "status", "drop", "slow", "times", "share", "seed"}


@dataclass(kw_only=True)
class Spell:
    """What befalls a request: an error of ``status``; the connection lost ``before`` the work or ``after``
    it; ``slow`` seconds of waiting. It befalls the next ``times``, or without a number a ``share`` of all.
    """

    path: str = "*"
    method: str = "*"
    status: int | None = None
    drop: str | None = None
    slow: float = 0
    times: int | None = None
    share: float = 1
    chance: random.Random

    def befalls(self, method: str, path: str) -> bool:
        if self.times == 0 or not fnmatch(path, self.path) or not fnmatch(method, self.method):
            return False
        if self.chance.random() >= self.share:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def wait(self) -> None:
        time.sleep(self.slow)


CALM = Spell(chance=random.Random(0))  # noqa: S311


class Weather:
    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.down = False
        self.spells: list[Spell] = []

    def clear(self) -> None:
        with self.turn:
            self.down, self.spells = False, []

    def change(self, wanted: dict[str, Any]) -> None:
        """Raises ValueError for what is no weather."""
        with self.turn:
            if "down" in wanted:
                self.down = bool(wanted["down"])
            for spell in wanted.get("spells", []):
                self.spells.append(_spell(spell))

    def at(self, method: str, path: str) -> Spell:
        with self.turn:
            if self.down:
                return Spell(drop="before", chance=CALM.chance)
            return next((spell for spell in self.spells if spell.befalls(method, path)), CALM)


def _spell(wanted: dict[str, Any]) -> Spell:
    if unknown := wanted.keys() - KNOWN:
        raise ValueError(f"no such weather: {', '.join(sorted(unknown))}")
    if wanted.get("status") not in (None, *STATUSES) or wanted.get("drop") not in (None, *DROPS):
        raise ValueError(f"status is one of {STATUSES}, drop one of {DROPS}")
    facts = {key: value for key, value in wanted.items() if key != "seed"}
    return Spell(**facts, chance=random.Random(wanted.get("seed", 1)))  # noqa: S311
