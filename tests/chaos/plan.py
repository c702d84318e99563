"""What will go wrong and when: a function of the seed and nothing else."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

QUIET_START = 2.0
SHORTEST_GAP, LONGEST_GAP = 2.0, 5.0


@dataclass(frozen=True)
class Fault:
    at: float
    kind: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.at:6.1f}s  {self.kind:<14} {self.seconds:.1f}s"


# How long each one lasts: until the server is started again, until the mail flows again. Where nothing lasts
# but the blow, nothing is drawn.
LASTS: dict[str, tuple[float, float]] = {
    "postmaster": (0.0, 3.0),
    "database": (0.0, 3.0),
    "backend": (0.0, 0.0),
    "connections": (0.0, 0.0),
    "web-worker": (0.0, 0.0),
    "web": (0.0, 0.0),
    "worker": (0.0, 0.0),
    "clock": (0.0, 0.0),
    "cache-clear": (0.0, 0.0),
    "cache-fill": (0.0, 0.0),
    "cache-spoil": (0.0, 0.0),
    "cache-block": (0.5, 2.0),
    "mail-slow": (1.5, 4.0),
    "mail-refuse": (1.0, 3.0),
    "mail-drop": (1.0, 3.0),
}


def plan_for(seed: int, seconds: float, kinds: Sequence[str] = tuple(LASTS)) -> list[Fault]:
    """Kinds come in shuffled rounds, so that every one had its turn before any has a second."""
    draw = random.Random(f"{seed}:plan")
    planned: list[Fault] = []
    round_of: list[str] = []
    at = QUIET_START
    while at < seconds:
        round_of = round_of or draw.sample(kinds, len(kinds))
        kind = round_of.pop()
        planned.append(Fault(at=round(at, 1), kind=kind, seconds=round(draw.uniform(*LASTS[kind]), 1)))
        at += draw.uniform(SHORTEST_GAP, LONGEST_GAP)
    return planned
