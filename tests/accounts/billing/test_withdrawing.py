from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.billing import consents, leaving, promises
from accounts.billing.clawback import credits_gone
from accounts.billing.ending import unused
from accounts.billing.models import BillingAlert, DeliveryConsent, Order, Receipt, Withdrawal
from accounts.billing.withdrawing import NothingToWithdraw, declare, last_moment, offer, refundable
from accounts.models import User
from credits import ledger
from credits.models import LotKind
from credits.statements import owed, spendable
from tests.emulator import Emulator

from ..conftest import make_reader
from .club_till import join, make_tier
from .till import at_stripe, paid, pay_back, settle, spend

SAID = "I withdraw from the contract."


@pytest.mark.parametrize(
    ("concluded", "last_day"),
    [
        (datetime(2026, 6, 22, 9, tzinfo=UTC), date(2026, 7, 6)),
        # The 14th day is a Saturday, a Sunday: the Monday after it.
        (datetime(2026, 6, 20, 9, tzinfo=UTC), date(2026, 7, 6)),
        (datetime(2026, 6, 21, 9, tzinfo=UTC), date(2026, 7, 6)),
        (datetime(2026, 6, 19, 9, tzinfo=UTC), date(2026, 7, 3)),
    ],
)
def test_fourteen_days_end_with_a_working_day(concluded: datetime, last_day: date) -> None:
    last = timezone.localtime(last_moment(concluded))
    assert (last.date(), last.hour, last.minute) == (last_day, 23, 59)


@given(
    st.integers(1, 2000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))),
    st.integers(50, 5000),
)
def test_what_comes_back_never_takes_a_credit_that_was_spent(
    credits: tuple[int, int, int], price: int
) -> None:
    bought, one, other = credits
    gone, unspent = min(one, other), max(one, other) - min(one, other)
    refunded = price * gone // bought
    amount = refundable(unspent=unspent, gone=gone, bought=bought, paid=price, refunded=refunded)
    assert 0 <= amount <= price - refunded
    assert credits_gone(bought, money_gone=refunded + amount, paid=price) <= gone + unspent


def days(count: float) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=count)


@pytest.mark.parametrize(
    ("at", "left"),
    [(-1, 3000), (0, 3000), (0.9, 3000), (1, 2900), (12.5, 1800), (29.9, 100), (30, 0), (99, 0)],
)
def test_the_days_that_are_over_are_paid_for(at: float, left: int) -> None:
    assert unused([(days(0), days(30), 3000)], at=days(at)) == left


def test_after_a_switch_of_plan_the_days_to_come_are_worth_what_the_new_plan_costs() -> None:
    spans = [(days(0), days(30), 900), (days(10), days(30), -600), (days(10), days(30), 1200)]
    assert unused(spans, at=days(12)) == 1800 * 18 // 30


@pytest.mark.django_db
class TestCredits:
    def test_unspent_credits_come_back_and_spent_ones_do_not(self, emulator: Emulator, reader: User) -> None:
        order = paid(emulator, reader, credits=10, bonus=3, amount=1000)
        spend(reader, 5)
        found = offer(order, timezone.now())
        assert found is not None
        # The bonus went first: three of it, and two that were paid for.
        assert (found.credits, found.bonus, found.amount) == (8, 0, 800)
        withdrawal = declare(order, reader=reader, statement=SAID)
        assert spendable(reader.wallet_id) == 0
        settle(order)
        assert spendable(reader.wallet_id) == 0
        assert promises.keep().done == 1
        settle(order)
        withdrawal.refresh_from_db()
        assert withdrawal.done_at
        assert withdrawal.refund_id
        assert (order.amount_refunded, spendable(reader.wallet_id), owed(reader.wallet_id)) == (800, 0, 0)
        assert sum(receipt.total for receipt in Receipt.objects.all()) == 200
        assert offer(order, timezone.now()) is None
        assert promises.keep().done == 0
        with pytest.raises(NothingToWithdraw):
            declare(order, reader=reader, statement=SAID)

    def test_credits_bought_before_stay(self, emulator: Emulator, reader: User) -> None:
        ledger.grant(wallet_id=reader.wallet_id, amount=4, kind=LotKind.PAID, reason="Old", key="old")
        order = paid(emulator, reader)
        declare(order, reader=reader, statement=SAID)
        promises.keep()
        assert spendable(reader.wallet_id) == 4

    def test_what_was_refunded_before_is_not_refunded_again(self, emulator: Emulator, reader: User) -> None:
        order = paid(emulator, reader)
        pay_back(order, 500)
        settle(order)
        spend(reader, 2)
        declare(order, reader=reader, statement=SAID)
        settle(order)
        assert spendable(reader.wallet_id) == 0
        promises.keep()
        settle(order)
        assert (order.amount_refunded, owed(reader.wallet_id)) == (800, 0)

    def test_while_stripe_is_away_it_is_declared_and_paid_back_later_once(
        self, emulator: Emulator, reader: User
    ) -> None:
        order = paid(emulator, reader)
        emulator.down()
        declare(order, reader=reader, statement=SAID)
        with pytest.raises(CommandError, match="cannot be asked now"):
            call_command("end_clubs")
        emulator.clear()
        emulator.weather(drop="after", path="/v1/refunds*", times=1)
        call_command("end_clubs")
        call_command("end_clubs")
        settle(order)
        assert order.amount_refunded == 1000
        assert Withdrawal.objects.get().done_at

    def test_after_the_time_or_by_somebody_else_there_is_none(self, emulator: Emulator, reader: User) -> None:
        order = paid(emulator, reader)
        assert offer(order, timezone.now() + timedelta(days=17)) is None
        with pytest.raises(NothingToWithdraw):
            declare(order, reader=make_reader("other@example.com"), statement=SAID)
        spend(reader, 10)
        assert offer(order, timezone.now()) is None
        assert offer(Order(what=Order.What.PACK), timezone.now()) is None
        assert spendable(reader.wallet_id) == 0


