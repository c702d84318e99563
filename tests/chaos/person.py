"""Somebody with a browser, a purse and a memory of what they were told."""

import random
import threading
from collections.abc import Iterable

from .browsing import Browser
from .marks import Answer, Briefing, wrong_for_a_reader, wrong_for_a_visitor
from .world import World


class Person(threading.Thread):
    def __init__(self, world: World, name: str, *, seed: int, credits: range, password: str = "") -> None:
        super().__init__(name=name, daemon=True)
        self.world = world
        self.seed = seed
        self.draw = random.Random(f"{seed}:{name}")
        # For what a deed decides on its way: however often it is asked, the next want is the same.
        self.dice = random.Random()
        self.credits = credits
        self.password = password
        self.address = f"10.{seed % 250}.{self.draw.randint(1, 250)}.{self.draw.randint(1, 250)}"
        self.become(f"{name}@chaos.example.com")

    def become(self, email: str) -> None:
        self.email = email
        self.browser = Browser(self.world.port, self.world.tally, address=self.address)
        self.signed_in = False
        self.not_before = 0.0
        self.asked: set[str] = set()
        self.mine: set[str] = set()

    def look_at(self, briefing: Briefing) -> Answer:
        mine = briefing.path in self.mine
        answer = self.browser.get(briefing.path)
        self.weigh(answer, briefing)
        if answer.gate == "open":
            self.acknowledge(briefing, answer, way="page")
        elif mine and answer.gate == "locked":
            self.in_calm(answer, f"{briefing.path} is shut to {self.email}, who unlocked it")
        return answer

    def in_calm(self, answer: Answer, wrong: str) -> None:
        """While the database is away the gate fails shut; in calm weather that is a broken promise."""
        if self.world.tally.windows.excuse(answer.began, answer.ended):
            self.world.tally.did("shut for a moment")
        else:
            self.world.tally.promise_broken(wrong)

    def weigh(self, answer: Answer, briefing: Briefing | None = None) -> None:
        if self.taken_for_a_visitor(answer):
            self.signed_in = False
            self.in_calm(answer, f"{self.email} was signed out at {answer.path}")
            self.hear(wrong_for_a_visitor(answer, briefing))
            return
        asked = briefing is not None and briefing.path in self.asked
        self.hear(
            wrong_for_a_reader(answer, email=self.email, credits=self.credits, briefing=briefing, asked=asked)
        )

    def hear(self, wrongs: Iterable[str]) -> None:
        for wrong in wrongs:
            self.world.tally.promise_broken(wrong)

    def taken_for_a_visitor(self, answer: Answer) -> bool:
        return self.signed_in and answer.status == 200 and ">Sign in</a>" in answer.text

    def ask_for(self, briefing: Briefing) -> None:
        self.asked.add(briefing.path)
        self.world.journal.write("asked-open", email=self.email, path=briefing.path)

    def acknowledge(self, briefing: Briefing, answer: Answer, *, way: str) -> None:
        if "unlocked" in answer.reasons and briefing.path not in self.mine:
            self.mine.add(briefing.path)
            balance = answer.balances[0] if answer.balances else None
            self.world.journal.write("opened", email=self.email, path=briefing.path, way=way, balance=balance)
            self.world.tally.did("acknowledged unlock")
