"""``make cluster``: the whole of it on one machine, rehearsed and judged."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.briefings_site.conftest import ROOT
from tests.chaos.briefings import briefings_of
from tests.chaos.journal import Journal

from .failover import failover
from .house import House, HouseError
from .programs import Missing
from .rehearsals import node, races, redis, replica, restart, sweep
from .stage import Finding, Rehearsal, Stage

# The last one changes who is the primary.
REHEARSALS: dict[str, Rehearsal] = {
    "sweep": sweep,
    "races": races,
    "restart": restart,
    "node": node,
    "replica": replica,
    "redis": redis,
    "failover": failover,
}


class BrokenOff(Exception):
    """Somebody asked us to stop."""


def main(arguments: Sequence[str] | None = None) -> int:
    wanted = parse(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, break_off)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=room()))
    try:
        findings = rehearse(wanted, folder)
    except (HouseError, Missing, AssertionError) as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 1
    except BrokenOff:
        print("cluster: broken off", file=sys.stderr)
        return 1
    return verdict(findings, folder)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(REHEARSALS), default=list(REHEARSALS))
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each rehearsal is under load")
    parser.add_argument("--stay", action="store_true", help="keep it running afterwards, for looking at")
    return parser.parse_args(arguments)


def room() -> Path:
    folder = ROOT / "var" / "cluster"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def break_off(*_: object) -> None:
    raise BrokenOff


def rehearse(wanted: argparse.Namespace, folder: Path) -> list[Finding]:
    house = House(folder)
    began = time.monotonic()
    try:
        house.open()
        print(f"cluster: open at {house.base_url} after {time.monotonic() - began:.0f}s", flush=True)
        journal = Journal(folder / "journal.jsonl")
        ours = [briefing for briefing in briefings_of(house.ask) if "/chaos-" in briefing.path]
        stage = Stage(house, journal, ours, wanted.seconds)
        findings = [found for name in wanted.only for found in shown(name, REHEARSALS[name], stage)]
        if wanted.stay:
            stay(house)
    finally:
        house.close()
    return findings


def shown(name: str, rehearsal: Rehearsal, stage: Stage) -> list[Finding]:
    print(f"{name}:", flush=True)
    findings = []
    for finding in rehearsal(stage):
        print(finding, flush=True)
        findings.append(finding)
    return findings


def stay(house: House) -> None:
    print(f"cluster: {house.base_url} stays until Ctrl-C; certificate {house.ca}, logs {house.logs}")
    while True:
        signal.pause()


def verdict(findings: Sequence[Finding], folder: Path) -> int:
    broken = [finding for finding in findings if not finding.kept]
    if broken:
        print(
            f"cluster: {len(broken)} promises broken; logs and journal are kept in {folder}", file=sys.stderr
        )
        return 1
    shutil.rmtree(folder)
    print(f"cluster: {len(findings)} promises kept")
    return 0
