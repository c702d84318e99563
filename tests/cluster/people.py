"""Those who come to the cluster's public address: over TLS, each from an address of their own."""

import http.client
import random
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.browsing import PATIENCE, Browser, Lost
from tests.chaos.marks import Briefing, wrong_for_a_visitor
from tests.chaos.readers import AFTER_A_LOSS
from tests.chaos.unlocking import Unlocking
from tests.chaos.visitors import ELSEWHERE
from tests.chaos.world import World

LONGEST_THOUGHT = 1.0
DEEDS = {"read": 20, "unlock_by_form": 50, "unlock_by_htmx": 20, "double_click": 10}
SESSION = "__Host-session"


@dataclass
class Gate:
    """How to come in: the certificate, and sessions by address of the reader."""

    ca: str
    sessions: dict[str, str]

    def __post_init__(self) -> None:
        self.tls = ssl.create_default_context(cafile=self.ca)


class SecureBrowser(Browser):
    def __init__(self, world: World, gate: Gate, *, address: str) -> None:
        super().__init__(world.port, world.tally, address=address)
        self.gate = gate

    def line(self) -> http.client.HTTPConnection:
        """From one of the machine's own addresses, since nginx believes no other."""
        return http.client.HTTPSConnection(
            "localhost", self.port, timeout=PATIENCE, context=self.gate.tls, source_address=(self.address, 0)
        )

    def headers(self, method: str) -> dict[str, str]:
        headers = super().headers(method)
        del headers["X-Forwarded-For"]
        return headers | ({"Origin": f"https://localhost:{self.port}"} if method == "POST" else {})


class Reader(Unlocking):
    """Signed in already; unlocks what it does not have, and reads."""

    def __init__(self, world: World, gate: Gate, email: str, *, credits: range, number: int) -> None:
        self.gate = gate
        super().__init__(world, email.partition("@")[0], seed=number, credits=credits)

    def become(self, email: str) -> None:
        super().become(email)
        self.address = f"127.1.{self.draw.randint(0, 250)}.{self.draw.randint(1, 250)}"
        self.browser = SecureBrowser(self.world, self.gate, address=self.address)
        self.browser.cookies[SESSION] = self.gate.sessions[email]
        self.signed_in = True

    def run(self) -> None:
        while not self.world.stopping.wait(self.draw.uniform(0.0, LONGEST_THOUGHT)):
            [deed] = self.draw.choices(list(DEEDS), list(DEEDS.values()))
            try:
                getattr(self, deed)(self.draw.choice(self.wanted()))
                self.world.tally.did(deed)
            except Lost:
                self.world.stopping.wait(AFTER_A_LOSS)

    def wanted(self) -> Sequence[Briefing]:
        """What is not open yet, as long as there is something."""
        shut = [briefing for briefing in self.world.briefings if briefing.path not in self.mine]
        return shut or self.world.briefings

    def read(self, briefing: Briefing) -> None:
        self.look_at(briefing)


class Visitor(threading.Thread):
    def __init__(self, world: World, gate: Gate, number: int) -> None:
        super().__init__(name=f"visitor-{number}", daemon=True)
        self.world = world
        self.gate = gate
        self.draw = random.Random(number)
        self.address = f"127.2.0.{number + 1}"

    def run(self) -> None:
        while not self.world.stopping.wait(self.draw.uniform(0.0, LONGEST_THOUGHT)):
            somewhere = self.draw.choice(self.world.briefings).path
            try:
                self.look_at(somewhere if self.draw.random() < 0.6 else self.draw.choice(ELSEWHERE))
            except Lost:
                self.world.stopping.wait(AFTER_A_LOSS)

    def look_at(self, path: str) -> None:
        answer = SecureBrowser(self.world, self.gate, address=self.address).get(path)
        briefing = self.world.at(path)
        for wrong in wrong_for_a_visitor(answer, briefing):
            self.world.tally.promise_broken(wrong)
        if answer.status != 200 or (briefing is not None and answer.gate != "locked"):
            kind = f"{answer.status} to a visitor, gate {answer.gate}"
            self.world.tally.error(kind, path, answer.began, answer.ended)
        self.world.tally.did("visit")
