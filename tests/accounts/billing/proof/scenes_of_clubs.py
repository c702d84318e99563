"""The Executives Club: who joins, is renewed, switches, does not pay, and leaves."""

from typing import Any
from uuid import uuid4

from accounts.billing import leaving, orders, withdrawing
from accounts.billing.models import Order, StripePrice
from accounts.closing import close_account
from accounts.merging import merge_readers
from accounts.models import Tier
from tests.emulator import GOOD_CARD, LATER_DECLINED_CARD

from .. import till
from ..club_till import make_tier
from .playing import HEARD, scene
from .scenes_of_credits import Steps, a_pack
from .stage import CANCELLED, REFUSED, RENEWED, Has, Stage


def the_club(**terms: Any) -> Tier:
    return make_tier(**({"allowance": 3, "allowance_days": 90} | terms))


MEMBER = Has(promotional=3, member=RENEWED, orders=("paid",), clubs=("active",), receipts=(1200,))
TRYING = Has(member=RENEWED, orders=("paid",), clubs=("trialing",))
LEFT = Has(promotional=3, orders=("paid",), clubs=("canceled",), receipts=(1200,))
ENDED = "a club was ended"


@scene(reader=MEMBER)
def a_reader_joins(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield None


@scene(reader=Has(promotional=3, member=RENEWED, orders=("paid",), clubs=("active",), receipts=(12000,)))
def a_reader_joins_for_a_year(stage: Stage) -> Steps:
    stage.joined(the_club(), interval="year")
    yield None


@scene(reader=TRYING)
def free_days_begin(stage: Stage) -> Steps:
    stage.joined(the_club(trial_days=14))
    yield None


@scene(reader=MEMBER)
def free_days_end_in_a_payment(stage: Stage) -> Steps:
    stage.joined(the_club(trial_days=14))
    yield None
    stage.pass_days(15)
    yield None


@scene(reader=Has(orders=("paid",), clubs=("canceled",)))
def free_days_without_a_card_end(stage: Stage) -> Steps:
    order = stage.join(the_club(trial_days=14))
    stage.emulator.forget("checkout.session", order.session_id)
    session = session_without_card(stage, order)
    Order.objects.filter(pk=order.pk).update(session_id=session)
    order.session_id = session
    stage.pay(order)
    yield None
    stage.pass_days(15)
    yield None


def session_without_card(stage: Stage, order: Order) -> str:
    """As another site's code, or a later one of ours, would ask for it."""
    marked = {"metadata": {"order": str(order.key)}}
    at_its_end = {"end_behavior": {"missing_payment_method": "cancel"}}
    params: Any = {
        "mode": "subscription",
        "customer": stage.customer(),
        "line_items": [{"price": orders.price_of(order).stripe_id, "quantity": 1}],
        "payment_method_collection": "if_required",
        "subscription_data": {**marked, "trial_period_days": 14, "trial_settings": at_its_end},
        "success_url": "http://localhost/",
        **marked,
    }
    return till.at_stripe().v1.checkout.sessions.create(params).id


@scene(
    reader=Has(promotional=6, member=RENEWED, orders=("paid",), clubs=("active",), receipts=(1200, 1200)),
)
def a_month_is_renewed(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    stage.pass_days(32)
    yield None


@scene(reader=Has(promotional=3, member=REFUSED, orders=("paid",), clubs=("past_due",), receipts=(1200,)))
def a_card_is_refused_at_the_renewal(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    stage.emulator.change_card(stage.customer(), card=LATER_DECLINED_CARD)
    stage.pass_days(32)
    yield None


@scene(
    reader=Has(promotional=6, member=RENEWED, orders=("paid",), clubs=("active",), receipts=(1200, 1200)),
)
def a_refused_card_is_replaced(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    stage.emulator.change_card(stage.customer(), card=LATER_DECLINED_CARD)
    stage.pass_days(32)
    yield None
    stage.emulator.change_card(stage.customer(), card=GOOD_CARD)
    stage.pass_days(6)
    yield None


@scene(reader=LEFT)
def a_card_is_refused_until_the_end(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    stage.emulator.change_card(stage.customer(), card=LATER_DECLINED_CARD)
    for _ in range(3):
        stage.pass_days(19)
        yield None


@scene(reader=Has(promotional=3, member=CANCELLED, orders=("paid",), clubs=("active",), receipts=(1200,)))
def a_member_cancels(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    leaving.cancel(stage.reader())
    yield None


@scene(reader=MEMBER)
def a_member_takes_it_back(stage: Stage) -> Steps:
    order = stage.joined(the_club())
    yield None
    stage.change_club(order, cancel_at_period_end=True)
    yield None
    stage.change_club(order, cancel_at_period_end=False)
    yield None


@scene(reader=LEFT)
def a_cancelled_club_comes_to_its_end(stage: Stage) -> Steps:
    order = stage.joined(the_club())
    yield HEARD
    stage.change_club(order, cancel_at_period_end=True)
    yield None
    stage.pass_days(32)
    yield None


@scene(
    reader=Has(
        promotional=6,
        member=RENEWED,
        orders=("paid", "paid"),
        clubs=("canceled", "active"),
        receipts=(1200, 1200),
    )
)
def the_end_of_an_old_club_closes_no_newer_one(stage: Stage) -> Steps:
    tier = the_club()
    order = stage.joined(tier)
    yield HEARD
    till.at_stripe().v1.subscriptions.cancel(stage.subscription_of(order))
    stage.deliver_all()
    stage.pass_days(1)
    stage.joined(tier)
    yield None
    stage.tell(
        "customer.subscription.deleted", {"id": stage.subscription_of(order), "object": "subscription"}
    )
    yield None


@scene(
    reader=Has(promotional=3, member=RENEWED, orders=("paid",), clubs=("active",), receipts=None),
    alerts=["an invoice is below zero"],
)
def a_member_switches_up_and_down_again(stage: Stage) -> Steps:
    small, big = the_club(), the_club(name="Big", monthly=3000, yearly=30000, allowance=3)
    order = stage.joined(small)
    yield HEARD
    stage.switch(order, big)
    yield None
    stage.switch(order, big, "year")
    yield None
    stage.switch(order, small)
    yield None


@scene(
    reader=Has(
        promotional=3,
        member=RENEWED,
        orders=("paid", "paid"),
        clubs=("active", "canceled"),
        receipts=(1200, 1200, -1200),
    ),
    alerts=[ENDED],
)
def two_tabs_make_two_clubs(stage: Stage) -> Steps:
    first = stage.join(the_club())
    second = Order.objects.get(pk=first.pk)
    second.pk, second.key, second.session_id = None, uuid4(), ""
    second.save()
    orders.checkout_url(second)
    stage.pay(first)
    stage.pass_days(0.1)
    stage.pay(second)
    yield None


@scene(reader=LEFT)
def the_customer_of_a_club_is_deleted(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    till.at_stripe().v1.customers.delete(stage.customer())
    yield None


@scene(
    reader=Has(orders=("paid",), clubs=("active",), receipts=(1200,)),
    alerts=["a club is on an unknown price"],
)
def a_price_that_nobody_knows_opens_nothing(stage: Stage) -> Steps:
    tier = the_club()
    order = stage.join(tier)
    StripePrice.objects.filter(tier=tier).delete()
    stage.pay(order)
    yield None


@scene(reader=Has(promotional=3, orders=("paid",), clubs=("a word of tomorrow",), receipts=(1200,)))
def a_status_that_nobody_knows_opens_nothing(stage: Stage) -> Steps:
    order = stage.joined(the_club())
    yield HEARD
    stage.emulator.force_status(stage.subscription_of(order), "a word of tomorrow")
    yield None


@scene(reader=MEMBER)
def a_club_opens_again(stage: Stage) -> Steps:
    order = stage.joined(the_club())
    yield HEARD
    stage.emulator.force_status(stage.subscription_of(order), "unpaid")
    yield None
    stage.emulator.force_status(stage.subscription_of(order), "active")
    yield None


@scene(
    reader=Has(promotional=2, member=RENEWED, orders=("paid",), clubs=("active",), receipts=(1200, -400)),
)
def a_part_of_a_months_payment_goes_back(stage: Stage) -> Steps:
    order = stage.joined(the_club())
    yield HEARD
    stage.pay_club_back(order, 400)
    yield None


@scene(
    reader=Has(orders=("paid",), clubs=("canceled",), receipts=(1200, -1200)),
    alerts=["a dispute is needs_response", "a dispute is lost", ENDED],
)
def a_dispute_over_a_month_is_lost(stage: Stage) -> Steps:
    order = stage.joined(the_club())
    yield HEARD
    dispute = stage.dispute_club(order)
    yield HEARD
    stage.emulator.close_dispute(dispute, won=False)
    yield None


@scene(reader=Has(orders=("paid",), clubs=("canceled",), receipts=(1200, -1200)))
def who_withdraws_from_a_club_is_paid_back(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    held = stage.reader().subscriptions.get()
    withdrawing.declare(held, reader=stage.reader(), statement="I withdraw.")
    yield None


@scene(
    reader=Has(orders=("paid",), receipts=(1200,)),
    friend=Has(promotional=3, member=RENEWED, clubs=("active",)),
)
def a_member_was_merged(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    merge_readers(source=stage.reader(), target=stage.reader("friend"), by=None, reason="One person")
    yield None


@scene(reader=LEFT, alerts=[ENDED])
def a_member_closes_their_account(stage: Stage) -> Steps:
    stage.joined(the_club())
    yield HEARD
    close_account(stage.reader())
    yield None


@scene(
    reader=Has(
        paid=4,
        promotional=3,
        unlocks=1,
        member=RENEWED,
        orders=("paid", "paid"),
        clubs=("active",),
        receipts=(1000, 600),
    )
)
def credits_spent_come_off_the_first_payment(stage: Stage) -> Steps:
    stage.bought(a_pack(bonus=0))
    yield HEARD
    stage.unlock(stage.briefing(6))
    stage.joined(the_club())
    yield None


@scene(reader=MEMBER)
def news_of_a_club_comes_in_an_old_shape(stage: Stage) -> Steps:
    """`invoice.subscription`, `charge.invoice` and the like are gone since the version called basil."""
    order = stage.joined(the_club())
    yield None
    stripe_id = stage.subscription_of(order)
    invoice = str(till.at_stripe().v1.subscriptions.retrieve(stripe_id).latest_invoice)
    paid = {"id": invoice, "object": "invoice", "subscription": stripe_id, "payment_intent": "pi_old"}
    stage.tell("invoice.payment_succeeded", paid, api_version="2022-11-15")
    stage.tell("customer.subscription.updated", {"id": stripe_id, "current_period_end": 1})
    yield None
