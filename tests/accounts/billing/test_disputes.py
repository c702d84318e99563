"""A bank takes a payment back, or asks: credits are held, taken, given back, and what they opened closes."""

import pytest

from accounts.billing import disputing
from accounts.billing.disputing import Stage
from accounts.billing.models import BillingAlert, Dispute, Order, Receipt
from accounts.models import User
from credits import freezes, ledger
from credits.errors import Frozen
from credits.models import LedgerTransaction, LotKind
from credits.statements import owed, spendable
from tests.emulator import Emulator

from . import till


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("warning_needs_response", Stage.ASKED),
        ("warning_under_review", Stage.ASKED),
        ("warning_closed", Stage.ASKED),
        ("warning_of_a_new_kind", Stage.ASKED),
        ("needs_response", Stage.OPEN),
        ("under_review", Stage.OPEN),
        ("of_a_new_kind", Stage.OPEN),
        ("", Stage.OPEN),
        ("won", Stage.WON),
        ("prevented", Stage.WON),
        ("lost", Stage.LOST),
    ],
)
def test_only_an_open_or_unknown_dispute_holds_credits(status: str, stage: Stage) -> None:
    assert disputing.stage(status) is stage


@pytest.mark.django_db
def test_a_word_nobody_knows_holds_credits_and_tells_somebody(reader: User) -> None:
    found = till.a_dispute(status="of_a_new_kind")
    disputing.note(found)
    disputing.hold_or_let_go(reader.wallet_id, [found])
    assert freezes.open_freezes(reader.wallet_id).count() == 1
    assert "not known" in BillingAlert.objects.get().text


@pytest.mark.django_db
def test_an_inquiry_holds_nothing(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader)
    dispute = emulator.dispute(till.charge_of(order), inquiry=True)
    till.settle(order)
    till.spend(reader, 1)
    emulator.close_dispute(dispute, won=True)
    till.settle(order)
    assert Dispute.objects.get().closed_at is not None
    assert (spendable(reader.wallet_id), freezes.open_freezes().count()) == (9, 0)


@pytest.mark.django_db
def test_a_dispute_holds_credits_until_it_is_won(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader)
    unlock = till.spend(reader, 4)
    dispute = emulator.dispute(till.charge_of(order))
    till.settle(order)
    till.settle(order)
    with pytest.raises(Frozen):
        till.spend(reader, 1, key="unlock:two")
    emulator.close_dispute(dispute, won=True)
    till.settle(order)
    assert (spendable(reader.wallet_id), freezes.open_freezes().count()) == (6, 0)
    assert not is_undone(unlock)
    assert {alert.subject for alert in BillingAlert.objects.all()} == {
        "a dispute is needs_response",
        "a dispute is won",
    }


@pytest.mark.django_db
def test_a_lost_one_takes_the_credits_and_what_they_opened(emulator: Emulator, reader: User) -> None:
    ledger.grant(wallet_id=reader.wallet_id, amount=2, kind=LotKind.PAID, reason="Others", key="staff:1")
    order = till.paid(emulator, reader, credits=10, bonus=1)
    unlocks = [till.spend(reader, 4, key=f"unlock:{n}") for n in range(2)]
    lose(emulator, order)
    till.settle(order)
    assert all(is_undone(unlock) for unlock in unlocks)
    assert (spendable(reader.wallet_id), owed(reader.wallet_id), freezes.open_freezes().count()) == (2, 0, 0)
    assert sum(note.total for note in Receipt.objects.all()) == 0
    till.spend(reader, 2, key="unlock:later")
    till.settle(order)
    assert spendable(reader.wallet_id) == 0


@pytest.mark.django_db
def test_one_that_is_won_after_all_gives_the_credits_back(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader)
    dispute = lose(emulator, order)
    assert spendable(reader.wallet_id) == 0
    found = till.objects.Payment(
        intent_id=order.payment_intent_id,
        status="succeeded",
        amount=1000,
        amount_received=1000,
        currency="GBP",
        livemode=False,
        disputes=(till.a_dispute(status="won", id=dispute),),
    )
    till.settling.take_back(order, found)
    assert spendable(reader.wallet_id) == 10
    assert sum(note.total for note in Receipt.objects.all()) == 1000


@pytest.mark.django_db
def test_part_refunded_and_all_disputed_takes_no_more_than_there_was(
    emulator: Emulator, reader: User
) -> None:
    order = till.paid(emulator, reader)
    unlock = till.spend(reader, 10)
    till.pay_back(order, 500)
    till.settle(order)
    assert owed(reader.wallet_id) == 5
    lose(emulator, order)
    assert (spendable(reader.wallet_id), owed(reader.wallet_id)) == (0, 0)
    assert is_undone(unlock)
    assert sum(note.total for note in Receipt.objects.all()) == 0


@pytest.mark.django_db
def test_what_is_spent_of_the_undisputed_rest_stays_open(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader)
    lose(emulator, order, amount=300)
    unlock = till.spend(reader, 5)
    till.settle(order)
    assert not is_undone(unlock)
    assert spendable(reader.wallet_id) == 2


def lose(emulator: Emulator, order: Order, *, amount: int | None = None) -> str:
    dispute = emulator.dispute(till.charge_of(order), amount=amount)
    till.settle(order)
    emulator.close_dispute(dispute, won=False)
    till.settle(order)
    return dispute


def is_undone(transaction_id: int) -> bool:
    return LedgerTransaction.objects.filter(reverses=transaction_id).exists()
