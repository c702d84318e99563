"""People before their screens: how they come in, and what they look at."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core import mail
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from accounts.models import User
from tests.newsroom import PASSWORD

PATIENCE = 15_000  # milliseconds
expect.set_options(timeout=PATIENCE)


@dataclass
class Visit:
    browser: Browser
    address: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def profile(self, who: User | None = None, **options: Any) -> BrowserContext:
        """A browser of one person's own, signed in where there is a ``who``."""
        context = self.browser.new_context(base_url=self.address, reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE)
        context.on("console", self.hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.contexts.append(context)
        if who is not None:
            context.add_cookies([self.session_of(who)])
        return context

    def page(self, who: User | None = None, **options: Any) -> Page:
        return self.profile(who, **options).new_page()

    def session_of(self, who: User) -> Any:
        client = Client()
        client.force_login(who)
        name = settings.SESSION_COOKIE_NAME
        return {"name": name, "value": client.cookies[name].value, "url": self.address}

    def hear(self, message: ConsoleMessage) -> None:
        """Wagtail's admin may warn; our own pages may not."""
        where = message.page.url if message.page else ""
        if message.type == "error" or (message.type == "warning" and "/admin/" not in where):
            self.complaints.append(f"{where}: {message.text}")

    def forget(self, *expected: str) -> None:
        """Complaints that a journey provoked itself."""
        self.complaints = [said for said in self.complaints if not any(word in said for word in expected)]

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def newest_code(to: str) -> str:
    """The code in the newest mail, which must have gone to this address."""
    newest = mail.outbox[-1]
    assert newest.to == [to]
    found = re.search(r"^[A-Z]{4}-[A-Z]{4}$", str(newest.body), re.MULTILINE)
    assert found
    return found[0]


def ask_for_a_code(page: Page, email: str) -> None:
    page.get_by_role("textbox", name="Email").fill(email)
    page.get_by_role("button", name="Email me a code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter the code")


def type_code(page: Page, code: str) -> None:
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name="Continue").click()


def is_gated(page: Page, planted: list[str]) -> None:
    expect(page.locator("#insights")).to_have_attribute("data-gate", "locked")
    text = page.content().casefold()
    assert not [word for word in planted if word in text]


def is_open(page: Page, planted: list[str]) -> None:
    expect(page.locator("#insights")).to_have_attribute("data-gate", "open")
    expect(page.locator("#insights")).to_be_in_viewport()
    text = page.content().casefold()
    assert not [word for word in planted if word not in text]


def has_credits(page: Page, number: int) -> None:
    expect(page.locator("[data-balance]")).to_have_attribute("value", str(number))
    expect(page.locator("[data-balance]")).to_have_text(f"{number} credit{'' if number == 1 else 's'}")


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_role("textbox", name="Email").fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
