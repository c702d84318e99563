"""Readers in bad weather. What each wants is drawn from the seed; how far they come is not."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .browsing import Browser, Lost
from .journal import Journal
from .marks import Answer, Briefing, UnlockForm, wrong_for_a_reader
from .post import PostOffice
from .tally import Tally

LONGEST_THOUGHT = 1.0
AFTER_A_LOSS = 0.5
MAIL_WITHIN = 8.0
BEFORE_ASKING_AGAIN = 13.0
A_LIFE = 12
SEE_OTHER, TOO_MANY = 303, 429
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


@dataclass(frozen=True)
class World:
    port: int
    briefings: Sequence[Briefing]
    journal: Journal
    tally: Tally
    post: PostOffice
    stopping: threading.Event

    def at(self, path: str) -> Briefing | None:
        return next((briefing for briefing in self.briefings if briefing.path == path), None)


class Reader(threading.Thread):
    def __init__(self, world: World, name: str, *, seed: int, credits: range, password: str = "") -> None:
        super().__init__(name=name, daemon=True)
        self.world = world
        self.draw = random.Random(f"{seed}:{name}")
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

    def run(self) -> None:
        while not self.world.stopping.wait(self.draw.uniform(0.0, LONGEST_THOUGHT)):
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

    # Coming in

    def sign_in(self, briefing: Briefing) -> None:
        if self.password:
            page = self.browser.get("/accounts/login/")
            fields = {"login": self.email, "password": self.password, "csrfmiddlewaretoken": page.token}
            self.signed_in = self.browser.post("/accounts/login/", fields).status == 302
        elif time.monotonic() >= self.not_before:
            self.come_in_by_code(briefing)

    def come_in_by_code(self, briefing: Briefing) -> None:
        """A visitor's way: the link at the gate, an address, the code from the mail, the open page."""
        wish = f"?unlock={briefing.page_id}&next={briefing.path}" if self.draw.random() < 0.5 else ""
        if wish:
            self.ask_for(briefing)
        # A limit lets five mails a minute go to one address.
        self.not_before = time.monotonic() + BEFORE_ASKING_AGAIN
        page = self.browser.get(f"/accounts/signup/{wish}")
        began = time.monotonic()
        fields = {"email": self.email, "csrfmiddlewaretoken": page.token}
        if self.browser.post(f"/accounts/signup/{wish}", fields).status != 302:
            return
        code = self.world.post.code_for(self.email, since=began, patience=MAIL_WITHIN)
        if code is None or self.world.stopping.is_set():
            return
        self.type_code(code, wish, briefing)

    def type_code(self, code: str, wish: str, briefing: Briefing) -> None:
        path = f"/accounts/login/code/confirm/{wish}"
        fields = {"code": code, "csrfmiddlewaretoken": self.browser.get(path).token}
        answer = self.browser.post(path, fields)
        if answer.status != 302 or "sessionid" not in self.browser.cookies:
            return
        self.signed_in = True
        self.world.journal.write("registered", email=self.email)
        self.world.tally.did("registered")
        if wish:
            self.look_at(briefing)

    def sign_out(self, briefing: Briefing) -> None:
        page = self.browser.get("/accounts/logout/")
        self.signed_in = False
        self.browser.post("/accounts/logout/", {"csrfmiddlewaretoken": page.token})

    # Reading

    def read(self, briefing: Briefing) -> None:
        self.look_at(briefing)

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
            return
        asked = briefing is not None and briefing.path in self.asked
        for wrong in wrong_for_a_reader(
            answer, email=self.email, credits=self.credits, briefing=briefing, asked=asked
        ):
            self.world.tally.promise_broken(wrong)

    def taken_for_a_visitor(self, answer: Answer) -> bool:
        return self.signed_in and answer.status == 200 and ">Sign in</a>" in answer.text

    # Unlocking

    def ask_for(self, briefing: Briefing) -> None:
        self.asked.add(briefing.path)
        self.world.journal.write("asked-open", email=self.email, path=briefing.path)

    def acknowledge(self, briefing: Briefing, answer: Answer, *, way: str) -> None:
        if "unlocked" in answer.reasons and briefing.path not in self.mine:
            self.mine.add(briefing.path)
            balance = answer.balances[0] if answer.balances else None
            self.world.journal.write("opened", email=self.email, path=briefing.path, way=way, balance=balance)
            self.world.tally.did("acknowledged unlock")

    def form_of(self, briefing: Briefing) -> UnlockForm | None:
        return self.look_at(briefing).unlock_form

    def fill(self, form: UnlockForm) -> dict[str, str]:
        return {"price": form.price, "csrfmiddlewaretoken": form.token}

    def unlock_by_form(self, briefing: Briefing) -> None:
        if form := self.form_of(briefing):
            self.press(briefing, form)

    def press(self, briefing: Briefing, form: UnlockForm) -> None:
        self.ask_for(briefing)
        answer = self.browser.post(form.action, self.fill(form))
        if answer.status == TOO_MANY:
            self.world.tally.did("told to wait")
        elif answer.status == SEE_OTHER:
            self.look_at(briefing)
        else:
            self.world.tally.error(f"{answer.status} to an unlock", form.action, answer.began, answer.ended)

    def unlock_by_htmx(self, briefing: Briefing) -> None:
        if form := self.form_of(briefing):
            self.ask_for(briefing)
            answer = self.browser.post(form.action, self.fill(form), htmx=True)
            self.weigh(answer, briefing)
            if answer.status == 200 and answer.gate == "open":
                self.acknowledge(briefing, answer, way="htmx")

    def double_click(self, briefing: Briefing) -> None:
        if form := self.form_of(briefing):
            together([lambda: self.press(briefing, form)] * 2)

    def two_tabs(self, briefing: Briefing) -> None:
        other = self.draw.choice(self.world.briefings)
        tabs = [(each, self.form_of(each)) for each in (briefing, other, briefing)]
        together([lambda b=each, f=form: self.press(b, f) for each, form in tabs if form])  # type: ignore[misc]

    def lost_answer(self, briefing: Briefing) -> None:
        """The line breaks after the form was sent; the reader goes back and presses again."""
        if form := self.form_of(briefing):
            self.ask_for(briefing)
            self.browser.post_and_leave(form.action, self.fill(form), after=self.draw.uniform(0, 0.05))
            self.press(briefing, form)

    # Looking around

    def look_into_library(self, briefing: Briefing) -> None:
        mine = set(self.mine)
        answer = self.browser.get("/library/")
        self.weigh(answer)
        missing = [path for path in mine if f'href="{path}#insights"' not in answer.text]
        if answer.status == 200 and "<h1>Library</h1>" in answer.text and len(mine) <= 15 and missing:
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


def together(deeds: Sequence[Callable[[], None]]) -> None:
    """All at once; whoever finds their answer lost has had their try."""

    def attempt(deed: Callable[[], None]) -> None:
        try:
            deed()
        except Lost:
            return

    threads = [threading.Thread(target=attempt, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
