"""Coming in by a code from the mail, with or without a wish; or by a password; and leaving."""

import time

from .marks import Briefing
from .person import Person

MAIL_WITHIN = 8.0
BEFORE_ASKING_AGAIN = 13.0


class Arriving(Person):
    def sign_in(self, briefing: Briefing) -> None:
        if self.password:
            page = self.browser.get("/accounts/login/")
            fields = {"login": self.email, "password": self.password, "csrfmiddlewaretoken": page.token}
            self.signed_in = self.browser.post("/accounts/login/", fields).status == 302
        elif time.monotonic() >= self.not_before:
            self.come_in_by_code(briefing)

    def come_in_by_code(self, briefing: Briefing) -> None:
        """A visitor's way: the link at the gate, an address, the code from the mail, the open page."""
        wish = f"?unlock={briefing.page_id}&next={briefing.path}" if self.dice.random() < 0.5 else ""
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
