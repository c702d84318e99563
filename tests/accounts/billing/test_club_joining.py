from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.billing import joining, orders, settling
from accounts.billing.errors import NotSetUp, Unavailable
from accounts.billing.joining import JoinRefused, rebate_for, terms_for
from accounts.billing.models import Order, Receipt, StripeEvent, Subscription
from accounts.models import Membership, Tier, User
from credits import ledger
from credits.models import LotKind
from tests.emulator import Emulator

from . import till
from .club_till import begin, join, make_tier, pay
from .till import at_stripe, hear, make_pack, paid, pay_back, settle, spend

pytestmark = pytest.mark.django_db

NOW = timezone.now


def test_credits_spent_lately_come_off_the_first_payment_once(emulator: Emulator, reader: User) -> None:
    paid(emulator, reader, credits=10, bonus=2, amount=1000)
    spend(reader, 6)
    tier = make_tier()
    assert terms_for(reader, tier, "month").first_payment == 1200 - 400
    order = begin(reader, tier)
    assert order.rebate == 400
    club = pay(emulator, order)
    assert Receipt.objects.get(subscription=club.row).total == 800
    club.after(days=32)
    assert Receipt.objects.filter(subscription=club.row).first().total == 1200
    assert rebate_for(reader, tier, "month") == 0


def granted_by_staff(emulator: Emulator, reader: User) -> None:
    ledger.grant(wallet_id=reader.wallet_id, amount=10, kind=LotKind.PAID, reason="Sorry", key="staff:1")
    spend(reader, 6)


def spent_long_ago(emulator: Emulator, reader: User) -> None:
    paid(emulator, reader)
    spend(reader, 6)


def taken_back(emulator: Emulator, reader: User) -> None:
    paid(emulator, reader)
    ledger.reverse(transaction_id=spend(reader, 6), key="undo", reason="Undone")


def in_another_currency(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, make_pack(currency="EUR"), currency="EUR")
    emulator.pay(order.session_id)
    settle(order)
    spend(reader, 6)


def paid_back(emulator: Emulator, reader: User) -> None:
    order = paid(emulator, reader)
    spend(reader, 6)
    pay_back(order)
    settle(order)


@pytest.mark.parametrize(
    ("happened", "later"),
    [
        (granted_by_staff, 0),
        (spent_long_ago, 31),
        (taken_back, 0),
        (in_another_currency, 0),
        (paid_back, 0),
    ],
)
def test_nothing_comes_off_for(
    emulator: Emulator, reader: User, happened: Callable[[Emulator, User], None], later: int
) -> None:
    happened(emulator, reader)
    assert rebate_for(reader, make_tier(), "month", now=NOW() + timedelta(days=later)) == 0


def test_a_rebate_is_never_more_than_the_first_payment(emulator: Emulator, reader: User) -> None:
    paid(emulator, reader, amount=5000)
    spend(reader, 10)
    tier = make_tier()
    assert rebate_for(reader, tier, "month") == 1200
    club = pay(emulator, begin(reader, tier))
    assert club.is_open
    assert not Receipt.objects.filter(subscription=club.row).exists()


def test_a_rebate_waits_for_the_end_of_the_trial(emulator: Emulator, reader: User) -> None:
    paid(emulator, reader)
    spend(reader, 5)
    club = pay(emulator, begin(reader, make_tier(trial_days=14)))
    assert club.row.status == "trialing"
    club.after(days=15)
    assert Receipt.objects.get(subscription=club.row).total == 700
    club.after(days=32)
    assert Receipt.objects.filter(subscription=club.row).first().total == 1200


def test_a_trial_is_had_once_by_whichever_account(emulator: Emulator, reader: User) -> None:
    tier = make_tier(trial_days=14)
    assert joining.trial_days_for(reader, tier) == 14
    club = join(emulator, reader, tier)
    assert joining.trial_days_for(reader, tier) == 0
    at_stripe().v1.subscriptions.cancel(club.stripe_id)
    club.sync()
    assert terms_for(reader, tier, "month").trial_days == 0


def a_code(name: str, *, percent_off: int) -> str:
    made = at_stripe().v1.coupons.create({"percent_off": percent_off, "duration": "once"})
    params: Any = {"code": name, "promotion": {"type": "coupon", "coupon": made.id}}
    return at_stripe().v1.promotion_codes.create(params).code


