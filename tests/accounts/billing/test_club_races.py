"""Real threads on real connections: several pieces of news about one reader's clubs at once."""

from collections.abc import Callable
from functools import partial

import pytest

from accounts.billing import leaving, settling, withdrawing
from accounts.billing.errors import Unavailable
from accounts.billing.models import Allowance, Order, Receipt, Subscription, Withdrawal
from accounts.billing.subscribing import sync_subscription
from accounts.merging import merge_readers
from accounts.models import Membership, User
from credits.audit import audit
from credits.statements import spendable
from tests.emulator import Emulator

from ..conftest import make_reader
from ..test_races import at_once
from .club_till import begin, join, make_tier
from .test_club_joining import two_tabs
from .till import at_stripe

pytestmark = pytest.mark.django_db(transaction=True)


def until_it_answers(deed: Callable[[], object]) -> None:
    """As the inbox does: few may wait for Stripe at a time, and the others come again."""
    for _ in range(20):
        try:
            deed()
        except Unavailable:
            continue
        return
    raise AssertionError("never had a turn")


def test_many_pieces_of_one_clubs_news_make_one_membership(emulator: Emulator, reader: User) -> None:
    order = begin(reader, make_tier(allowance=5))
    emulator.pay(order.session_id)
    stripe_id = at_stripe().v1.subscriptions.list({}).data[0].id
    news = [partial(sync_subscription, stripe_id), partial(settling.sync_order, order.pk)] * 3
    at_once([partial(until_it_answers, deed) for deed in news])
    assert Membership.objects.count() == Subscription.objects.count() == 1
    assert Allowance.objects.count() == Receipt.objects.count() == 1
    assert Order.objects.get().state == Order.State.PAID
    assert spendable(reader.wallet_id) == 5


def test_of_two_clubs_looked_at_at_once_one_stays(emulator: Emulator, reader: User) -> None:
    tier = make_tier(allowance=5)
    tabs = [two_tabs(reader, tier, interval) for interval in ("month", "year")]
    for order in tabs:
        emulator.pay(order.session_id)
        emulator.advance(seconds=5)
    at_once([partial(until_it_answers, partial(settling.sync_order, order.pk)) for order in tabs * 2])
    for held in Subscription.objects.to_be_ended():
        sync_subscription(held.stripe_id)
    older, newer = Subscription.objects.order_by("created_at")
    assert (older.status, newer.status) == ("active", "canceled")
    assert Membership.objects.live().get().subscription == older
    # Given by the newer one while it was the only one known, they are gone with its money.
    assert spendable(reader.wallet_id) == 5
    assert sum(receipt.total for receipt in newer.receipts.all()) == 0


def test_a_merge_beside_the_news_loses_no_club(emulator: Emulator, reader: User) -> None:
    tier = make_tier(allowance=5)
    other = make_reader("other@example.com")
    clubs = [join(emulator, reader, tier), join(emulator, other, tier)]
    merge = partial(merge_readers, source=reader, target=other, by=None, reason="One person")
    news = [partial(until_it_answers, partial(sync_subscription, club.stripe_id)) for club in clubs]
    at_once([merge, *news, *news])
    for held in Subscription.objects.to_be_ended():
        sync_subscription(held.stripe_id)
    assert {held.reader for held in Subscription.objects.all()} == {other}
    assert Membership.objects.live().get().reader == other
    assert Subscription.objects.living().count() == 1
    assert audit().first_difference is None


def test_two_confirmations_are_one_withdrawal(emulator: Emulator, reader: User) -> None:
    club = join(emulator, reader, make_tier())

    def declare() -> bool:
        try:
            withdrawing.declare(club.row, reader=reader, statement="I withdraw")
        except withdrawing.NothingToWithdraw:
            return False
        return True

    assert sorted(at_once([declare] * 4)) == [False, False, False, True]
    news = [partial(withdrawing.carry_out, Withdrawal.objects.get()), partial(leaving_or_not, reader)]
    at_once([partial(until_it_answers, deed) for deed in news * 2])
    assert Withdrawal.objects.get().done_at
    assert sum(receipt.total for receipt in Receipt.objects.all()) == 0
    assert len(at_stripe().v1.refunds.list({}).data) == 1


def leaving_or_not(reader: User) -> None:
    try:
        leaving.cancel(reader)
    except leaving.NoClub:
        return
