"""The hosted pages, filled in as a browser without scripts would."""

import re
import threading
import urllib.error
import urllib.request
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from ..emulator import DECLINED_CARD, GOOD_CARD, GOOD_IBAN, SECURE_CARD, Emulator
from .life import SHOP, Shop
from .test_paying import shop as shop

CARD = {"way": "card", "number": GOOD_CARD, "expiry": "12/34", "cvc": "123", "name": "Ada"}
BUYER = {"email": "a@example.com", "country": "DE", "action": "pay", **CARD}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


browser = urllib.request.build_opener(NoRedirects())


def visit(url: str, **form: str) -> tuple[int, str]:
    """The status, and where it leads on to or else what can be read on the page."""
    try:
        answer = browser.open(url, data=urlencode(form).encode() if form else None)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        html = answer.read().decode()
        return answer.status, answer.headers["Location"] or unescape(
            re.sub(r"<style>.*</style>|<[^>]*>", " ", html, flags=re.S)
        )


@pytest.fixture
def payment_page(shop: Shop) -> str:
    url = shop.v1.checkout.sessions.retrieve(
        shop.sell(
            automatic_tax={"enabled": True},
            allow_promotion_codes=True,
            tax_id_collection={"enabled": True},
            consent_collection={"terms_of_service": "required"},
        )
    ).url
    assert url is not None
    return url


def test_every_page_says_that_it_takes_no_money(emulator: Emulator, payment_page: str) -> None:
    for url in (payment_page, f"{emulator.address}/", f"{emulator.address}/c/pay/none"):
        assert "This is not Stripe." in visit(url)[1]
        assert "It takes no money" in visit(url)[1]


def test_a_page_is_paid_once_and_leads_back(payment_page: str, shop: Shop) -> None:
    status, shown = visit(payment_page)
    assert (status, "€19.00" in shown, "after you choose your country" in shown) == (200, True, True)
    status, onwards = visit(payment_page, **BUYER, terms="yes")
    session = urlsplit(payment_page).path.rpartition("/")[2]
    assert (status, onwards) == (303, f"{SHOP}?session={session}")
    assert visit(payment_page, **BUYER, terms="yes") == (303, onwards)
    assert "already paid" in visit(payment_page)[1]
    assert len(shop.v1.charges.list({}).data) == 1


def test_two_tabs_at_once_pay_once(payment_page: str, shop: Shop) -> None:
    threads = [
        threading.Thread(target=visit, args=(payment_page,), kwargs=BUYER | {"terms": "yes"})
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shop.v1.charges.list({}).data) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": DECLINED_CARD}, "Your card was declined."),
        ({"number": ""}, "card number is incomplete"),
        ({"expiry": "13/34"}, "expiration date is incomplete"),
        ({"expiry": "01/20"}, "expiration date is in the past"),
        ({"cvc": "1"}, "security code is incomplete"),
        ({"email": "nobody"}, "email is incomplete"),
        ({"country": ""}, "Choose your country"),
        ({"terms": ""}, "Agree to the terms"),
        ({"code": "NONE"}, "This code is invalid"),
        ({"vat": "XX1"}, "Invalid value for eu_vat"),
    ],
)
def test_what_is_wrong_is_said_on_the_page(
    payment_page: str, shop: Shop, change: dict[str, str], words: str
) -> None:
    status, shown = visit(payment_page, **BUYER | {"terms": "yes"} | change)
    assert status == 422
    assert words in shown
    assert shop.v1.checkout.sessions.list({"status": "complete"}).data == []


def test_the_total_is_worked_out_before_paying(payment_page: str) -> None:
    form = {"action": "update", "email": "a@example.com"}
    assert "VAT 19 %, included" in visit(payment_page, **form, country="DE")[1]
    reduced = visit(payment_page, **form, country="DE", code="half")[1]
    assert "−€9.50" in reduced
    assert "€9.50" in reduced
    assert "reverse charge" in visit(payment_page, **form, country="FR", vat="FR12345678901")[1]
    assert "Discount" not in visit(payment_page, **form | {"action": "remove"}, country="DE")[1]


