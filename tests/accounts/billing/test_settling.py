"""What an order comes to, from the payment page to the wallet, against a Stripe that answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.billing import clawback, settling
from accounts.billing.errors import Parked
from accounts.billing.models import BillingAlert, Order, Receipt, StripeEvent
from accounts.billing.objects import Line, Payment, Session
from accounts.closing import close_account
from accounts.merging import merge_readers
from accounts.models import User
from credits import ledger
from credits.models import LedgerTransaction
from credits.statements import lots, owed, spendable
from tests.accounts.conftest import make_reader
from tests.emulator import BAD_IBAN, DECLINED_CARD, GOOD_IBAN, Emulator, EmulatorRefused

from . import till

State = Order.State


def a_payment(status: str = "succeeded", **facts: object) -> Payment:
    facts = {"amount": 1000, "amount_received": 1000, "currency": "GBP", "livemode": False} | facts
    return Payment(intent_id="pi_1", status=status, **facts)  # type: ignore[arg-type]


def a_session(status: str, payment_status: str, payment: Payment | None = None) -> Session:
    return Session(
        id="cs_1",
        mode="payment",
        status=status,
        payment_status=payment_status,
        currency="GBP",
        amount_subtotal=1000,
        amount_total=1000,
        amount_discount=0,
        amount_tax=0,
        livemode=False,
        order_key="",
        payment=payment,
    )


@pytest.mark.parametrize(
    ("status", "payment_status", "intent", "state"),
    [
        ("open", "unpaid", None, State.STARTED),
        ("open", "unpaid", "requires_payment_method", State.STARTED),
        ("expired", "unpaid", None, State.EXPIRED),
        ("complete", "paid", "succeeded", State.PAID),
        ("complete", "no_payment_required", None, State.PAID),
        ("complete", "unpaid", "processing", State.PENDING),
        ("complete", "unpaid", None, State.PENDING),
        ("complete", "unpaid", "requires_payment_method", State.FAILED),
        ("complete", "unpaid", "canceled", State.FAILED),
    ],
)
def test_the_state_follows_from_the_session(
    status: str, payment_status: str, intent: str | None, state: State
) -> None:
    session = a_session(status, payment_status, a_payment(intent) if intent else None)
    for before in State:
        expected = State.PAID if before == State.PAID else state
        assert settling.state_after(before, session) == expected


@pytest.mark.parametrize(
    ("status", "payment_status"), [("complete", "half"), ("", "paid"), ("folded", "paid")]
)
def test_a_word_nobody_knows_is_parked(status: str, payment_status: str) -> None:
    with pytest.raises(Parked):
        settling.state_after(State.STARTED, a_session(status, payment_status))


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ({}, ""),
        ({"mode": "subscription"}, "mode"),
        ({"currency": "EUR"}, "currency"),
        ({"amount_subtotal": 999}, "amount"),
        ({"amount_total": 0, "amount_discount": 1000}, ""),
        ({"livemode": True}, "livemode"),
        ({"order_key": "other"}, "order"),
        ({"lines": (Line(text="", quantity=2, net=1000, tax=0, total=1000),)}, "quantity"),
    ],
)
def test_a_session_has_to_agree_with_its_order(difference: dict[str, object], said: str) -> None:
    reader = User(pk=1)
    order = Order(reader=reader, what="pack", currency="GBP", amount=1000)
    session = replace(a_session("complete", "paid"), order_key=str(order.key))
    assert settling.mismatch(order, session, reader=reader) == "" or difference
    found = settling.mismatch(order, replace(session, **difference), reader=reader)  # type: ignore[arg-type]
    assert found.split(" ")[0] == said
    assert "customer's reader" in settling.mismatch(order, session, reader=None)
    assert "customer's reader" in settling.mismatch(order, session, reader=User(pk=2))


@pytest.mark.parametrize(
    ("gone", "taken"),
    [(0, 0), (49, 0), (50, 1), (149, 1), (150, 2), (999, 10), (1000, 10), (2000, 10), (-5, 0)],
)
def test_credits_go_in_proportion_rounded_half_up(gone: int, taken: int) -> None:
    assert clawback.credits_gone(10, money_gone=gone, paid=1000) == taken


@given(
    whole=st.integers(1, 100_000),
    parts=st.lists(st.integers(1, 50_000), min_size=1, max_size=12),
)
def test_partial_refunds_lose_nothing_and_never_take_more(whole: int, parts: list[int]) -> None:
    paid = sum(parts)
    so_far = [
        clawback.credits_gone(whole, money_gone=sum(parts[:n]), paid=paid) for n in range(len(parts) + 1)
    ]
    assert so_far[0] == 0
    assert so_far == sorted(so_far)
    assert so_far[-1] == whole
    assert all(abs(gone - whole * sum(parts[:n]) / paid) <= 0.5 for n, gone in enumerate(so_far))


def test_refunds_and_lost_disputes_together_are_never_more_than_was_paid() -> None:
    assert clawback.money_gone(a_payment(amount_refunded=400)) == 400
    lost = till.a_dispute(status="lost", amount=1000)
    assert clawback.money_gone(a_payment(amount_refunded=400, disputes=(lost,))) == 1000
    assert (
        clawback.money_gone(a_payment(amount_refunded=400, disputes=(till.a_dispute(status="won"),))) == 400
    )


@pytest.mark.django_db
def test_a_pack_is_granted_once_paid_with_its_bonus_and_a_receipt(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack(credits=10, bonus=2, days=90))
    emulator.pay(order.session_id)
    news = till.hear(emulator, duplicate=1)
    order.refresh_from_db()
    assert order.state == State.PAID
    settled = {StripeEvent.State.DONE, StripeEvent.State.IGNORED}
    assert {event.state for event in news} <= settled, [(event.type, event.why) for event in news]
    assert [(lot.kind, lot.remaining) for lot in lots(wallet_id=reader.wallet_id)] == [
        ("promotional", 2),
        ("paid", 10),
    ]
    assert Receipt.objects.get().total == 1000
    assert LedgerTransaction.objects.filter(idempotency_key__startswith="checkout:").count() == 2
    assert not BillingAlert.objects.exists()


@pytest.mark.django_db
def test_what_is_not_paid_grants_nothing(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    with pytest.raises(EmulatorRefused):
        emulator.pay(order.session_id, card=DECLINED_CARD)
    assert till.settle(order).state == State.STARTED
    emulator.advance(days=1.1)
    assert till.settle(order).state == State.EXPIRED
    assert spendable(reader.wallet_id) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("iban", "state", "credits"), [(GOOD_IBAN, "paid", 10), (BAD_IBAN, "failed", 0)])
def test_a_debit_is_pending_until_it_came_through(
    iban: str, state: str, credits: int, emulator: Emulator, reader: User
) -> None:
    order = till.begin(reader, till.make_pack(currency="EUR"), currency="EUR")
    emulator.pay(order.session_id, card=iban)
    assert till.settle(order).state == State.PENDING
    emulator.settle(order.payment_intent_id, succeeds=iban == GOOD_IBAN)
    assert till.settle(order).state == state
    assert spendable(reader.wallet_id) == credits


@pytest.mark.django_db
def test_two_of_a_pack_are_twice_its_credits(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack(bonus=1), quantity=2)
    emulator.pay(order.session_id)
    till.settle(order)
    assert (order.amount_paid, spendable(reader.wallet_id)) == (2000, 22)


@pytest.mark.django_db
def test_a_code_that_takes_all_off_still_grants(emulator: Emulator, reader: User) -> None:
    stripe = till.at_stripe()
    coupon = stripe.v1.coupons.create({"percent_off": 100, "duration": "once"})
    stripe.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "ALL"})
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id, promotion_code="ALL")
    till.settle(order)
    assert (order.state, order.amount_paid, order.amount_discount) == (State.PAID, 0, 1000)
    assert spendable(reader.wallet_id) == 10
    assert Receipt.objects.get().total == 0


@pytest.mark.django_db
def test_partial_refunds_add_up_and_what_was_spent_is_owed(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader, credits=10, bonus=3, amount=999)
    till.spend(reader, 8)
    for amount in (333, 333):
        till.pay_back(order, amount)
        till.settle(order)
    till.settle(order)
    gone = {
        lot: clawback.taken_back(pk)
        for lot, pk in (("paid", order.granted_id), ("bonus", order.bonus_granted_id))
    }
    assert gone == {"paid": 7, "bonus": 2}
    assert spendable(reader.wallet_id) - owed(reader.wallet_id) == 13 - 8 - 9
    till.pay_back(order)
    till.settle(order)
    assert (spendable(reader.wallet_id), owed(reader.wallet_id)) == (0, 8)
    assert sum(note.total for note in Receipt.objects.all()) == 0
    assert order.amount_refunded == 999


@pytest.mark.django_db
def test_credit_notes_are_numbered_as_the_money_went(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader, credits=10)
    for amount in (100, 200, 300):
        till.pay_back(order, amount)
    till.settle(order)
    notes = Receipt.objects.filter(kind=Receipt.Kind.CREDIT_NOTE).order_by("number")
    assert [note.total for note in notes] == [-100, -200, -300]


@pytest.mark.django_db
def test_a_refund_that_fails_brings_the_credits_back(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader, credits=10, bonus=2)
    till.pay_back(order, 300)
    till.settle(order)
    failed = till.pay_back(order, 500)
    till.settle(order)
    assert spendable(reader.wallet_id) == 2
    emulator.settle_refund(failed, succeeds=False)
    till.settle(order)
    till.settle(order)
    assert spendable(reader.wallet_id) == 12 - 3 - 1
    assert sum(note.total for note in Receipt.objects.all()) == 700
    till.pay_back(order, 500)
    till.settle(order)
    assert spendable(reader.wallet_id) == 2


@pytest.mark.django_db
def test_a_bonus_that_expired_is_owed_by_nobody(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader, credits=10, bonus=4, days=30)
    later = datetime.now(UTC) + timedelta(days=31)
    ledger.expire_lots(later)
    till.pay_back(order)
    till.settle(order)
    assert (spendable(reader.wallet_id), owed(reader.wallet_id)) == (0, 0)


@pytest.mark.django_db
def test_money_that_went_back_before_we_heard_of_the_payment_leaves_nothing(
    emulator: Emulator, reader: User
) -> None:
    order = till.begin(reader, till.make_pack())
    session = emulator.pay(order.session_id)
    till.at_stripe().v1.refunds.create({"payment_intent": session["payment_intent"]})
    till.settle(order)
    assert (order.state, spendable(reader.wallet_id), owed(reader.wallet_id)) == (State.PAID, 0, 0)


@pytest.mark.django_db
def test_a_session_that_does_not_agree_is_parked_until_it_does(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    Order.objects.filter(pk=order.pk).update(amount=900)
    till.settle(order)
    assert (order.state, spendable(reader.wallet_id)) == (State.PARKED, 0)
    assert "amount 1000 instead of 900" in order.parked_because
    assert str(order.key) in BillingAlert.objects.get().text
    till.settle(order)
    assert BillingAlert.objects.count() == 1
    Order.objects.filter(pk=order.pk).update(amount=1000)
    till.settle(order)
    assert (order.state, order.parked_because, spendable(reader.wallet_id)) == (State.PAID, "", 10)


@pytest.mark.django_db
def test_another_sessions_claim_on_an_order_is_refused(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    with pytest.raises(Parked):
        settling.sync_order(order.pk, session_id="cs_other")


@pytest.mark.django_db
def test_an_order_whose_answer_was_lost_takes_up_its_session(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    Order.objects.filter(pk=order.pk).update(session_id="")
    till.hear(emulator)
    order.refresh_from_db()
    assert (order.state, spendable(reader.wallet_id)) == (State.PAID, 10)


@pytest.mark.django_db
def test_an_order_that_stripe_never_heard_of_lapses(reader: User) -> None:
    order = Order.objects.create(
        reader=reader,
        what="pack",
        pack=till.bare_pack(),
        title="Ten",
        credits=10,
        currency="GBP",
        amount=1000,
    )
    assert till.settle(order).state == State.STARTED
    Order.objects.filter(pk=order.pk).update(created_at=datetime.now(UTC) - timedelta(days=2))
    assert till.settle(order).state == State.EXPIRED


@pytest.mark.django_db
def test_credits_reach_whoever_the_reader_is_by_now(emulator: Emulator, reader: User) -> None:
    target = make_reader("target@example.com")
    order = till.begin(reader, till.make_pack(bonus=1))
    emulator.pay(order.session_id)
    merge_readers(source=reader, target=target, by=None, reason="one person")
    till.settle(order)
    assert (spendable(target.wallet_id), spendable(reader.wallet_id)) == (11, 0)
    till.pay_back(order)
    till.settle(order)
    assert (spendable(target.wallet_id), owed(target.wallet_id)) == (0, 0)
    assert order.reader == reader


@pytest.mark.django_db
def test_somebody_is_told_when_a_closed_account_paid(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    close_account(reader)
    till.settle(order)
    assert order.state == State.PAID
    assert "closed" in BillingAlert.objects.get().subject
