"""After quiet, through the front door: everybody signs in anew and finds what was promised."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from .browsing import Browser, Lost
from .journal import Journal
from .newsroom import PASSWORD
from .world import World

AT_ONCE = 4
MAIL_WITHIN = 15.0
BALANCES = """
SELECT u.email, coalesce(sum(l.remaining), 0) FROM accounts_user u
LEFT JOIN credits_creditlot l ON l.wallet_id = u.wallet_id AND (l.expires_at IS NULL OR l.expires_at > now())
GROUP BY 1"""


class Visits:
    def __init__(self, world: World, balances: dict[str, int]) -> None:
        self.world = world
        self.balances = balances

    def findings(self) -> Iterator[str]:
        people = sorted({email for email, _ in self.world.journal.opened()} | self.world.journal.registered())
        with ThreadPoolExecutor(AT_ONCE) as visitors:
            for found in visitors.map(self.visit, enumerate(people)):
                yield from found

    def visit(self, who: tuple[int, str]) -> list[str]:
        number, email = who
        browser = Browser(self.world.port, self.world.tally, address=f"10.253.{number // 250}.{number % 250}")
        try:
            self.sign_in(browser, email)
            return list(self.look_around(browser, email))
        except Lost as lost:
            return [f"{email}, after quiet: {lost}"]

    def sign_in(self, browser: Browser, email: str) -> None:
        """With a password where there is one, else by a code. Where it fails, nothing below will hold."""
        page = browser.get("/accounts/login/")
        known = email in self.world.journal.registered()
        began = time.monotonic()
        fields = {"login": email, "password": "" if known else PASSWORD, "csrfmiddlewaretoken": page.token}
        browser.post("/accounts/login/", fields)
        code = known and self.world.post.code_for(email, since=began, patience=MAIL_WITHIN)
        if code:
            path = "/accounts/login/code/confirm/"
            browser.post(path, {"code": code, "csrfmiddlewaretoken": browser.get(path).token})

    def look_around(self, browser: Browser, email: str) -> Iterator[str]:
        library, wallet = self.whole_library(browser), browser.get("/credits/")
        if 'class="balance"' not in wallet.text:
            yield f"{email} cannot sign in after quiet"
            return
        if set(wallet.balances) != {self.balances[email]}:
            yield f"{email} is shown {wallet.balances} and holds {self.balances[email]}"
        for path in sorted(path for whose, path in self.world.journal.opened() if whose == email):
            if f'href="{path}#insights"' not in library:
                yield f"{path} is not in the library of {email}, who was told that it is open"
            if browser.get(path).gate != "open":
                yield f"{path} is locked to {email}, who was told that it is open"

    def whole_library(self, browser: Browser) -> str:
        pages = [browser.get(f"/library/?page={number}").text for number in (1, 2, 3)]
        return "".join(pages)


def visits_after_quiet(world: World, journal: Journal, balances: dict[str, int]) -> Iterator[str]:
    yield from Visits(world, balances).findings()
