"""Packs and gifts: what is paid, what goes back, and what a bank takes."""

from collections.abc import Iterator

from django.utils import timezone

from accounts.billing import gifts, orders, withdrawing
from accounts.billing.models import Order
from accounts.closing import close_account
from accounts.merging import merge_readers
from accounts.models import Pack
from tests.emulator import BAD_IBAN, DECLINED_CARD, GOOD_IBAN, EmulatorRefused

from .. import till
from .playing import HEARD, scene
from .stage import Has, Stage

Steps = Iterator[str | None]


def a_pack(**facts: int) -> Pack:
    return till.make_pack(**({"credits": 10, "bonus": 2, "amount": 1000} | facts))


PAID = Has(paid=10, promotional=2, orders=("paid",), receipts=(1000,))
TAKEN_BACK = Has(orders=("paid",), receipts=(1000, -1000))


@scene(reader=PAID, every_order=True)
def a_pack_is_paid(stage: Stage) -> Steps:
    order = stage.buy(a_pack())
    yield None
    stage.pay(order)
    yield None


@scene(reader=Has(orders=("started",)))
def a_card_is_declined(stage: Stage) -> Steps:
    order = stage.buy(a_pack())
    try:
        stage.pay(order, card=DECLINED_CARD)
    except EmulatorRefused:
        yield None


@scene(reader=PAID)
def a_declined_card_is_followed_by_a_good_one(stage: Stage) -> Steps:
    order = stage.buy(a_pack())
    try:
        stage.pay(order, card=DECLINED_CARD)
    except EmulatorRefused:
        yield None
    stage.pay(order)
    yield None


@scene(reader=Has(orders=("expired",)))
def a_session_expires(stage: Stage) -> Steps:
    stage.buy(a_pack())
    yield None
    stage.pass_days(2)
    yield None


@scene(reader=PAID)
def a_debit_comes_through(stage: Stage) -> Steps:
    order = stage.bought(a_pack(), card=GOOD_IBAN)
    yield None
    stage.emulator.settle(stage.intent_of(order))
    yield None


@scene(reader=Has(orders=("failed",)))
def a_debit_bounces(stage: Stage) -> Steps:
    order = stage.bought(a_pack(), card=BAD_IBAN)
    yield None
    stage.emulator.settle(stage.intent_of(order), succeeds=False)
    yield None


