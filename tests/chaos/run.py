"""``make chaos SEED=n``: one run, from an empty folder to a verdict."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from briefings_site.cluster import ClusterError
from briefings_site.demo.children import ROOT

from .briefings import briefings_of
from .house import House, HouseError
from .journal import Journal
from .newsroom import PASSWORD, POOR, RICH, rich_credits
from .plan import LASTS, Fault, plan_for
from .quiet import drain
from .readers import Newcomer, Reader
from .report import report
from .staff import Staff
from .tally import Tally
from .verify import findings
from .visitors import Visitor
from .visits import BALANCES, visits_after_quiet
from .weather import Weather
from .windows import Windows
from .world import World

NEWCOMERS, VISITORS = 3, 2
ROOM = 500


class BrokenOff(Exception):
    """Somebody asked us to stop."""


def main(arguments: Sequence[str] | None = None) -> int:
    wanted = parse(arguments)
    plan = plan_for(wanted.seed, wanted.seconds, wanted.only)
    print(f"chaos: seed {wanted.seed}, {wanted.seconds:g} seconds, {len(plan)} faults")
    print("\n".join(str(fault) for fault in plan), flush=True)
    data_dir = Path(tempfile.mkdtemp(prefix=f"seed-{wanted.seed}-", dir=room()))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, break_off)
    broken = ["it did not come to an end"]
    try:
        broken = Run(wanted.seed, wanted.seconds, plan, data_dir).whole()
    except (HouseError, ClusterError) as error:
        broken = [str(error)]
    except BrokenOff:
        broken = ["broken off"]
    return verdict(wanted, broken, data_dir)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="drawn and printed when not given")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the weather is bad")
    parser.add_argument(
        "--only", nargs="+", choices=list(LASTS), default=list(LASTS), help="these faults alone"
    )
    wanted = parser.parse_args(arguments)
    wanted.seed = random.randrange(100_000) if wanted.seed is None else wanted.seed
    return wanted


def room() -> Path:
    folder = ROOT / "var" / "chaos"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def break_off(*_: object) -> None:
    raise BrokenOff


def verdict(wanted: argparse.Namespace, broken: list[str], data_dir: Path) -> int:
    if broken:
        print(f"chaos: BROKEN with seed {wanted.seed}: {broken[0]}", file=sys.stderr)
        print(f"chaos: {len(broken)} in all. Data, logs and journal are kept in {data_dir}", file=sys.stderr)
        print(f"chaos: again with  make chaos SEED={wanted.seed} SECONDS={wanted.seconds:g}", file=sys.stderr)
        return 1
    shutil.rmtree(data_dir)
    print(f"chaos: seed {wanted.seed}: every promise kept")
    return 0


class Run:
    def __init__(self, seed: int, seconds: float, plan: Sequence[Fault], data_dir: Path) -> None:
        self.seed = seed
        self.seconds = seconds
        self.plan = plan
        self.house = House(data_dir)
        self.journal = Journal(data_dir / "journal.jsonl")
        self.tally = Tally(Windows())
        self.stopping = threading.Event()
        (data_dir / "plan.txt").write_text("\n".join(str(fault) for fault in plan) + "\n")

    def whole(self) -> list[str]:
        try:
            self.house.open()
            self.storm()
            self.quiet()
            self.verify()
            report(self.tally, seconds=self.ended - self.began, began=self.began, ended=self.ended)
        finally:
            self.stopping.set()
            self.house.close()
            self.journal.close()
        return self.tally.broken

    def storm(self) -> None:
        self.world = World(
            port=self.house.port,
            briefings=briefings_of(self.house.ask),
            journal=self.journal,
            tally=self.tally,
            post=self.house.post,
            stopping=self.stopping,
        )
        weather = Weather(self.house, self.tally, seed=self.seed)
        weather.sign_in()
        crowd = [
            *self.readers(),
            Staff(self.house, self.journal, self.tally, seed=self.seed, stopping=self.stopping),
        ]
        self.began = time.monotonic()
        for person in crowd:
            person.start()
        try:
            weather.pass_over(self.plan, self.seconds)
        finally:
            self.stopping.set()
            self.ended = time.monotonic()
        for person in crowd:
            person.join()

    def readers(self) -> list[threading.Thread]:
        rich = [
            Reader(
                self.world,
                f"rich-{number}",
                seed=self.seed,
                credits=range(rich_credits(number) - ROOM, rich_credits(number) + ROOM),
                password=PASSWORD if number == 1 else "",
            )
            for number in range(1, RICH + 1)
        ]
        little = range(ROOM)
        poor = [
            Reader(self.world, f"poor-{number}", seed=self.seed, credits=little)
            for number in range(1, POOR + 1)
        ]
        new = [
            Newcomer(self.world, f"new-{number}", seed=self.seed, credits=little)
            for number in range(1, NEWCOMERS + 1)
        ]
        visitors = [Visitor(self.world, f"visitor-{number}", seed=self.seed) for number in range(VISITORS)]
        return [*rich, *poor, *new, *visitors]

    def quiet(self) -> None:
        """All parts up, the queue empty."""
        self.house.await_readiness()
        drain(self.house.ask)

    def verify(self) -> None:
        self.house.run("expire", "manage.py", "expire_credits")
        checked = self.house.command("manage.py", "check_ledger")
        print((checked.stdout + checked.stderr).strip())
        if checked.returncode:
            self.tally.promise_broken(f"check_ledger: {checked.stderr.strip()}")
        for finding in findings(self.house.ask, self.journal):
            self.tally.promise_broken(finding)
        balances = {email: int(held) for email, held in self.house.ask(BALANCES)}
        for finding in visits_after_quiet(self.world, self.journal, balances):
            self.tally.promise_broken(finding)
