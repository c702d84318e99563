"""Unlocks: in the domain beside pgbench, and over HTTP beside a bare view that calls the same function."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from urllib.parse import urlencode

from briefings_site.demo.children import ROOT
from tests.bench import cores
from tests.bench.bench import Bench, Site
from tests.bench.environment import BASE_URL
from tests.bench.load import Figures, LoadError, in_turns, written
from tests.bench.names import session_of
from tests.bench.pages import CSRF_COOKIE, CSRF_SECRET, SESSION_COOKIE
from tests.bench.possible import DEAREST, first_reader, left, pages_of, possible
from tests.bench.running import Running
from tests.bench.smallest import (
    CLIENTS,
    UNGUARDED,
    lay_the_smallest,
    lay_the_unguarded,
    smallest,
    unguarded,
)
from tests.bench.spent import Spent

ROW = "unlock"
FASTEST = 9_000


def measure(bench: Bench) -> None:
    in_the_domain(bench, bench.site("right"))
    over_http(bench, bench.site("right"))


def in_the_domain(bench: Bench, site: Site) -> None:
    lay_the_smallest(bench)
    lay_the_unguarded(bench)
    measures = {
        "site": lambda: domain(bench, site),
        "pgbench": lambda: smallest(bench),
        "unguarded": lambda: unguarded(bench),
    }
    turns = in_turns(bench.pace.rounds, measures)
    bench.beside(
        row=ROW,
        name="in the domain",
        ours=turns["site"],
        limits=turns["pgbench"],
        of="pgbench",
        at_least=0.4,
        hope=0.7,
        note=f"{CLIENTS} threads, p99 {slowest(turns['site']):.1f} ms, {turns['site'][-1].spent}",
    )
    # What is left of the distance when nothing is guarded: it promises nothing in either sense.
    bench.beside(
        row=ROW,
        name="its rows without a guard, by pgbench",
        ours=turns["unguarded"],
        limits=turns["pgbench"],
        of="pgbench",
    )
    bench.store.drop(UNGUARDED)


def slowest(turns: Sequence[Figures]) -> float:
    return max(one.p99 for one in turns)


def domain(bench: Bench, site: Site, seconds: float | None = None, *, most: int | None = None) -> Figures:
    """``most`` ends it earlier, where few can be made."""
    seconds = seconds or bench.pace.seconds
    first = first_reader(bench, site)
    pages = pages_of(bench, site)
    wanted = min(most or int(seconds * FASTEST), left(site))
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{first + reader} {pages[number][0]}\n" for reader, number in possible(site, wanted))
        file.flush()
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.bench.domain",
                file.name,
                str(seconds),
                str(bench.store.postmaster),
            ],
            cwd=ROOT,
            env={**site.environ, "DATABASE_POOL_SIZE": str(CLIENTS)},
            capture_output=True,
            text=True,
            preexec_fn=lambda: cores.pin(0, cores.MEASURED),
        )
    if ended.returncode:
        raise LoadError(f"unlocking in the domain failed: {ended.stderr.strip()[-1500:]}")
    said = json.loads(ended.stdout)
    site.unlocked += said["count"]
    if said["ran_out"] and most is None:
        raise LoadError("there were not enough unlocks to be made")
    spent = Spent(said["python"], said["database"])
    return Figures(said["rate"], p50=0, p99=said["p99"], longest=0, requests=said["count"], spent=spent)


def over_http(bench: Bench, site: Site) -> None:
    turns = in_turns(
        bench.pace.rounds,
        {"site": lambda: forms(bench, site), "bare": lambda: postings(bench, site, bench.bare)},
    )
    bench.beside(
        row=ROW,
        name="over HTTP, form to 303",
        ours=turns["site"],
        limits=turns["bare"],
        of="bare POST view",
        at_least=0.5,
        hope=0.8,
        note=f"p99 {slowest(turns['site']):.1f} ms, {turns['site'][-1].spent}, "
        f"the bare view {turns['bare'][-1].spent}",
    )


def forms(bench: Bench, site: Site, seconds: float | None = None) -> Figures:
    """A reader may unlock once a second, which is enough where there are many."""
    seconds = seconds or bench.pace.seconds
    bench.forget_limits(site)
    pages = pages_of(bench, site)
    before = unlocks_in(bench, site)
    wanted = min(int(seconds * FASTEST), left(site))
    requests = [form(pages[number][0], reader) for reader, number in possible(site, wanted)]
    figures = bench.load(seconds).on(site.port, requests, once=True)
    site.unlocked += figures.taken
    if unlocks_in(bench, site) - before < figures.requests:
        raise LoadError("not every form that was answered unlocked a briefing")
    return figures


def form(page: int, reader: int) -> bytes:
    body = urlencode({"csrfmiddlewaretoken": CSRF_SECRET, "price": DEAREST}).encode()
    cookies = f"{SESSION_COOKIE}={session_of(reader)}; {CSRF_COOKIE}={CSRF_SECRET}"
    headers = {"Cookie": cookies, "Origin": BASE_URL, "Content-Type": "application/x-www-form-urlencoded"}
    return written(f"/unlock/{page}/", method="POST", body=body, headers=headers)


def unlocks_in(bench: Bench, site: Site) -> int:
    [(count,)] = bench.store.ask("SELECT count(*) FROM insights_unlock", database=site.database)
    return int(count)


def postings(bench: Bench, site: Site, bare: Running) -> Figures:
    first = first_reader(bench, site)
    pages = pages_of(bench, site)
    before = unlocks_in(bench, site)
    wanted = min(int(bench.pace.seconds * FASTEST), left(site))
    requests = [posting(first + reader, *pages[number][1:]) for reader, number in possible(site, wanted)]
    figures = bench.load().on(bare.port, requests, once=True)
    site.unlocked += figures.taken
    if unlocks_in(bench, site) - before < figures.requests:
        raise LoadError("not every posting that was answered unlocked a briefing")
    return figures


def posting(reader: int, key: str, title: str) -> bytes:
    given = {"reader": reader, "key": key, "title": title}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return written("/posting", method="POST", body=urlencode(given).encode(), headers=headers)
