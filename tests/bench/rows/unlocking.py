"""Unlocks: in the domain beside pgbench, and over HTTP beside a bare view that calls the same function."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from psycopg.sql import SQL, Identifier

from briefings_site.cluster import SUPERUSER, _programs
from briefings_site.demo.children import ROOT
from tests.bench import cores
from tests.bench.bench import Bench, Site
from tests.bench.environment import BASE_URL
from tests.bench.load import Figures, LoadError, drift_of, in_turns, rate_of, ratio_of, written
from tests.bench.names import session_of
from tests.bench.pages import CSRF_COOKIE, CSRF_SECRET, SESSION_COOKIE
from tests.bench.possible import DEAREST, first_reader, pages_of, possible
from tests.bench.servers import Running

ROW = "unlock"
CLIENTS = 8
FASTEST = 9_000
LIMITS = Path(__file__).parent.parent / "limits"
SMALLEST = "bench_smallest"
# "tps = 5800.123 (without initial connection time)"
TPS = re.compile(r"^tps = ([\d.]+) ", re.MULTILINE)
NONE_FAILED = "number of failed transactions: 0 "
LATENCY = re.compile(r"^latency average = ([\d.]+) ms", re.MULTILINE)


def measure(bench: Bench) -> None:
    in_the_domain(bench, bench.site("right"))
    over_http(bench, bench.site("right"))


def in_the_domain(bench: Bench, site: Site) -> None:
    lay_the_smallest(bench)
    turns = in_turns(
        bench.pace.rounds, {"site": lambda: domain(bench, site), "pgbench": lambda: smallest(bench)}
    )
    ours, limits = ([one.rate for one in turns[which]] for which in ("site", "pgbench"))
    bench.found(
        row=ROW,
        name="in the domain",
        figure=rate_of(turns["site"]),
        unit="/s",
        limit=rate_of(turns["pgbench"]),
        of="pgbench",
        ratio=ratio_of(ours, limits),
        at_least=0.4,
        hope=0.7,
        drift=drift_of(limits),
        note=f"{CLIENTS} threads, p99 {max(one.p99 for one in turns['site']):.1f} ms",
    )


def domain(bench: Bench, site: Site, seconds: float | None = None) -> Figures:
    seconds = seconds or bench.pace.seconds
    first = first_reader(bench, site)
    pages = pages_of(bench, site)
    wanted = min(int(seconds * FASTEST), left(site) // 4)
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{first + reader} {pages[number][0]}\n" for reader, number in possible(site, wanted))
        file.flush()
        ended = subprocess.run(
            [sys.executable, "-m", "tests.bench.domain", file.name, str(seconds)],
            cwd=ROOT,
            env={**site.environ, "DATABASE_POOL_SIZE": str(CLIENTS)},
            capture_output=True,
            text=True,
            preexec_fn=lambda: cores.pin(0, cores.MEASURED),
        )
    if ended.returncode:
        raise LoadError(f"unlocking in the domain failed: {ended.stderr.strip()[-1500:]}")
    said = json.loads(ended.stdout)
    if said["ran_out"]:
        raise LoadError("there were not enough unlocks to be made")
    bench.say(f"{said['python']:.2f} ms of Python an unlock")
    return Figures(rate=said["rate"], p50=0, p99=said["p99"], longest=0, requests=said["count"])


def left(site: Site) -> int:
    return len(range(site.size.readers)) * 9 // 10 * (site.size.briefings - site.size.deeds) - site.unlocked


def lay_the_smallest(bench: Bench) -> None:
    if bench.store.comment_on(SMALLEST) != "whole":
        bench.store.copy("template0", SMALLEST)
        bench.store.ask((LIMITS / "smallest_unlock.sql").read_text(), database=SMALLEST)
        bench.store.ask("VACUUM ANALYZE", database=SMALLEST)
        bench.store.ask(SQL("COMMENT ON DATABASE {} IS 'whole'").format(Identifier(SMALLEST)))


def smallest(bench: Bench) -> Figures:
    command = [str(_programs() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}"]
    command += [f"--time={max(1, round(bench.pace.seconds))}", f"--file={LIMITS / 'smallest_unlock.pgbench'}"]
    ended = subprocess.run(
        [*command, bench.store.url(SMALLEST, SUPERUSER)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: cores.pin(0, cores.MEASURED),
    )
    return told_by_pgbench(ended.stdout + ended.stderr)


def told_by_pgbench(output: str) -> Figures:
    rate, latency = TPS.search(output), LATENCY.search(output)
    if (
        rate is None
        or latency is None
        or "failed: 0 " not in output.replace("transactions: 0 ", "failed: 0 ")
    ):
        raise LoadError(f"pgbench told no figures: {output.strip()[-500:]}")
    middle = float(latency[1])
    return Figures(rate=float(rate[1]), p50=middle, p99=middle, longest=middle, requests=0)


def over_http(bench: Bench, site: Site) -> None:
    turns = in_turns(
        bench.pace.rounds,
        {"site": lambda: forms(bench, site), "bare": lambda: postings(bench, site, bench.bare)},
    )
    ours, limits = ([one.rate for one in turns[which]] for which in ("site", "bare"))
    bench.found(
        row=ROW,
        name="over HTTP, form to 303",
        figure=rate_of(turns["site"]),
        unit="/s",
        limit=rate_of(turns["bare"]),
        of="bare POST view",
        ratio=ratio_of(ours, limits),
        at_least=0.5,
        hope=0.8,
        drift=drift_of(limits),
        note=f"p99 {max(one.p99 for one in turns['site']):.1f} ms",
    )


def forms(bench: Bench, site: Site, seconds: float | None = None) -> Figures:
    """A reader may unlock once a second, which is enough where there are many."""
    seconds = seconds or bench.pace.seconds
    bench.forget_limits(site)
    pages = pages_of(bench, site)
    before = unlocks_in(bench, site)
    wanted = min(int(seconds * FASTEST), left(site) // 4)
    requests = [form(pages[number][0], reader) for reader, number in possible(site, wanted)]
    figures = bench.load(seconds).on(site.port, requests, once=True)
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
    wanted = min(int(bench.pace.seconds * FASTEST), left(site) // 4)
    requests = [posting(first + reader, *pages[number][1:]) for reader, number in possible(site, wanted)]
    figures = bench.load().on(bare.port, requests, once=True)
    if unlocks_in(bench, site) - before < figures.requests:
        raise LoadError("not every posting that was answered unlocked a briefing")
    return figures


def posting(reader: int, key: str, title: str) -> bytes:
    given = {"reader": reader, "key": key, "title": title}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return written("/posting", method="POST", body=urlencode(given).encode(), headers=headers)
