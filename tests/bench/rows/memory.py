"""What a web process holds after minutes of all that people do at once."""

import random
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import mean

from tests.bench.bench import WHOLE, Bench, Site
from tests.bench.load import Load, written
from tests.bench.pages import cookie, members, path_of, paths_of, plain_readers
from tests.bench.possible import pages_of, possible

from . import searching, unlocking

ROW = "memory"
AT_MOST_MIB, HOPE_MIB = 220.0, 150.0
# Promised of ten minutes: in a short run all that is kept is still being filled.
FLAT = 1.03
EVERY = 2.0
# Each kind of request so often among a hundred.
MIX = {"visitor": 60, "locked": 15, "open": 10, "home": 8, "search": 5, "unlock": 2}
A_BATCH = 20_000
A_BATCHS_SECONDS = 30.0


def measure(bench: Bench) -> None:
    site = bench.site("right")
    held = [(0.0, held_by(site))]
    begun = time.monotonic()
    ended = threading.Event()
    watching = threading.Thread(target=watch, args=(site, begun, held, ended))
    watching.start()
    try:
        rate = mixed(bench, site, begun)
    finally:
        ended.set()
        watching.join()
    report(bench, held, rate)


def report(bench: Bench, held: list[tuple[float, float]], rate: float) -> None:
    thirds = len(held) // 3
    middle, last = (
        mean(mib for _, mib in held[thirds : 2 * thirds]),
        mean(mib for _, mib in held[2 * thirds :]),
    )
    bench.found(
        row=ROW,
        name=f"web process after {held[-1][0] / 60:.1f} minutes",
        figure=max(mib for _, mib in held),
        unit="MiB",
        at_most=AT_MOST_MIB,
        hope=HOPE_MIB,
        note=f"{held[0][1]:.0f} MiB before, {rate:.0f} requests a second of all kinds",
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


def watch(site: Site, begun: float, held: list[tuple[float, float]], ended: threading.Event) -> None:
    while not ended.wait(EVERY):
        held.append((time.monotonic() - begun, held_by(site)))


def held_by(site: Site) -> float:
    """MiB of the largest process that answers, with all that it shares with nobody else counted whole."""
    return max(resident(pid) for pid in site.running.workers)


def resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def mixed(bench: Bench, site: Site, begun: float) -> float:
    rates = []
    while (remaining := begun + bench.pace.memory_seconds - time.monotonic()) > 1:
        bench.forget_limits(site)
        load = Load(bench.tools["wrk"], min(A_BATCHS_SECONDS, remaining))
        rates.append(load.on(site.port, list(islice(requests(bench, site, len(rates)), A_BATCH))).rate)
    return mean(rates)


def requests(bench: Bench, site: Site, turn: int) -> Iterator[bytes]:
    dice = random.Random(f"mixture {turn}")
    size = site.size
    plain, club = plain_readers(size), members(size)
    locked, opened = (list(paths_of(plain, size, unlocked=which).items()) for which in (False, True))
    pages, searches = pages_of(bench, site), searching.pairs(1_000 + turn)
    unlocks = possible(site, most := A_BATCH * MIX["unlock"] // 50)
    site.unlocked += most
    while True:
        match dice.choices(list(MIX), list(MIX.values()))[0]:
            case "visitor":
                some = [path_of(dice.randrange(size.briefings)), "/", "/technology/", "/feed/"]
                yield written(dice.choice(some), headers={"Accept-Encoding": "gzip"})
            case "locked":
                reader, path = dice.choice(locked)
                yield written(path, headers=cookie(reader))
            case "open":
                reader, path = dice.choice(opened)
                yield written(path, headers=cookie(reader))
            case "home":
                yield written("/", headers=cookie(dice.choice(club)))
            case "search":
                yield written(f"/search/?q={next(searches)}")
            case "unlock":
                reader, number = next(unlocks)
                yield unlocking.form(pages[number][0], reader)
