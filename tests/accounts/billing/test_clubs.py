from datetime import timedelta
from typing import Any

import pytest

from accounts.billing import orders, settling
from accounts.billing.errors import Foreign
from accounts.billing.models import Allowance, Order, Receipt, StripeCustomer, StripeEvent, Subscription
from accounts.billing.standing import GRACE
from accounts.models import Membership, User
from credits import freezes
from credits.statements import spendable
from tests.emulator import LATER_DECLINED_CARD, Emulator

from .club_till import Club, begin, join, make_tier, pay
from .till import at_stripe, hear

pytestmark = pytest.mark.django_db


def test_a_reader_joins_is_renewed_and_gets_a_months_credits_once(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=5))
    assert club.row.status == "active"
    assert club.row.reader == reader
    assert club.membership.source == Membership.Source.PAID
    assert club.membership.ends_at == club.row.period_end + GRACE
    assert spendable(reader.wallet_id) == 5
    club.sync()
    club.sync()
    assert spendable(reader.wallet_id) == 5
    assert Receipt.objects.get().total == 1200
    club.after(days=32)
    assert club.is_open
    assert club.membership.ends_at == club.row.period_end + GRACE
    assert spendable(reader.wallet_id) == 10
    assert Receipt.objects.count() == 2
    assert Membership.objects.count() == 1


def test_a_year_gives_its_credits_month_by_month(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=5), "year")
    assert Allowance.objects.count() == 1
    club.after(days=20)
    assert Allowance.objects.count() == 1
    club.after(days=20)
    assert Allowance.objects.count() == 2
    assert club.is_open
    assert club.row.interval == "year"


def test_a_refused_card_has_seven_days_and_comes_back(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier())
    club.card(LATER_DECLINED_CARD)
    club.after(days=32)
    assert club.row.status == "past_due"
    since = club.row.past_due_since
    assert since is not None
    assert club.is_open
    assert club.membership.ends_at == since + GRACE
    club.now = since + GRACE - timedelta(seconds=1)
    club.sync()
    assert club.is_open
    club.now = since + GRACE
    club.sync()
    assert not club.is_open
    club.card("4242424242424242")
    club.after(days=3)
    club.now = since + GRACE + timedelta(days=1)
    club.sync()
    assert (club.row.status, club.row.past_due_since) == ("active", None)
    assert club.is_open


def test_dunning_that_ends_in_nothing_ends_the_club(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=5))
    club.card(LATER_DECLINED_CARD)
    club.after(days=60)
    assert club.row.status in ("canceled", "unpaid")
    assert not club.is_open
    assert spendable(reader.wallet_id) == 5


@pytest.mark.parametrize("status", ["unpaid", "paused", "incomplete", "a word of tomorrow"])
def test_what_is_not_known_to_be_paid_for_is_closed_and_opens_again(
    emulator: Emulator, reader: User, status: str
) -> None:
    club = join(emulator, reader, make_tier())
    emulator.force_status(club.stripe_id, status)
    club.sync()
    assert not club.is_open
    emulator.force_status(club.stripe_id, "active")
    club.sync()
    assert club.is_open
    assert Membership.objects.count() == 1


def test_a_switch_of_plan_follows_and_gives_no_month_twice(emulator: Emulator, reader: User) -> None:
    small, big = make_tier("Small", allowance=5), make_tier("Big", monthly=3000, yearly=30000, allowance=9)
    club = join(emulator, reader, small)
    club.after(days=10)
    club.switch(big)
    assert club.membership.tier == big
    club.switch(big, "year")
    assert club.row.interval == "year"
    club.switch(small)
    assert club.membership.tier == small
    assert spendable(reader.wallet_id) == 5
    club.switch(big, "year")
    club.after(days=22)
    assert spendable(reader.wallet_id) == 14
    assert Membership.objects.count() == 1


def test_a_trial_opens_gives_no_credits_and_becomes_a_club(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=5, trial_days=14))
    assert club.row.status == "trialing"
    assert club.is_open
    assert spendable(reader.wallet_id) == 0
    assert not Receipt.objects.exists()
    club.after(days=15)
    assert club.row.status == "active"
    assert spendable(reader.wallet_id) == 5
    assert Receipt.objects.get().total == 1200