@scene(reader=Has(paid=7, promotional=1, orders=("paid",), receipts=(1000, -333)))
def a_part_is_paid_back(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    stage.pay_back(order, 333)
    yield None


@scene(reader=TAKEN_BACK)
def all_is_paid_back(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    stage.pay_back(order)
    yield None


@scene(reader=Has(orders=("paid",), receipts=(1000, -333, -333, -334)))
def all_is_paid_back_in_three_parts(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    for part in (333, 333, 334):
        yield None
        stage.pass_days(1)
        stage.pay_back(order, part)
    yield None


@scene(reader=Has(owes=6, unlocks=1, orders=("paid",), receipts=(1000, -1000)))
def all_is_paid_back_after_some_was_spent(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield HEARD
    stage.unlock(stage.briefing(6))
    stage.pay_back(order)
    yield None


@scene(reader=Has(paid=4, owes=0, unlocks=1, orders=("paid", "paid"), receipts=(1000, -1000, 1000)))
def the_next_pack_pays_what_is_owed_first(stage: Stage) -> Steps:
    pack = a_pack(bonus=0)
    order = stage.bought(pack)
    yield HEARD
    stage.unlock(stage.briefing(6))
    stage.pay_back(order)
    yield HEARD
    stage.bought(pack)
    yield None


@scene(reader=Has(paid=10, promotional=2, orders=("paid",), receipts=(1000, -1000, 1000)))
def a_refund_fails_afterwards(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    refund = stage.pay_back(order)
    yield HEARD
    stage.emulator.settle_refund(refund, succeeds=False)
    yield None


@scene(reader=Has(paid=8, promotional=2, orders=("paid",), receipts=(1000, -600, 600, -200)))
def a_refund_fails_and_a_smaller_one_stands(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    refund = stage.pay_back(order, 600)
    yield HEARD
    stage.emulator.settle_refund(refund, succeeds=False)
    yield HEARD
    stage.pay_back(order, 200)
    yield None


OPEN = "a dispute is needs_response"


@scene(reader=Has(paid=10, promotional=2, on_hold=True, orders=("paid",), receipts=(1000,)), alerts=[OPEN])
def a_dispute_is_opened(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    stage.emulator.dispute(stage.charge_of(order))
    yield None


@scene(reader=PAID, alerts=["a dispute is warning_needs_response"])
def a_bank_only_asks(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    stage.emulator.dispute(stage.charge_of(order), inquiry=True)
    yield None


@scene(reader=PAID, alerts=[OPEN, "a dispute is won"])
def a_dispute_is_won(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    dispute = stage.emulator.dispute(stage.charge_of(order))
    yield HEARD
    stage.emulator.close_dispute(dispute, won=True)
    yield None


@scene(reader=TAKEN_BACK, alerts=[OPEN, "a dispute is lost"])
def a_dispute_is_lost_and_what_it_opened_is_closed(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield HEARD
    stage.unlock(stage.briefing(6))
    dispute = stage.emulator.dispute(stage.charge_of(order))
    yield HEARD
    stage.emulator.close_dispute(dispute, won=False)
    yield None


@scene(
    reader=Has(paid=5, promotional=1, orders=("paid",), receipts=(1000, -500)),
    alerts=[OPEN, "a dispute is lost"],
)
def a_dispute_over_half_is_lost(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    dispute = stage.emulator.dispute(stage.charge_of(order), amount=500)
    yield HEARD
    stage.emulator.close_dispute(dispute, won=False)
    yield None


@scene(
    reader=Has(orders=("paid",), receipts=(1000, -400, -600)),
    alerts=[OPEN, "a dispute is lost"],
)
def a_part_is_paid_back_and_the_rest_is_lost_to_the_bank(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    stage.pay_back(order, 400)
    yield HEARD
    dispute = stage.emulator.dispute(stage.charge_of(order), amount=600)
    yield HEARD
    stage.emulator.close_dispute(dispute, won=False)
    yield None


@scene(reader=PAID)
def two_tabs_make_one_order(stage: Stage) -> Steps:
    pack = a_pack()
    order = stage.buy(pack)
    assert stage.buy(pack).pk == order.pk
    yield None
    stage.pay(order)
    yield None


@scene(reader=Has(paid=20, promotional=4, orders=("paid", "paid"), receipts=(1000, 1000)))
def two_packs_are_two_packs(stage: Stage) -> Steps:
    pack = a_pack()
    stage.bought(pack)
    yield HEARD
    stage.bought(pack)
    yield None


@scene(reader=PAID)
def the_customer_is_deleted_at_stripe(stage: Stage) -> Steps:
    stage.bought(a_pack())
    yield None
    till.at_stripe().v1.customers.delete(stage.customer())
    yield None


@scene(reader=Has(orders=("paid",), receipts=(1000,)), friend=Has(paid=10, promotional=2))
def the_reader_was_merged_before_it_was_settled(stage: Stage) -> Steps:
    stage.bought(a_pack())
    yield None
    merge_readers(source=stage.reader(), target=stage.reader("friend"), by=None, reason="One person")
    yield None


@scene(
    reader=Has(paid=10, promotional=2, orders=("paid",), receipts=(1000,)), alerts=["a closed account paid"]
)
def the_account_was_closed_before_it_was_settled(stage: Stage) -> Steps:
    stage.bought(a_pack())
    close_account(stage.reader())
    yield None


def a_gift(stage: Stage) -> Order:
    order = orders.start_gift(
        reader=stage.reader(),
        pack=a_pack(),
        currency="GBP",
        back_to="",
        consent="2026-11",
        giver_name="R. Eader",
        recipient_name="A Friend",
        recipient_email="friend@example.com",
        message="",
        deliver_on=timezone.localdate(),
    )
    orders.checkout_url(order)
    return stage.pay(order)


GIVEN = Has(orders=("paid",), receipts=(1000,))


@scene(reader=GIVEN, friend=Has())
def a_gift_is_paid_and_waits(stage: Stage) -> Steps:
    a_gift(stage)
    yield None


@scene(reader=GIVEN, friend=Has(paid=10, promotional=2))
def a_gift_is_claimed(stage: Stage) -> Steps:
    order = a_gift(stage)
    yield HEARD
    gifts.claim(order.gift, reader=stage.reader("friend"))
    yield None


@scene(reader=Has(orders=("paid",), receipts=(1000, -1000)), friend=Has(owes=6, unlocks=1))
def a_gift_is_paid_back_after_its_friend_spent_some(stage: Stage) -> Steps:
    order = a_gift(stage)
    yield HEARD
    gifts.claim(order.gift, reader=stage.reader("friend"))
    stage.unlock(stage.briefing(6), by="friend")
    stage.pay_back(order)
    yield None


@scene(reader=Has(orders=("paid",), receipts=(1000, -1000)))
def who_withdraws_is_paid_back(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield HEARD
    order.refresh_from_db()
    withdrawing.declare(order, reader=stage.reader(), statement="I withdraw.")
    yield None


@scene(reader=Has(unlocks=1, orders=("paid",), receipts=(1000, -600)))
def who_withdraws_pays_for_what_they_spent(stage: Stage) -> Steps:
    order = stage.bought(a_pack(bonus=0))
    yield HEARD
    stage.unlock(stage.briefing(4))
    order.refresh_from_db()
    withdrawing.declare(order, reader=stage.reader(), statement="I withdraw.")
    yield None


@scene(reader=PAID)
def news_of_others_comes_between(stage: Stage) -> Steps:
    """Another site's, nobody's, of a type or of an age that we do not know."""
    order = stage.bought(a_pack())
    yield None
    others = {"metadata": {"order": "nothing of ours", "site": "elsewhere.example"}}
    stage.tell("checkout.session.completed", {"id": "cs_other", "object": "checkout.session", **others})
    stage.tell("a.word.of.tomorrow", {"id": "x_1", "object": "x"})
    stage.tell("charge.refunded", {"id": "ch_old", "object": "charge", "payment_intent": None})
    intent = {"id": stage.intent_of(order), "object": "payment_intent"}
    charge = {"id": stage.charge_of(order), "object": "charge", "payment_intent": intent, "invoice": None}
    stage.tell("charge.succeeded", charge, api_version="2019-05-16")
    yield None


@scene(reader=PAID, parked=["a live event, where the keys are test"])
def a_live_event_comes_to_a_site_with_test_keys(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    session = {"id": order.session_id, "object": "checkout.session", "metadata": {"order": str(order.key)}}
    stage.tell("checkout.session.completed", session, livemode=True)
    yield None


@scene(reader=Has(orders=("parked",)), alerts=["an order does not agree with its payment"])
def a_session_of_another_amount_grants_nothing(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    Order.objects.filter(pk=order.pk).update(amount=900)
    yield None


@scene(reader=PAID, parked=["which has another session"])
def a_second_session_claims_a_paid_order(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield HEARD
    marked = {"metadata": {"order": str(order.key)}}
    stage.tell("checkout.session.completed", {"id": "cs_forged", "object": "checkout.session", **marked})
    yield None


@scene(
    reader=Has(paid=10, promotional=2, orders=("paid",), receipts=(1000, -1000, 1000)),
    alerts=[OPEN, "a dispute is lost", "a dispute is won"],
)
def a_dispute_is_won_after_it_was_lost(stage: Stage) -> Steps:
    order = stage.bought(a_pack())
    yield None
    dispute = stage.emulator.dispute(stage.charge_of(order))
    yield HEARD
    stage.emulator.close_dispute(dispute, won=False)
    yield HEARD
    stage.emulator.control("POST", f"/objects/dispute/{dispute}/change", status="won")
    told = {"id": dispute, "object": "dispute", "payment_intent": stage.intent_of(order)}
    stage.tell("charge.dispute.closed", told)
    yield None
