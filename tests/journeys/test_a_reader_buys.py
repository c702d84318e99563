"""Readers pay on the local Stripe's own page, its events reach the site's webhook, and they are led back."""

import copy
import itertools
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.billing.models import Order, Subscription
from accounts.models import Pack, PackPrice, Tier
from articles.models import BriefingPage
from tests.accounts.billing import till
from tests.emulator import DECLINED_CARD, GOOD_CARD, GOOD_IBAN, SECURE_CARD, Emulator
from tests.newsroom import Newsroom

from .test_a_reader_unlocks import NewReader
from .visiting import Visit, has_credits, is_gated, is_open

IN_MINOR_UNITS = itertools.count(501)


@pytest.fixture
def stripe(emulator: Emulator, settings: Any, server: LiveServer) -> Emulator:
    """With our prices and its events posted to our door. The browser may be sent there by our forms."""
    settings.BASE_URL = server.url
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(emulator.address)
    settings.CONTENT_SECURITY_POLICY = policy
    emulator.deliver_to(f"{server.url}/stripe/webhook/")
    return emulator


@pytest.fixture
def pack(newsroom: Newsroom, stripe: Emulator) -> Pack:
    amount = next(IN_MINOR_UNITS)
    Pack.objects.update(active=False)
    made = Pack.objects.create(name=f"Five credits at {amount}", credits=5)
    PackPrice.objects.create(pack=made, currency="GBP", amount=amount)
    bring_to_stripe()
    return made


def bring_to_stripe() -> None:
    call_command("stripe_sync", yes=True, forget_prices=True, stdout=StringIO())


def go_to_payment(page: Page) -> None:
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Go to payment").click()
    expect(heading(page)).to_have_text(re.compile("^(Pay|Join)$"))


def pay(page: Page, *, card: str = GOOD_CARD, iban: str = "") -> None:
    page.get_by_label("Country").select_option("GB")
    page.get_by_label("Name on card or account").fill("R. Eader")
    if iban:
        page.get_by_label("SEPA bank debit").check()
        page.get_by_label("IBAN").fill(iban)
    else:
        page.get_by_label("Card number").fill(card)
        page.get_by_label("Expiry (MM/YY)").fill("12/34")
        page.get_by_label("CVC").fill("123")
    page.locator("button.main").click()


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_a_broke_reader_pays_after_a_declined_card_and_lands_on_the_opened_briefing(
    visit: Visit,
    newsroom: Newsroom,
    briefing: BriefingPage,
    pack: Pack,
    stripe: Emulator,
    new_reader: NewReader,
) -> None:
    planted = newsroom.missing_from("", briefing)
    page = visit.page(new_reader(0))
    page.goto(briefing.url)
    is_gated(page, planted)
    page.get_by_role("link", name="Buy credits").click()
    expect(page.get_by_text(f"To unlock “{briefing.title}”")).to_be_visible()
    go_to_payment(page)
    pay(page, card=DECLINED_CARD)
    expect(page.get_by_text("Your card was declined")).to_be_visible()
    stripe.hold()
    pay(page)
    expect(heading(page)).to_have_text("One moment")
    has_credits(page, 0)
    stripe.release(duplicate=1, shuffle=1)
    stripe.stop_holding()
    expect(page).to_have_url(f"{briefing.url}#insights")
    is_open(page, planted)
    has_credits(page, 4)
    order = Order.objects.get(pack=pack)
    till.at_stripe().v1.refunds.create({"payment_intent": order.payment_intent_id})
    stripe.await_deliveries()
    page.goto("/credits/")
    has_credits(page, 0)
    expect(page.get_by_text("You owe 1 credit.")).to_be_visible()
    expect(page.get_by_role("row", name="Taken back").first).to_be_visible()
    page.goto(briefing.url)
    is_open(page, planted)
    visit.forget(stripe.address)


def test_a_card_that_asks_for_proof_and_scripts_that_are_off_lead_to_the_wallet(
    visit: Visit, pack: Pack, stripe: Emulator, new_reader: NewReader
) -> None:
    page = visit.page(new_reader(0), java_script_enabled=False)
    page.goto("/credits/buy/")
    go_to_payment(page)
    pay(page, card=SECURE_CARD)
    page.get_by_role("button", name="Complete").click()
    expect(heading(page)).to_have_text("Your credits")
    has_credits(page, 5)
    expect(page.get_by_text("5 credits are in your wallet.")).to_be_visible()
    visit.forget(stripe.address)


def test_a_bank_debit_is_shown_as_on_its_way_until_it_is_in(
    visit: Visit, pack: Pack, stripe: Emulator, new_reader: NewReader
) -> None:
    page = visit.page(new_reader(0))
    page.goto("/credits/buy/")
    go_to_payment(page)
    pay(page, iban=GOOD_IBAN)
    expect(heading(page)).to_have_text("Your payment is on its way")
    has_credits(page, 0)
    stripe.settle(Order.objects.get(pack=pack).payment_intent_id)
    stripe.await_deliveries()
    page.reload()
    expect(heading(page)).to_have_text("Your credits")
    has_credits(page, 5)
    visit.forget(stripe.address)


def test_a_reader_joins_switches_and_cancels(
    visit: Visit, newsroom: Newsroom, briefing: BriefingPage, stripe: Emulator, new_reader: NewReader
) -> None:
    Tier.objects.update(visible=False)
    tier = Tier.objects.create(name="Switchers", slug="switchers", price_monthly=800, price_yearly=8000)
    bring_to_stripe()
    page = visit.page(new_reader(0))
    page.goto(f"/club/?next={briefing.url}")
    go_to_payment(page)
    pay(page)
    expect(page).to_have_url(briefing.url)
    expect(page.locator("#insights")).to_have_attribute("data-gate", "open")
    page.goto("/club/")
    expect(page.get_by_text("paid by the month, renews on")).to_be_visible()
    page.get_by_role("button", name="Change plan, card or address").click()
    page.get_by_label("£80.00 per year").check()
    page.get_by_role("button", name="Switch plan").click()
    stripe.await_deliveries()
    page.get_by_role("link", name="Back to the shop").click()
    expect(page.get_by_text("paid by the year, renews on")).to_be_visible()
    page.get_by_role("button", name="Cancel membership").click()
    expect(page.get_by_text("Your membership is cancelled. You are not charged again.")).to_be_visible()
    expect(page.get_by_role("button", name="Stay a member")).to_be_visible()
    held = Subscription.objects.get(tier=tier)
    assert held.cancel_at == held.period_end
    visit.forget(stripe.address)
