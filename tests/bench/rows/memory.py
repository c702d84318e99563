"""What a web process holds after minutes of all that people do at once."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from tests.bench.bench import WHOLE, Bench, Site
from tests.bench.load import Load
from tests.bench.mixture import mixture

from . import cold

ROW = "memory"
AT_MOST_MIB, HOPE_MIB = 220.0, 150.0
# Promised of ten minutes: in a short run all that is kept is still being filled.
FLAT = 1.03
EVERY = 2.0
A_MINUTE = 60.0
# Between them something is published, and all that is kept is made anew.
A_BATCHS_SECONDS = 30.0
A_BATCH = 20_000
# Seconds: all is made anew again and again, and how long that takes is asked elsewhere.
PATIENCE = 60


class Look(NamedTuple):
    """``at`` in seconds, ``held`` in MiB."""

    at: float
    held: float


def measure(bench: Bench) -> None:
    site = bench.site("right")
    with watching(site) as looks:
        rate = under_load(bench, site)
    report(bench, looks, rate)


@contextmanager
def watching(site: Site) -> Iterator[list[Look]]:
    looks, ended = [Look(0.0, held_by(site))], threading.Event()
    begun = time.monotonic()

    def look() -> None:
        while not ended.wait(EVERY):
            looks.append(Look(time.monotonic() - begun, held_by(site)))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield looks
    finally:
        ended.set()
        watcher.join()


def held_by(site: Site) -> float:
    """Of the largest process that answers, with all that it shares with others counted whole."""
    return max(resident(pid) for pid in site.running.workers)


def resident(pid: int) -> float:
    """MiB. A process that has gone holds nothing."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def under_load(bench: Bench, site: Site) -> float:
    """Requests a second, in the middle of all batches."""
    rates = []
    until = time.monotonic() + bench.pace.memory_seconds
    with cold.publishing(site) as publish:
        while (remaining := until - time.monotonic()) > 1:
            bench.forget_limits(site)
            load = Load(bench.tools["wrk"], min(A_BATCHS_SECONDS, remaining), patience=PATIENCE)
            rates.append(load.on(site.port, list(mixture(bench, site, len(rates), A_BATCH))).rate)
            bench.say(f"{rates[-1]:.0f} requests a second, {held_by(site):.0f} MiB")
            publish()
    return mean(rates)


def report(bench: Bench, looks: Sequence[Look], rate: float) -> None:
    middle, last = thirds(looks)[1:]
    bench.found(
        row=ROW,
        name=f"web process in {looks[-1].at / A_MINUTE:.0f} minutes, most",
        figure=max(look.held for look in looks),
        unit="MiB",
        at_most=AT_MOST_MIB,
        hope=HOPE_MIB,
        note=f"{rate:.0f} requests a second; by the minute {', '.join(by_the_minute(looks))}",
    )
    bench.found(
        row=ROW,
        name="the last third beside the one before",
        figure=last,
        unit="MiB",
        limit=middle,
        of="middle third",
        ratio=last / middle,
        at_most=FLAT if bench.pace is WHOLE else None,
    )


def thirds(looks: Sequence[Look]) -> list[float]:
    """What was held in each, on average."""
    third = len(looks) // 3
    return [mean(look.held for look in part) for part in (looks[:third], looks[third:-third], looks[-third:])]


def by_the_minute(looks: Sequence[Look]) -> Iterator[str]:
    minute = 0
    for look in looks:
        if look.at >= minute * A_MINUTE:
            yield f"{look.held:.0f}"
            minute += 1
