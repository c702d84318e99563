"""Every way to press the button, the careless ones included."""

import threading
from collections.abc import Callable, Sequence

from .browsing import Lost
from .marks import Briefing, UnlockForm
from .person import Person

SEE_OTHER, TOO_MANY = 303, 429


class Unlocking(Person):
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
        other = self.dice.choice(self.world.briefings)
        tabs = [(each, self.form_of(each)) for each in (briefing, other, briefing)]
        together([lambda b=each, f=form: self.press(b, f) for each, form in tabs if form])  # type: ignore[misc]

    def lost_answer(self, briefing: Briefing) -> None:
        """The line breaks after the form was sent; the reader goes back and presses again."""
        if form := self.form_of(briefing):
            self.ask_for(briefing)
            self.browser.post_and_leave(form.action, self.fill(form), after=self.dice.uniform(0, 0.05))
            self.press(briefing, form)


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
