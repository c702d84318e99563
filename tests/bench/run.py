"""``make bench``: the product beside its limits, in one run, on one core.

ONLY=visitor,unlock runs some rows; QUICK=1 is short and says less; BASELINE=file names what got worse.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from briefings_site.cluster import ClusterError
from briefings_site.demo.children import ROOT

from . import cores, document
from .bench import QUICK, WHOLE, Bench, pin_the_database
from .data import folder
from .findings import Finding, as_json, compared, from_json, missed, table
from .load import LoadError
from .rows import cold, growth, hooks, memory, readers, searching, unlocking, visitors, weighing
from .servers import ServerError, Servers
from .store import Store, StoreError
from .tools import ToolMissing, programs

ROWS: dict[str, Callable[[Bench], None]] = {
    "visitor": visitors.measure,
    "cold": cold.measure,
    "reader": readers.measure,
    "search": searching.measure,
    "unlock": unlocking.measure,
    "webhook": hooks.measure,
    "weight": weighing.measure,
    "growth": growth.measure,
    "memory": memory.measure,
}
KEPT, BROKEN_PROMISE, NOT_RUN = 0, 1, 2


class BrokenOff(Exception):
    """Somebody asked us to stop."""


TROUBLES = (StoreError, ServerError, LoadError, ToolMissing, ClusterError, BrokenOff)


def main(arguments: Sequence[str] | None = None) -> int:
    wanted = parse(arguments)
    latest = folder() / "latest.json"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, break_off)
    if wanted.document:
        return document.rewrite(latest)
    try:
        before = (
            from_json(json.loads(Path(wanted.baseline).read_text())["findings"]) if wanted.baseline else []
        )
        bench = whole(wanted)
    except (*TROUBLES, OSError, ValueError, KeyError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return NOT_RUN
    return verdict(bench, before, latest, wanted)


def break_off(*_: object) -> None:
    raise BrokenOff("broken off")


def earlier(baseline: str) -> list[Finding]:
    return from_json(json.loads(Path(baseline).read_text())["findings"]) if baseline else []


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


def whole(wanted: argparse.Namespace) -> Bench:
    """Raises what is in TROUBLES."""
    tools = programs()
    store = Store(folder())
    servers = Servers(folder() / "logs", tools)
    store.open()
    try:
        pin_the_database(store)
        bench = Bench(store, servers, QUICK if wanted.quick else WHOLE, say)
        collect_static(bench)
        for name in wanted.rows:
            say(f"-- {name}")
            ROWS[name](bench)
        bench.settings  # noqa: B018
        return bench
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


def verdict(bench: Bench, before: Sequence[Finding], latest: Path, wanted: argparse.Namespace) -> int:
    print(f"\n{table(bench.findings)}\n")
    latest.write_text(json.dumps(told(bench, wanted), indent=1) + "\n")
    print(f"bench: written to {latest}")
    for line in compared(before, bench.findings):
        print(f"bench: worse than {wanted.baseline}: {line}")
    broken = missed(bench.findings)
    for one in broken:
        print(f"bench: MISSED {one.key}", file=sys.stderr)
    return BROKEN_PROMISE if broken else KEPT


def told(bench: Bench, wanted: argparse.Namespace) -> dict[str, Any]:
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "quick": wanted.quick,
        "rows": wanted.rows,
        "machine": {
            "cores": cores.in_words(),
            "processor": processor(),
            "python": platform.python_version(),
            **bench.settings,
        },
        "findings": as_json(bench.findings),
    }


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )
