import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from accounts.models import Membership, Tier, User
from articles.models import BriefingPage
from credits.models import LedgerTransaction
from credits.statements import spendable
from insights.models import Opening, Unlock
from tests.newsroom import Newsroom

from .visiting import Visit, has_credits, is_gated, is_open, sign_in

NewReader = Callable[[int], User]
FAILED = "That did not go through. Load this page again to see how it stands."


@pytest.fixture
def planted(newsroom: Newsroom, briefing: BriefingPage) -> list[str]:
    return newsroom.missing_from("", briefing)


@pytest.fixture
def buyer(new_reader: NewReader) -> User:
    return new_reader(3)


def unlock_button(page: Page) -> None:
    return page.get_by_role("button", name="Unlock for 1 credit")


def debits(user: User) -> int:
    return LedgerTransaction.objects.filter(entries__account=user.wallet_id, entries__amount__lt=0).count()


def paid_once(user: User) -> None:
    assert debits(user) == 1
    assert Unlock.objects.filter(reader=user).count() == 1
    assert spendable(user.wallet_id) == 2


def test_without_scripts_a_post_leads_back_to_the_open_insights(
    visit: Visit, briefing: BriefingPage, buyer: User, planted: list[str]
) -> None:
    page = visit.page(buyer, java_script_enabled=False)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(briefing.url)
    is_gated(page, planted)
    has_credits(page, 3)
    unlock_button(page).click()
    expect(page).to_have_url(f"{briefing.url}#insights")
    assert [answer.status for answer in answers if answer.request.method == "POST"] == [303]
    is_open(page, planted)
    has_credits(page, 2)
    expect(page.get_by_text("Unlocked. 1 credit spent, 2 left.")).to_be_visible()
    paid_once(buyer)


def test_with_scripts_the_insights_open_in_place_and_are_focused_and_announced(
    visit: Visit, briefing: BriefingPage, buyer: User, planted: list[str]
) -> None:
    page = visit.page(buyer)
    page.goto(briefing.url)
    page.evaluate("window.samePage = true")
    unlock_button(page).click()
    expect(page.locator("#insights")).to_be_focused()
    is_open(page, planted)
    has_credits(page, 2)
    expect(page.locator("[aria-live=polite]")).to_have_text("Unlocked. 1 credit spent, 2 left.")
    assert page.evaluate("window.samePage")
    assert page.locator("[data-balance]").count() == 1
    paid_once(buyer)


def test_it_is_still_open_after_a_reload(
    visit: Visit, briefing: BriefingPage, buyer: User, planted: list[str]
) -> None:
    page = visit.page(buyer)
    page.goto(briefing.url)
    unlock_button(page).click()
    expect(page.locator("#insights")).to_be_focused()
    page.goto(briefing.url)
    expect(page.locator("#insights")).to_have_attribute("data-gate", "open")
    has_credits(page, 2)
    page.get_by_role("link", name="Library").first.click()
    page.get_by_role("link", name=briefing.title).click()
    is_open(page, planted)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_double_click_pays_once(
    visit: Visit, briefing: BriefingPage, buyer: User, planted: list[str], scripts: bool
) -> None:
    page = visit.page(buyer, java_script_enabled=scripts)
    page.goto(briefing.url)
    unlock_button(page).dblclick()
    is_open(page, planted)
    paid_once(buyer)


def test_two_tabs_pay_once(visit: Visit, briefing: BriefingPage, buyer: User, planted: list[str]) -> None:
    profile = visit.profile(buyer)
    tabs = [profile.new_page(), profile.new_page()]
    for tab in tabs:
        tab.goto(briefing.url)
    for tab in tabs:
        unlock_button(tab).click(no_wait_after=True)
    for tab in tabs:
        is_open(tab, planted)
        has_credits(tab, 2)
    paid_once(buyer)


def test_a_lost_connection_lets_one_try_again(
    visit: Visit, briefing: BriefingPage, buyer: User, planted: list[str]
) -> None:
    page = visit.page(buyer)
    page.goto(briefing.url)
    page.route("**/unlock/**", lambda route: route.abort(), times=1)
    unlock_button(page).click()
    expect(unlock_button(page)).to_have_attribute("aria-disabled", "false")
    expect(page.get_by_role("alert")).to_have_text(FAILED)
    unlock_button(page).click()
    is_open(page, planted)
    paid_once(buyer)
    visit.forget("net::ERR_FAILED", "htmx:afterRequest", "htmx:sendError")


def test_a_form_too_old_says_so_each_time(visit: Visit, briefing: BriefingPage, buyer: User) -> None:
    page = visit.page(buyer)
    page.goto(briefing.url)
    page.context.clear_cookies(name="csrftoken")
    for _ in range(2):
        unlock_button(page).click()
        expect(page.get_by_role("alert")).to_have_text(FAILED)
        expect(unlock_button(page)).to_have_attribute("aria-disabled", "false")
    page.get_by_role("alert").get_by_role("link").click()
    unlock_button(page).click()
    is_open(page, [])
    visit.forget("403", "htmx:responseError")


def test_who_signed_out_in_another_tab_is_led_to_the_way_in(
    visit: Visit, briefing: BriefingPage, buyer: User, planted: list[str]
) -> None:
    profile = visit.profile(buyer)
    page, elsewhere = profile.new_page(), profile.new_page()
    page.goto(briefing.url)
    elsewhere.goto(briefing.url)
    elsewhere.get_by_text("Account", exact=True).click()
    elsewhere.get_by_role("button", name="Sign out").click()
    elsewhere.wait_for_url("**/accounts/**")
    unlock_button(page).click()
    expect(page).to_have_url(re.compile("/accounts/signup/"))
    expect(page.get_by_role("main")).to_have_count(1)
    page.get_by_role("link", name="Sign in").last.click()
    sign_in(page, buyer.email)
    is_open(page, planted)
    assert debits(buyer) == 1


def test_the_account_menu_closes_by_escape_and_by_a_press_elsewhere(
    visit: Visit, briefing: BriefingPage, buyer: User
) -> None:
    page = visit.page(buyer)
    page.goto(briefing.url)
    menu, name = page.locator("details.menu"), page.get_by_text("Account", exact=True)
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.locator("h1").click()):
        name.click()
        expect(menu).to_have_attribute("open", "")
        close()
        expect(menu).not_to_have_attribute("open", "")


def test_without_credits_the_reader_sees_what_is_missing_and_the_ways_on(
    visit: Visit, briefing: BriefingPage, new_reader: NewReader, planted: list[str]
) -> None:
    page = visit.page(new_reader(0))
    page.goto(briefing.url)
    is_gated(page, planted)
    gate = page.locator("#insights")
    expect(gate).to_contain_text("This briefing costs 1 credit and you have 0 credits: 1 credit missing.")
    expect(gate.get_by_role("link", name="Join the Club")).to_be_visible()
    gate.get_by_role("link", name="Buy credits").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buy credits")
    page.get_by_role("link", name="Back to the briefing").click()
    expect(page).to_have_url(f"{briefing.url}#insights")


def test_credits_spent_in_another_tab_are_missing_with_a_clear_message(
    visit: Visit, newsroom: Newsroom, briefing: BriefingPage, new_reader: NewReader, planted: list[str]
) -> None:
    poor = new_reader(1)
    other = newsroom.publish("Another briefing in another tab")
    profile = visit.profile(poor)
    page, elsewhere = profile.new_page(), profile.new_page()
    page.goto(briefing.url)
    elsewhere.goto(other.url)
    unlock_button(elsewhere).click()
    is_open(elsewhere, newsroom.missing_from("", other))
    unlock_button(page).click()
    said = "Not unlocked. This briefing costs 1 credit and you have 0 credits."
    expect(page.locator("#insights [data-announce]")).to_have_text(said)
    expect(page.locator("[aria-live=polite]")).to_have_text(said)
    expect(page.get_by_role("link", name="Buy credits")).to_be_visible()
    is_gated(page, planted)
    has_credits(page, 0)
    assert debits(poor) == 1


def test_a_forged_unlock_without_credits_spends_nothing_and_says_so(
    visit: Visit, briefing: BriefingPage, new_reader: NewReader, planted: list[str]
) -> None:
    broke = new_reader(0)
    page = visit.page(broke)
    page.goto(briefing.url)
    page.evaluate(
        """action => {
            const form = document.querySelector("form[action$='/logout/']").cloneNode(true);
            form.action = action;
            form.append(Object.assign(document.createElement("input"), {name: "price", value: "1"}));
            document.body.append(form);
            form.submit();
        }""",
        f"/unlock/{briefing.pk}/",
    )
    expect(page.get_by_text("Not unlocked. This briefing costs 1 credit and you have 0")).to_be_visible()
    is_gated(page, planted)
    assert debits(broke) == 0
    assert not Unlock.objects.filter(reader=broke).exists()


def test_a_member_reads_free_and_the_opening_is_recorded_once(
    visit: Visit, briefing: BriefingPage, buyer: User, planted: list[str]
) -> None:
    tier, _ = Tier.objects.get_or_create(slug="club", defaults={"name": "Executives Club"})
    Membership.objects.create(reader=buyer, tier=tier)
    page = visit.page(buyer)
    for _ in range(2):
        page.goto(f"{briefing.url}#insights")
        page.reload()
        is_open(page, planted)
        has_credits(page, 3)
    expect(page.locator("[data-reason=club]")).to_have_count(3)
    assert Opening.objects.filter(reader=buyer).count() == 1
    assert not Unlock.objects.filter(reader=buyer).exists()
    assert spendable(buyer.wallet_id) == 3
