"""Staff beside the readers: credits given and taken back, pictures, publishing, expiry, the daily check."""

import json
import random
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from briefings_site.demo.children import ROOT

from .house import House
from .journal import Journal
from .newsroom import MORE, POOR, RICH, email_of
from .tally import Tally

LONGEST_PAUSE = 1.2
AGAIN_AFTER = 0.5
DEEDS = {
    "grant": 50,
    "grant-that-expires": 10,
    "take-back": 15,
    "picture": 12,
    "publish": 6,
    "expire": 4,
    "check": 3,
}


class Desk:
    """The process behind the counter. When it ends, the next question starts another."""

    def __init__(self, house: House, log: Path) -> None:
        self.house = house
        self.log = log
        self.process: subprocess.Popen[str] | None = None
        self.asked = 0

    def ask(self, do: str, facts: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        try:
            line = self.open()
            assert line.stdin is not None
            assert line.stdout is not None
            line.stdin.write(json.dumps({"id": self.asked, "do": do, "facts": facts}) + "\n")
            line.stdin.flush()
            answer: dict[str, Any] = json.loads(line.stdout.readline() or '{"failed": "the desk is gone"}')
        except (BrokenPipeError, json.JSONDecodeError) as error:
            answer = {"failed": str(error)}
        if answer.get("failed") == "the desk is gone":
            self.close()
        return answer

    def open(self) -> "subprocess.Popen[str]":
        if self.process is None or self.process.poll() is not None:
            with self.log.open("a") as log:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "tests.chaos.desk"],
                    cwd=ROOT,
                    env=self.house.environ,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,
                )
            assert self.process.stdout is not None
            self.process.stdout.readline()
        return self.process

    def close(self) -> None:
        if self.process is not None:
            self.process.communicate(timeout=None)
            self.process = None


class Staff(threading.Thread):
    def __init__(
        self, house: House, journal: Journal, tally: Tally, *, seed: int, stopping: threading.Event
    ) -> None:
        super().__init__(name="staff", daemon=True)
        self.journal = journal
        self.tally = tally
        self.seed = seed
        self.draw = random.Random(f"{seed}:staff")
        self.dice = random.Random()
        self.desk = Desk(house, house.logs / "desk.log")
        self.stopping = stopping
        self.number = 0

    def run(self) -> None:
        while not self.stopping.wait(self.draw.uniform(0.05, LONGEST_PAUSE)):
            self.number += 1
            self.dice = random.Random(f"{self.seed}:staff:{self.number}")
            deed = self.draw.choices(list(DEEDS), list(DEEDS.values()))[0]
            getattr(self, deed.replace("-", "_"))()
        self.desk.close()

    def insist(self, do: str, **facts: Any) -> str | None:
        """Ask until there is an answer, always the same. None: refused, or nobody knows."""
        while True:
            answer = self.desk.ask(do, facts)
            if "failed" not in answer:
                break
            self.tally.did("staff: asked again")
            if self.stopping.wait(AGAIN_AFTER):
                return None
        self.tally.did(f"staff: {do}{' refused' if 'refused' in answer else ''}")
        return answer.get("done")

    def someone(self) -> str:
        known = [email_of("rich", number + 1) for number in range(RICH)]
        known += [email_of("poor", number + 1) for number in range(POOR)]
        return self.dice.choice(known + sorted(self.journal.registered()))

    def grant(self, expires: str | None = None) -> None:
        facts = {"email": self.someone(), "number": self.dice.randint(1, 4), "key": self.key()}
        self.journal.write("asked-grant", **facts)
        if self.insist("grant", expires=expires, **facts) is not None:
            self.journal.write("granted", expires=expires, **facts)

    def grant_that_expires(self) -> None:
        soon = datetime.now(UTC) + timedelta(seconds=self.dice.uniform(4, 15))
        self.grant(expires=soon.isoformat())

    def take_back(self) -> None:
        taken = {line["key"] for line in self.journal.of("asked-take-back")}
        given = [line["key"] for line in self.journal.of("granted") if line["key"] not in taken]
        if given:
            key = self.dice.choice(given)
            self.journal.write("asked-take-back", key=key)
            if self.insist("take-back", key=key) is not None:
                self.journal.write("taken-back", key=key)

    def picture(self) -> None:
        title = f"weather-{self.seed}-{self.number}"
        pk = self.insist("picture", title=title)
        if pk is not None:
            self.journal.write("picture", pk=int(pk))

    def publish(self) -> None:
        self.insist("publish", slug=f"chaos-{self.dice.randint(1, MORE)}")

    def expire(self) -> None:
        self.insist("run", command="expire_credits")

    def check(self) -> None:
        if self.insist("run", command="check_ledger") is None and not self.stopping.is_set():
            self.tally.promise_broken("check_ledger found a difference beside the load")

    def key(self) -> str:
        return f"chaos-{self.seed}-{self.number}"
