"""Readers in bad weather. What each wants is drawn from the seed; how far they come is not."""

import random
from collections.abc import Callable

from .arriving import Arriving
from .browsing import Lost
from .marks import Briefing
from .unlocking import Unlocking

LONGEST_THOUGHT = 1.0
AFTER_A_LOSS = 0.5
A_LIFE = 12
# Pages of the library show twenty.
FITS_A_PAGE = 15
WANTS = {
    "read": 20,
    "unlock_by_form": 22,
    "unlock_by_htmx": 14,
    "double_click": 12,
    "two_tabs": 8,
    "lost_answer": 10,
    "look_into_library": 6,
    "look_into_wallet": 6,
    "look_at_profile": 2,
    "search": 3,
    "sign_out": 1,
}


class Reader(Arriving, Unlocking):
    wanted = 0

    def run(self) -> None:
        while not self.world.stopping.wait(self.draw.uniform(0.0, LONGEST_THOUGHT)):
            self.wanted += 1
            self.dice = random.Random(f"{self.seed}:{self.name}:{self.wanted}")
            want = self.draw.choices(list(WANTS), list(WANTS.values()))[0]
            try:
                self.live(want, self.draw.choice(self.world.briefings))
            except Lost:
                self.world.stopping.wait(AFTER_A_LOSS)

    def live(self, want: str, briefing: Briefing) -> None:
        if not self.signed_in:
            self.sign_in(briefing)
            return
        deed: Callable[[Briefing], None] = getattr(self, want)
        deed(briefing)
        self.world.tally.did(want)

    def read(self, briefing: Briefing) -> None:
        self.look_at(briefing)

    def look_into_library(self, briefing: Briefing) -> None:
        mine = set(self.mine)
        answer = self.browser.get("/library/")
        self.weigh(answer)
        missing = [path for path in mine if f'href="{path}#insights"' not in answer.text]
        whole = "<h1>Library</h1>" in answer.text and len(mine) <= FITS_A_PAGE
        if whole and missing:
            self.world.tally.promise_broken(f"the library of {self.email} lacks {missing[0]}")

    def look_into_wallet(self, briefing: Briefing) -> None:
        self.weigh(self.browser.get("/credits/"))

    def look_at_profile(self, briefing: Briefing) -> None:
        self.weigh(self.browser.get("/account/"))

    def search(self, briefing: Briefing) -> None:
        self.weigh(self.browser.get("/search/?q=weather"))


class Newcomer(Reader):
    """Registers, lives a short life, and comes back as somebody else."""

    lives = 0
    deeds_left = 0

    def live(self, want: str, briefing: Briefing) -> None:
        if not self.deeds_left:
            self.lives += 1
            self.deeds_left = A_LIFE
            self.become(f"{self.name}-{self.lives}@chaos.example.com")
        if self.signed_in:
            self.deeds_left -= 1
        super().live(want, briefing)
