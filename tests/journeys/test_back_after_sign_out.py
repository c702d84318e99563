from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from articles.models import BriefingPage
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom

from .visiting import Visit, is_gated, is_open


@pytest.fixture
def buyer(new_reader: Callable[[int], User], briefing: BriefingPage) -> User:
    user = new_reader(3)
    unlock(reader=user, page=briefing, intent=Intent(price=1))
    return user


def sign_out(page: Page) -> None:
    page.get_by_text("Account", exact=True).click()
    page.locator(".masthead").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")


def test_back_shows_nothing_of_what_was_open(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, buyer: User
) -> None:
    page = visit.page(buyer)
    page.goto(f"{briefing.url}#insights")
    is_open(page, newsroom.missing_from("", briefing))
    sign_out(page)
    page.go_back()
    is_gated(page, newsroom.missing_from("", briefing))
    expect(page.get_by_role("link", name="Register to unlock")).to_be_visible()


def test_back_shows_nothing_when_another_tab_signed_out(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, buyer: User
) -> None:
    profile = visit.profile(buyer)
    page, other = profile.new_page(), profile.new_page()
    page.goto(f"{briefing.url}#insights")
    is_open(page, newsroom.missing_from("", briefing))
    page.goto("/")
    other.goto("/")
    sign_out(other)
    page.go_back()
    is_gated(page, newsroom.missing_from("", briefing))


def test_a_page_that_a_browser_kept_all_the_same_is_asked_for_again(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, buyer: User
) -> None:
    page = visit.page(buyer)
    page.goto(briefing.url)
    expect(page.locator("#insights")).to_have_attribute("data-gate", "open")
    page.context.clear_cookies()
    with page.expect_navigation():
        hidden = page.evaluate(
            """() => {
                dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}));
                return document.body.hidden;
            }"""
        )
    assert hidden
    is_gated(page, newsroom.missing_from("", briefing))


@pytest.mark.parametrize("address", ["/credits/", "/library/", "/account/"])
def test_back_shows_no_page_of_the_readers_own(
    visit: Visit, briefing: BriefingPage, buyer: User, address: str
) -> None:
    page = visit.page(buyer)
    page.goto(address)
    sign_out(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert briefing.title not in page.content()
    assert buyer.email not in page.content()
