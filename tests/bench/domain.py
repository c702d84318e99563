"""Unlocks without HTTP: eight threads inside one process of the site. Says its figures as one JSON line.

Input: a file with a line for each unlock, of the ids of reader and briefing; for how many seconds; and the
process of the database, whose time is told too. Run inside the site.
"""

import gc
import json
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.db import connections

from .spent import Spent, seconds_of

if TYPE_CHECKING:
    from accounts.models import User
    from articles.models import BriefingPage

THREADS = 8


def main() -> None:
    django.setup()
    wanted = iter(read(Path(sys.argv[1])))
    # This thread asks for nothing more, and each of the others needs a connection of the pool's.
    connections.close_all()
    # Nor do requests look through what others hold whenever they collect their garbage.
    gc.freeze()
    taking = threading.Lock()
    server = int(sys.argv[3])
    begun, worked, busy = time.monotonic(), time.process_time(), seconds_of(server)
    until = begun + float(sys.argv[2])
    with ThreadPoolExecutor(THREADS) as threads:
        done = list(threads.map(lambda _: unlock_until(wanted, taking, until), range(THREADS)))
    taken, worked = time.monotonic() - begun, time.process_time() - worked
    spent = Spent(worked, seconds_of(server) - busy)
    times = sorted(one for some in done for one in some)
    told = {"rate": len(times) / taken, "p99": times[len(times) * 99 // 100] * 1e3, "count": len(times)}
    each, ran_out = spent.each_of(len(times)), next(wanted, None) is None
    print(json.dumps(told | {"python": each.site, "database": each.database, "ran_out": ran_out}))


def read(file: Path) -> "list[tuple[User, BriefingPage]]":
    """Readers and pages are at hand in every request, whatever becomes of it."""
    from accounts.models import User
    from articles.models import BriefingPage

    pairs = [tuple(map(int, line.split())) for line in file.read_text().splitlines()]
    readers = User.objects.in_bulk({reader for reader, _ in pairs})
    pages = BriefingPage.objects.defer("body").in_bulk({page for _, page in pairs})
    return [(readers[reader], pages[page]) for reader, page in pairs]


def unlock_until(
    wanted: "Iterator[tuple[User, BriefingPage]]", taking: threading.Lock, until: float
) -> list[float]:
    from insights.unlocks import Intent, unlock

    times: list[float] = []
    while time.monotonic() < until:
        with taking:
            pair = next(wanted, None)
        if pair is None:
            break
        reader, page = pair
        begun = time.perf_counter()
        outcome = unlock(reader=reader, page=page, intent=Intent(price=99))
        times.append(time.perf_counter() - begun)
        assert outcome.spent == page.price, f"{pair} cost {outcome.spent}"
    return times


if __name__ == "__main__":
    main()
