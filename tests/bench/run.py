"""``make bench``: the product beside its limits, in one run, on one core.

ONLY=visitor,unlock runs some rows; QUICK=1 is short and says less; BASELINE=file names what got worse.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from briefings_site.cluster import ClusterError
from briefings_site.demo.children import ROOT

from . import cores, document, machine
from .bench import QUICK, WHOLE, Bench
from .data import folder
from .printed import table
from .programme import ROWS, measure_all, prepare
from .record import Record, Row, earlier_rows, read
from .running import ServerError
from .servers import Servers
from .store import Store, StoreError
from .tools import ToolMissing, programs
from .worse import compared

KEPT, BROKEN_PROMISE, NOT_RUN = 0, 1, 2
TROUBLES = (StoreError, ServerError, ToolMissing, ClusterError, OSError, ValueError)


class BrokenOff(Exception):
    """Somebody asked us to stop."""


def main(arguments: Sequence[str] | None = None) -> int:
    wanted = parse(arguments)
    latest = folder() / "latest.json"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, break_off)
    try:
        if wanted.document:
            return document.rewrite(read(latest))
        before = read(Path(wanted.baseline)).rows if wanted.baseline else {}
        with_everything_up(wanted, latest)
    except TROUBLES as error:
        print(f"bench: {error}", file=sys.stderr)
        return NOT_RUN
    except BrokenOff:
        print(f"bench: broken off; what was found until then is in {latest}", file=sys.stderr)
        return NOT_RUN
    return verdict(wanted, read(latest).rows, before)


def break_off(*_: object) -> None:
    raise BrokenOff


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help=f"of {', '.join(ROWS)}")
    parser.add_argument("--baseline", default=os.environ.get("BASELINE", ""), help="a latest.json of before")
    parser.add_argument("--quick", action="store_true", default=bool(os.environ.get("QUICK")))
    parser.add_argument("--document", action="store_true", help="write the last run into docs/performance.md")
    wanted = parser.parse_args(arguments)
    wanted.rows = wanted.only.split(",") if wanted.only else list(ROWS)
    if unknown := set(wanted.rows) - set(ROWS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: {', '.join(ROWS)}")
    return wanted


def with_everything_up(wanted: argparse.Namespace, latest: Path) -> None:
    """Raises what is in TROUBLES."""
    tools = programs()
    store = Store(folder())
    servers = Servers(folder() / "logs", tools)
    store.open()
    try:
        prepare(store, wanted.rows, say)
        cores.pin_children(store.postmaster, cores.OTHERS)
        cores.pin(0, cores.OTHERS)
        about = machine.told(store)
        record = Record(latest, about, earlier_rows(latest, about) if wanted.only else {})
        bench = Bench(store, servers, QUICK if wanted.quick else WHOLE, say, record)
        collect_static(bench)
        measure_all(bench, wanted.rows)
    finally:
        servers.close()
        store.close()


BEGAN = time.monotonic()


def say(what: str) -> None:
    print(f"{time.monotonic() - BEGAN:7.1f}s  {what}", flush=True)


def collect_static(bench: Bench) -> None:
    environ = {**bench.store.environ("postgres"), "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    if ended.returncode:
        raise StoreError(f"static files could not be collected: {ended.stderr.strip()[-500:]}")


def verdict(wanted: argparse.Namespace, rows: dict[str, Row], before: dict[str, Row]) -> int:
    ran = {name: rows[name] for name in wanted.rows}
    print(f"\n{table(ran)}\n")
    print(f"bench: written to {folder() / 'latest.json'}")
    for line in compared(before, ran):
        print(f"bench: worse than {wanted.baseline}: {line}")
    missed = [line for name, row in ran.items() for line in row.missed(name)]
    for line in missed:
        print(f"bench: MISSED {line}", file=sys.stderr)
    return BROKEN_PROMISE if missed else KEPT