@pytest.mark.parametrize(
    ("at_its_end", "status", "is_open"),
    [("cancel", "canceled", False), ("pause", "paused", False), ("create_invoice", "past_due", True)],
)
def test_a_trial_without_a_card_ends_with_its_days(
    emulator: Emulator, reader: User, at_its_end: str, status: str, is_open: bool
) -> None:
    order = begin(reader, make_tier(allowance=5, trial_days=14))
    Order.objects.update(session_id=session_without_card(order, at_its_end))
    order.refresh_from_db()
    club = pay(emulator, order)
    assert (club.row.status, club.is_open) == ("trialing", True)
    club.after(days=15)
    assert (club.row.status, club.is_open) == (status, is_open)
    assert not Allowance.objects.exists()
    assert not Receipt.objects.exists()
    club.after(days=8)
    assert not club.is_open


def session_without_card(order: Order, at_its_end: str) -> str:
    params: Any = {
        "mode": "subscription",
        "customer": StripeCustomer.objects.get().stripe_id,
        "line_items": [{"price": orders.price_of(order).stripe_id, "quantity": 1}],
        "metadata": {"order": str(order.key)},
        "payment_method_collection": "if_required",
        "subscription_data": {
            "metadata": {"order": str(order.key)},
            "trial_period_days": order.trial_days,
            "trial_settings": {"end_behavior": {"missing_payment_method": at_its_end}},
        },
        "success_url": "http://localhost/",
    }
    return at_stripe().v1.checkout.sessions.create(params).id


def test_a_deleted_customer_has_no_club_and_keeps_their_receipts(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=5))
    club.pay_back(600)
    club.sync()
    assert spendable(reader.wallet_id) == 2
    at_stripe().v1.customers.delete(customer_of(club))
    hear(emulator)
    assert not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()
    assert club.row.status == "canceled"
    assert not Membership.objects.live().exists()
    assert spendable(reader.wallet_id) == 2
    assert sum(receipt.total for receipt in Receipt.objects.all()) == 600


def customer_of(club: Club) -> str:
    return str(at_stripe().v1.subscriptions.retrieve(club.stripe_id).customer)


def test_a_price_that_we_do_not_know_opens_nothing(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=5))
    club.switch(make_tier("Other"))
    Subscription.objects.get().tier.stripe_prices.all().delete()
    held = club.sync()
    assert held.tier is None
    assert not club.is_open


def test_what_no_order_of_ours_asked_for_is_foreign(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier())
    before = Subscription.objects.values().get()
    at_stripe().v1.subscriptions.update(club.stripe_id, {"metadata": {"order": ""}})
    with pytest.raises(Foreign):
        club.sync()
    assert Subscription.objects.values().get() == before


def test_a_full_refund_takes_the_months_credits_and_leaves_the_rest(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=6))
    club.pay_back(400)
    club.sync()
    assert spendable(reader.wallet_id) == 4
    club.pay_back()
    club.sync()
    club.sync()
    assert spendable(reader.wallet_id) == 0
    assert club.is_open
    assert sum(receipt.total for receipt in Receipt.objects.all()) == 0


def test_a_lost_dispute_ends_the_club_and_a_won_one_does_not(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier(allowance=6))
    charge = club.charge()
    first = emulator.dispute(charge, amount=600)
    club.sync()
    assert club.is_open
    assert held_back(reader)
    emulator.close_dispute(first, won=True)
    club.sync()
    assert not held_back(reader)
    assert spendable(reader.wallet_id) == 6
    club.after(days=32)
    second = emulator.dispute(club.charge())
    emulator.close_dispute(second, won=False)
    club.sync()
    assert club.row.status == "canceled"
    assert club.row.end_because == Subscription.End.DISPUTED
    assert not club.is_open
    assert spendable(reader.wallet_id) == 6
    assert not held_back(reader)


def held_back(reader: User) -> bool:
    return freezes.open_freezes(reader.wallet_id).exists()


def test_tax_within_the_price_stands_on_the_receipt_with_its_rate(
    emulator: Emulator, reader: User, settings: Any
) -> None:
    settings.STRIPE_AUTOMATIC_TAX = True
    order = begin(reader, make_tier())
    emulator.pay(order.session_id, country="GB", name="Ada Reader")
    settling.sync_order(order.pk)
    [line] = Receipt.objects.get().lines
    assert (line["net"], line["tax"], line["total"]) == (1000, 200, 1200)
    [tax] = line["tax_lines"]
    assert (tax["label"], float(tax["rate"]), tax["amount"], tax["inclusive"]) == ("VAT", 20, 200, True)
    assert Membership.objects.live().filter(reader=reader).exists()
