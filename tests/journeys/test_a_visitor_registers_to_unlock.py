import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.starter import grant_starter
from articles.models import BriefingPage
from credits.statements import spendable
from insights.models import Unlock
from tests.newsroom import Newsroom, reader

from .visiting import (
    Visit,
    ask_for_a_code,
    has_credits,
    is_gated,
    is_open,
    newest_code,
    sign_in,
    type_code,
)

WITH_AND_WITHOUT_SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


def press_register(page: Page, briefing: BriefingPage) -> None:
    page.goto(briefing.url)
    page.get_by_role("link", name="Register to unlock").click()
    expect(page.get_by_text(f"“{briefing.title}” opens for 1 credit")).to_be_visible()


def is_where_it_began(page: Page, briefing: BriefingPage, newsroom: Newsroom) -> None:
    expect(page).to_have_url(f"{briefing.url}#insights")
    is_open(page, newsroom.missing_from("", briefing))
    has_credits(page, 2)


def paid_once(email: str) -> None:
    user = User.objects.get(email=email)
    assert Unlock.objects.filter(reader=user).count() == 1
    assert spendable(user.wallet_id) == 2


@WITH_AND_WITHOUT_SCRIPTS
def test_after_a_wrong_code_and_a_new_one_the_same_briefing_is_open(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, email: str, scripts: bool
) -> None:
    page = visit.page(java_script_enabled=scripts)
    page.goto(briefing.url)
    is_gated(page, newsroom.missing_from("", briefing))
    press_register(page, briefing)
    ask_for_a_code(page, email)
    type_code(page, "AAAA-AAAA")
    expect(page.get_by_text("That is not the code we sent")).to_be_visible()
    first = newest_code(email)
    page.get_by_role("button", name="Send a new code").click()
    expect(page.get_by_text("A new code is on its way")).to_be_visible()
    assert newest_code(email) != first
    type_code(page, newest_code(email))
    is_where_it_began(page, briefing, newsroom)
    paid_once(email)
    if scripts:
        expect(page.locator("#insights")).to_be_focused()


def test_an_account_that_is_there_already_is_let_in_the_same_way(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, email: str
) -> None:
    grant_starter(reader(email))
    page = visit.page()
    press_register(page, briefing)
    ask_for_a_code(page, email)
    type_code(page, newest_code(email))
    is_where_it_began(page, briefing, newsroom)
    paid_once(email)


def test_who_signs_in_with_a_password_instead_has_the_wish_kept(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, email: str
) -> None:
    grant_starter(reader(email))
    page = visit.page()
    press_register(page, briefing)
    page.get_by_role("link", name="Sign in with a password").click()
    sign_in(page, email)
    is_where_it_began(page, briefing, newsroom)
    paid_once(email)


def test_a_closed_tab_is_no_loss(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, email: str
) -> None:
    profile = visit.profile()
    page = profile.new_page()
    press_register(page, briefing)
    ask_for_a_code(page, email)
    page.close()
    page = profile.new_page()
    press_register(page, briefing)
    ask_for_a_code(page, email)
    type_code(page, newest_code(email))
    is_where_it_began(page, briefing, newsroom)
    paid_once(email)


def test_after_a_closed_tab_the_code_already_sent_still_works_at_the_sign_in(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, email: str
) -> None:
    profile = visit.profile()
    page = profile.new_page()
    press_register(page, briefing)
    ask_for_a_code(page, email)
    page.close()
    page = profile.new_page()
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    type_code(page, newest_code(email))
    is_where_it_began(page, briefing, newsroom)
    paid_once(email)


def test_going_back_and_on_again_does_not_pay_twice(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, email: str
) -> None:
    page = visit.page()
    press_register(page, briefing)
    ask_for_a_code(page, email)
    type_code(page, newest_code(email))
    is_where_it_began(page, briefing, newsroom)
    page.goto(f"/accounts/signup/?unlock={briefing.pk}&next={briefing.url}")
    is_open(page, newsroom.missing_from("", briefing))
    paid_once(email)