def test_of_code_and_rebate_the_better_is_used(emulator: Emulator, reader: User) -> None:
    paid(emulator, reader)
    spend(reader, 5)
    tier = make_tier()
    code = a_code("SPRING", percent_off=50)
    order = begin(reader, tier, code=code.lower())
    assert (order.rebate, order.promotion_code) == (0, "SPRING")
    order = begin(reader, make_tier("Dear", monthly=10_000), code=a_code("LITTLE", percent_off=1))
    assert (order.rebate, order.promotion_code) == (500, "")
    assert pay(emulator, order).is_open


def test_a_code_that_is_not_good_is_said_so_and_begins_nothing(emulator: Emulator, reader: User) -> None:
    tier = make_tier()
    with pytest.raises(JoinRefused, match="code"):
        begin(reader, tier, code="NOSUCH")
    assert not Order.objects.exists()


def test_a_member_does_not_join_again(emulator: Emulator, reader: User) -> None:
    tier = make_tier()
    join(emulator, reader, tier)
    with pytest.raises(JoinRefused, match="member already"):
        begin(reader, make_tier("Other"))


def test_a_double_click_is_one_order_and_another_plan_closes_the_first(
    emulator: Emulator, reader: User
) -> None:
    tier = make_tier()
    first = begin(reader, tier)
    assert begin(reader, tier).pk == first.pk
    other = begin(reader, tier, "year")
    assert other.pk != first.pk
    settle(first)
    assert first.state == Order.State.EXPIRED
    assert pay(emulator, other).row.interval == "year"


def test_who_paid_in_the_other_tab_is_told_to_wait(emulator: Emulator, reader: User) -> None:
    tier = make_tier()
    first = begin(reader, tier)
    emulator.pay(first.session_id)
    with pytest.raises(JoinRefused, match="on its way"):
        begin(reader, tier, "year")


def test_of_two_clubs_at_once_the_older_stays_and_the_other_is_paid_back(
    emulator: Emulator, reader: User
) -> None:
    tier = make_tier(allowance=5)
    tabs = [two_tabs(reader, tier, interval) for interval in ("month", "year")]
    for order in tabs:
        emulator.pay(order.session_id)
        emulator.advance(seconds=5)
    hear(emulator, shuffle=7, duplicate=1)
    hear(emulator)
    assert not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()
    older, newer = Subscription.objects.order_by("created_at")
    assert (older.status, older.order) == ("active", tabs[0])
    assert (newer.status, newer.end_because) == ("canceled", "second")
    assert Membership.objects.live().get() == older.membership
    assert sum(receipt.total for receipt in newer.receipts.all()) == 0
    assert sum(receipt.total for receipt in older.receipts.all()) == 1200
    assert older.allowances.count() == 1
    assert not newer.allowances.exists()


def two_tabs(reader: User, tier: Tier, interval: str) -> Order:
    """Each opened before the other was known of: our own page would have closed the first."""
    terms = terms_for(reader, tier, interval)
    order = joining.order_of(reader, terms, tier, interval, None)
    orders.consented(order, back_to="", consent="2026-11")
    orders.checkout_url(order)
    order.refresh_from_db()
    return order


def test_while_stripe_is_away_nothing_is_begun_twice(emulator: Emulator, reader: User) -> None:
    tier = make_tier()
    emulator.down()
    with pytest.raises(Unavailable):
        begin(reader, tier)
    emulator.clear()
    club = pay(emulator, begin(reader, tier))
    assert Order.objects.count() == 1
    assert club.is_open


def test_a_tier_without_that_price_is_not_sold(emulator: Emulator, reader: User) -> None:
    tier = make_tier()
    Tier.objects.update(price_yearly=None)
    tier.refresh_from_db()
    with pytest.raises(NotSetUp):
        terms_for(reader, tier, "year")


def test_a_club_ordered_before_the_account_was_closed_ends_and_is_paid_back(
    emulator: Emulator, reader: User
) -> None:
    order = begin(reader, make_tier(allowance=5))
    User.objects.filter(pk=reader.pk).update(closed_at=NOW() - timedelta(minutes=1), is_active=False)
    emulator.pay(order.session_id)
    settling.sync_order(order.pk)
    held = Subscription.objects.get()
    assert (held.status, held.end_because) == ("canceled", "closed")
    assert held.membership is None
    assert sum(receipt.total for receipt in Receipt.objects.all()) == 0
