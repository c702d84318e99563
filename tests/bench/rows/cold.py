"""The first moments after something was published: fifty who want the same page at once."""

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from briefings_site.demo.children import ROOT
from tests.bench.bench import Bench, Site
from tests.bench.load import LoadError
from tests.bench.pages import path_of
from tests.bench.queries import logged
from tests.bench.running import BEHIND_A_PROXY

ROW = "cold"
AT_ONCE = 50
AT_MOST_MS = 1_000.0
AT_MOST_QUERIES = 4
# The processes may believe the version that they read for a tenth of a second.
NOTICED = 0.25
EDITED = 7


def measure(bench: Bench) -> None:
    site = bench.site("right")
    with publishing(site) as publish:
        for name, path in {
            "the briefing itself": path_of(EDITED),
            "another briefing": path_of(EDITED + 40),
            "home": "/",
            "section": "/technology/",
            "feed": "/feed/",
        }.items():
            slowest = max(stampede_after(publish, site, path) for _ in range(bench.pace.rounds))
            bench.found(
                row=ROW, name=f"{name}, slowest of {AT_ONCE}", figure=slowest, unit="ms", at_most=AT_MOST_MS
            )
            with logged(bench.store) as so_far:
                publish()
                told = len(so_far())
                stampede(site, path)
                asked = len(so_far()) - told
            bench.found(
                row=ROW,
                name=f"{name}, queries of all {AT_ONCE}",
                figure=asked,
                unit="queries",
                at_most=AT_MOST_QUERIES,
            )


@contextmanager
def publishing(site: Site) -> Iterator[Callable[[], None]]:
    desk = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.desk"],
        cwd=ROOT,
        env=dict(site.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert desk.stdin is not None
    assert desk.stdout is not None
    desk.stdout.readline()

    def publish() -> None:
        print(f"briefing-{EDITED}", file=desk.stdin, flush=True)
        if desk.stdout.readline().strip() != "published":  # type: ignore[union-attr]
            raise LoadError("publishing failed")
        time.sleep(NOTICED)

    try:
        yield publish
    finally:
        desk.stdin.close()
        desk.wait(timeout=20)
        desk.stdout.close()


def stampede_after(publish: Callable[[], None], site: Site, path: str) -> float:
    publish()
    return stampede(site, path)


def stampede(site: Site, path: str) -> float:
    """The slowest of all who ask at once, in milliseconds."""
    start = threading.Barrier(AT_ONCE)
    taken: list[float] = []
    threads = [threading.Thread(target=ask, args=(site.port, path, start, taken)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(taken) < AT_ONCE:
        raise LoadError(
            f"of {AT_ONCE} who asked for {path} at once, {AT_ONCE - len(taken)} were not answered"
        )
    return max(taken)


def ask(port: int, path: str, start: threading.Barrier, taken: list[float]) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.connect()
    start.wait()
    begun = time.perf_counter()
    line.request("GET", path, headers=BEHIND_A_PROXY)
    answer = line.getresponse()
    answer.read()
    if answer.status == 200:
        taken.append((time.perf_counter() - begun) * 1e3)
    line.close()
