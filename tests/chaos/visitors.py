"""Visitors: no cookie, every page the same for all of them, and not one locked word."""

import random
import threading

from .browsing import Browser, Lost
from .marks import wrong_for_a_visitor
from .readers import AFTER_A_LOSS
from .world import World

LONGEST_THOUGHT = 0.5
ELSEWHERE = ("/", "/technology/", "/feed/", "/sitemap.xml", "/search/?q=insightword3x", "/club/")


class Visitor(threading.Thread):
    def __init__(self, world: World, name: str, *, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.world = world
        self.draw = random.Random(f"{seed}:{name}")
        self.address = f"10.251.{seed % 250}.{self.draw.randint(1, 250)}"

    def run(self) -> None:
        while not self.world.stopping.wait(self.draw.uniform(0.0, LONGEST_THOUGHT)):
            briefing = self.draw.choice(self.world.briefings)
            path = briefing.path if self.draw.random() < 0.75 else self.draw.choice(ELSEWHERE)
            try:
                self.look_at(path)
            except Lost:
                self.world.stopping.wait(AFTER_A_LOSS)

    def look_at(self, path: str) -> None:
        answer = Browser(self.world.port, self.world.tally, address=self.address).get(path)
        briefing = self.world.at(path)
        for wrong in wrong_for_a_visitor(answer, briefing):
            self.world.tally.promise_broken(wrong)
        if briefing is not None and (answer.status != 200 or answer.gate != "locked"):
            kind = f"{answer.status} to a visitor, gate {answer.gate}"
            self.world.tally.error(kind, path, answer.began, answer.ended)
        self.world.tally.did("visit")
