"""A gift's credits wait apart, are claimed once, and stay within reach of what happens to the payment."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.billing import gifts
from accounts.billing.models import Gift, Order
from accounts.models import User
from credits import freezes, ledger
from credits.errors import Frozen
from credits.models import LotKind
from credits.statements import owed, spendable

from ..conftest import make_reader
from ..test_races import at_once
from .test_receipts import order_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def friend(db: None) -> User:
    return make_reader("friend@example.com")


def gift_of(reader: User, *, paid: bool = True, days: int = 0) -> Gift:
    order = order_of(reader, what=Order.What.GIFT, state=Order.State.PAID if paid else Order.State.STARTED)
    gift = gifts.prepare(
        order,
        giver_name="R. Eader",
        recipient_name="A Friend",
        recipient_email="Friend@example.com",
        message="With thanks.",
        deliver_on=timezone.localdate() + timedelta(days=days),
    )
    if paid:
        grant(order)
    return gift


def grant(order: Order, amount: int = 10) -> int:
    posted = ledger.grant(
        wallet_id=gifts.wallet_of(order),
        amount=amount,
        kind=LotKind.PAID,
        reason="Bought",
        key=f"checkout:{order.key}:{amount}",
        reference=str(order.key),
    ).transaction_id
    if order.granted_id is None:
        order.granted_id = posted
        order.save()
    return posted


def test_the_link_is_known_by_its_digest_alone(reader: User) -> None:
    gift = gift_of(reader)
    token = gifts.token_of(gift.order)
    assert token not in str(vars(gift))
    assert gifts.by_token(token) == gift
    assert gifts.by_token(gift.token_digest) is None


def test_a_link_that_was_sent_outlives_a_change_of_the_secret_key(reader: User, settings: object) -> None:
    gift = gift_of(reader)
    token = gifts.token_of(gift.order)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert gifts.by_token(token) == gift
    assert not gifts.link_holds(gift)


def test_a_gift_is_claimed_once(reader: User, friend: User) -> None:
    gift = gift_of(reader)
    assert gifts.claim(gift, reader=friend) == 10
    with pytest.raises(gifts.GiftRefused, match="already"):
        gifts.claim(gift, reader=reader)
    assert (spendable(friend.wallet_id), spendable(reader.wallet_id)) == (10, 0)


def test_nothing_is_claimed_before_it_is_paid_or_after_it_is_paid_back(reader: User, friend: User) -> None:
    unpaid = gift_of(reader, paid=False)
    returned = gift_of(reader)
    ledger.refund(transaction_id=returned.order.granted_id, amount=10, key="refund:1", reason="Paid back")
    for gift in (unpaid, returned):
        assert not gifts.can_be_claimed(gift)
        with pytest.raises(gifts.GiftRefused, match="nothing"):
            gifts.claim(gift, reader=friend)


def test_what_comes_late_and_what_is_paid_back_follow_the_claim(reader: User, friend: User) -> None:
    gift = gift_of(reader)
    gifts.claim(gift, reader=friend)
    grant(gift.order, 2)
    assert spendable(friend.wallet_id) == 12
    ledger.spend(wallet_id=friend.wallet_id, amount=11, key="spend:1", reason="Unlocked")
    ledger.refund(transaction_id=gift.order.granted_id, amount=10, key="refund:1", reason="Paid back")
    assert (spendable(friend.wallet_id), owed(friend.wallet_id)) == (1, 10)


def test_a_gift_on_hold_is_not_claimed_and_a_claimed_one_holds_its_holder(reader: User, friend: User) -> None:
    held, claimed = gift_of(reader), gift_of(reader)
    freezes.freeze(held.wallet_id, cause="dispute:1")
    with pytest.raises(Frozen):
        gifts.claim(held, reader=friend)
    gifts.claim(claimed, reader=friend)
    freezes.freeze(claimed.wallet_id, cause="dispute:2")
    with pytest.raises(Frozen):
        ledger.spend(wallet_id=friend.wallet_id, amount=1, key="spend:1", reason="Unlocked")


@pytest.mark.django_db(transaction=True)
def test_two_who_claim_at_once_get_it_once() -> None:
    gift = gift_of(make_reader("giver@example.com"))
    friends = [make_reader(f"friend{number}@example.com") for number in range(4)]

    def claim(friend: User) -> int:
        try:
            return gifts.claim(gift, reader=friend)
        except gifts.GiftRefused:
            return 0

    assert sorted(at_once([partial(claim, friend) for friend in friends])) == [0, 0, 0, 10]
    assert sorted(spendable(friend.wallet_id) for friend in friends) == [0, 0, 0, 10]