@pytest.mark.django_db
class TestClubs:
    def test_the_days_to_come_are_paid_back_and_the_club_ends(self, emulator: Emulator, reader: User) -> None:
        club = join(emulator, reader, make_tier(allowance=6, monthly=3100))
        then = club.row.period_start + timedelta(days=4)
        length = (club.row.period_end - club.row.period_start).days
        found = offer(club.row.order or club.row, then)
        assert found is not None
        assert found.amount == round(3100 * (length - 4) / length)
        declare(club.row.order or club.row, reader=reader, statement=SAID, now=then)
        promises.keep()
        assert (club.row.status, club.row.end_because) == ("canceled", "withdrawn")
        assert not club.is_open
        assert sum(receipt.total for receipt in Receipt.objects.all()) == 3100 - found.amount
        assert spendable(reader.wallet_id) == 1
        assert Withdrawal.objects.get().done_at
        assert offer(club.row, then) is None

    def test_what_was_given_back_before_is_not_given_back_again(
        self, emulator: Emulator, reader: User
    ) -> None:
        club = join(emulator, reader, make_tier(monthly=3100))
        club.pay_back(1000)
        club.sync()
        found = offer(club.row, timezone.now())
        assert found is not None
        assert found.amount == 2100
        declare(club.row, reader=reader, statement=SAID)
        promises.keep()
        club.sync()
        assert sum(receipt.total for receipt in Receipt.objects.all()) == 0
        assert not BillingAlert.objects.exists()

    def test_a_refund_that_fails_is_told_of_and_not_tried_for_ever(
        self, emulator: Emulator, reader: User
    ) -> None:
        club = join(emulator, reader, make_tier())
        declare(club.row, reader=reader, statement=SAID)
        promises.keep()
        refund = at_stripe().v1.refunds.list({}).data[0]
        emulator.settle_refund(refund.id, succeeds=False)
        club.sync()
        club.sync()
        assert len(at_stripe().v1.refunds.list({}).data) == 1
        assert BillingAlert.objects.get().subject == "something cannot be paid back"

    def test_free_days_are_given_up_for_nothing(self, emulator: Emulator, reader: User) -> None:
        club = join(emulator, reader, make_tier(trial_days=14))
        declare(club.row, reader=reader, statement=SAID)
        promises.keep()
        assert Withdrawal.objects.get().amount == 0
        assert club.row.status == "canceled"

    def test_fourteen_days_begin_with_the_first_payment(self, emulator: Emulator, reader: User) -> None:
        club = join(emulator, reader, make_tier(trial_days=20))
        club.after(days=21)
        assert offer(club.row, club.now) is not None
        assert offer(club.row, club.now + timedelta(days=17)) is None

    def test_who_cancelled_may_still_withdraw(self, emulator: Emulator, reader: User) -> None:

        club = join(emulator, reader, make_tier())
        leaving.cancel(reader)
        declare(club.row, reader=reader, statement=SAID)
        promises.keep()
        assert sum(receipt.total for receipt in Receipt.objects.all()) == 0


@pytest.mark.django_db
class TestConsents:
    def test_a_briefing_bought_with_new_credits_is_consented_to(
        self, emulator: Emulator, reader: User
    ) -> None:

        paid(emulator, reader, credits=10, bonus=2)
        bonus = spend(reader, 2)
        bought = spend(reader, 3, key="unlock:two")
        for transaction_id in (bonus, bought, bought):
            consents.record_delivery(reader, transaction_id=transaction_id)
        agreed = DeliveryConsent.objects.get()
        assert (agreed.transaction_id, agreed.reader, agreed.wording) == (bought, reader, consents.WORDING)

    def test_old_credits_need_none(self, emulator: Emulator, reader: User) -> None:

        paid(emulator, reader)
        spent = spend(reader, 3)
        later = timezone.now() + timedelta(days=19)
        consents.record_delivery(reader, transaction_id=spent, now=later)
        assert not DeliveryConsent.objects.exists()
