"""Carries the plan out: strikes at its times, and waits after each blow until the site is well again."""

import threading
import time
from collections.abc import Sequence

from briefings_site.demo.banner import PASSWORD

from .browsing import Browser, Lost
from .faults import Faults
from .house import House
from .plan import Fault
from .tally import Tally
from .windows import Window, Windows

WELL_WITHIN = 180.0
ROUNDS = 3
# However late the plan is, errors must be given a time in which nothing excuses them.
CALM = 1.5
TICK = 0.1
PROBE = "reader@example.com"


class Quiet(Tally):
    """The probe's own errors say how long it took; they count for nothing else."""

    def error(self, kind: str, path: str, began: float, ended: float) -> None:
        return


class Weather:
    def __init__(self, house: House, tally: Tally, *, seed: int) -> None:
        self.house = house
        self.tally = tally
        self.stopping = threading.Event()
        self.faults = Faults(house, seed=seed, stopping=self.stopping)
        self.browser = Browser(house.port, Quiet(Windows()), address="10.252.0.1")
        self.began = time.monotonic()
        self.struck: list[Window] = []

    def sign_in(self) -> None:
        page = self.browser.get("/accounts/login/")
        fields = {"login": PROBE, "password": PASSWORD, "csrfmiddlewaretoken": page.token}
        self.browser.post("/accounts/login/", fields)

    def pass_over(self, plan: Sequence[Fault], seconds: float) -> None:
        """Faults that are late because the one before took long come as soon as it is over."""
        self.began = time.monotonic()
        for fault in plan:
            if self.wait_until(fault.at) or self.now > seconds:
                return
            self.strike(fault)
        self.wait_until(seconds)

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    def wait_until(self, at: float) -> bool:
        """True where the run was broken off."""
        return self.stopping.wait(max(0.0, at - self.now))

    def strike(self, fault: Fault) -> None:
        window = self.tally.windows.open(fault.kind)
        self.struck.append(window)
        self.faults.strike(fault.kind, fault.seconds)
        window.struck = time.monotonic()
        self.await_health(window)

    def await_health(self, window: Window) -> None:
        """Good answers in a row, so that every web worker will have given one."""
        deadline = time.monotonic() + WELL_WITHIN
        in_a_row = 0
        while in_a_row < ROUNDS and not self.stopping.is_set():
            began = time.monotonic()
            if self.well():
                window.recovered = window.recovered if in_a_row else time.monotonic()
                in_a_row += 1
            else:
                in_a_row = 0
                time.sleep(TICK)
            if began > deadline:
                self.tally.promise_broken(f"{window.kind}: not well again within {WELL_WITHIN:.0f}s")
                break
        window.ended = time.monotonic()
        self.stopping.wait(CALM)

    def well(self) -> bool:
        try:
            answers = [self.browser.get(path) for path in ("/readyz", "/library/")]
        except Lost:
            return False
        return all(answer.status == 200 for answer in answers) and self.house.all_run()