@pytest.mark.parametrize("passes", [True, False])
def test_3d_secure_is_a_page_of_its_own(payment_page: str, shop: Shop, passes: bool) -> None:
    status, proof = visit(payment_page, **BUYER | {"number": SECURE_CARD}, terms="yes")
    assert status == 303
    assert "19.00" in visit(proof)[1]
    status, onwards = visit(proof, outcome="complete" if passes else "fail")
    if passes:
        assert (status, onwards.startswith(SHOP)) == (303, True)
    else:
        assert (status, "unable to authenticate" in onwards) == (422, True)
        assert visit(payment_page, **BUYER, terms="yes")[0] == 303
    assert len(shop.v1.payment_intents.list({}).data) == 1


def test_a_bank_debit_is_paid_by_iban(payment_page: str, shop: Shop) -> None:
    assert visit(payment_page, **BUYER | {"way": "sepa_debit", "iban": GOOD_IBAN}, terms="yes")[0] == 303
    [session] = shop.v1.checkout.sessions.list({}).data
    assert (session.status, session.payment_status) == ("complete", "unpaid")


def test_an_expired_page_says_so(payment_page: str, shop: Shop) -> None:
    shop.v1.checkout.sessions.expire(urlsplit(payment_page).path.rpartition("/")[2])
    assert "has expired" in visit(payment_page)[1]
    assert "has expired" in visit(payment_page, **BUYER, terms="yes")[1]


def test_the_portal_switches_cancels_takes_back_and_changes_the_card(emulator: Emulator, shop: Shop) -> None:
    session = shop.join()
    emulator.pay(session)
    subscription = shop.subscription(session)
    customer, item = str(subscription.customer), subscription["items"].data[0]
    products: Any = [{"product": "club", "prices": [shop.month, shop.year]}]
    shop.v1.billing_portal.configurations.create(
        {
            "features": {
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "products": products,
                    "proration_behavior": "always_invoice",
                },
            }
        }
    )
    portal = shop.v1.billing_portal.sessions.create({"customer": customer, "return_url": SHOP})
    about = {"subscription": subscription.id}
    assert "Executives Club (active)" in visit(portal.url)[1]
    assert visit(portal.url, action="cancel", **about) == (303, portal.url)
    assert shop.v1.subscriptions.retrieve(subscription.id).cancel_at_period_end
    assert "Ends on" in visit(portal.url)[1]
    visit(portal.url, action="keep", **about)
    assert not shop.v1.subscriptions.retrieve(subscription.id).cancel_at_period_end
    assert visit(portal.url, action="switch", price=item.price.id, **about)[0] == 422
    visit(portal.url, action="switch", price=shop.year, **about)
    switched = shop.v1.subscriptions.retrieve(subscription.id)
    assert switched["items"].data[0].price.id == shop.year
    before = switched.default_payment_method
    assert "was declined" in visit(portal.url, action="card", **CARD | {"number": DECLINED_CARD})[1]
    visit(portal.url, action="card", **CARD)
    assert shop.v1.subscriptions.retrieve(subscription.id).default_payment_method != before
    assert visit(portal.url, action="cancel", subscription="sub_of_another")[0] == 422


def test_the_portal_wants_a_configuration(shop: Shop) -> None:
    customer = shop.v1.customers.create({}).id
    with pytest.raises(stripe.InvalidRequestError, match="configuration"):
        shop.v1.billing_portal.sessions.create({"customer": customer})


def test_its_own_page_refunds_disputes_and_lets_time_pass(emulator: Emulator, shop: Shop) -> None:
    door = f"{emulator.address}/"
    for card in (GOOD_CARD, GOOD_CARD, GOOD_IBAN):
        emulator.pay(shop.sell(), card=card)
    debit, disputed, refunded = [charge.id for charge in shop.v1.charges.list({}).data]
    assert "Let it bounce" in visit(door)[1]
    for charge, action in (
        (refunded, "refund"),
        (disputed, "dispute"),
        (disputed, "lost"),
        (debit, "settle"),
    ):
        assert visit(door, charge=charge, action=action) == (303, "/")
    assert shop.v1.charges.retrieve(refunded).refunded
    assert shop.v1.disputes.list({}).data[0].status == "lost"
    assert shop.v1.charges.retrieve(debit).status == "succeeded"
    assert visit(door, charge=debit, action="settle")[0] == 422
    before = emulator.advance(seconds=0)
    visit(door, days="8")
    assert emulator.advance(seconds=0) >= before + 8 * 86_400
