"""Each kind of difference made for real at the local Stripe, found, and mended or left."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from accounts.billing import joining, orders
from accounts.billing.models import (
    BillingAlert,
    Order,
    Reconciliation,
    StripeCustomer,
    StripeEvent,
    Subscription,
)
from accounts.models import Tier, User
from credits import ledger
from credits.models import LotKind
from credits.statements import spendable
from tests.emulator import BAD_IBAN, Emulator

from . import till

pytestmark = pytest.mark.django_db

Made = Callable[[Emulator, User], str]


def run(*arguments: str) -> tuple[int, list[str]]:
    """How it ended, and the lines of its report without the events, which every difference comes with."""
    said = StringIO()
    try:
        call_command("reconcile_stripe", *arguments, stdout=said)
    except CommandError as error:
        return error.returncode, said.getvalue().splitlines()
    return 0, said.getvalue().splitlines()


def findings(lines: list[str]) -> list[str]:
    return [line for line in lines[:-1] if " event evt_" not in line]


def heard(emulator: Emulator) -> None:
    """All that Stripe has said so far, so that only what comes now is new."""
    till.hear(emulator)


def club(emulator: Emulator, reader: User, *, trial_days: int = 0) -> Order:
    tier = Tier.objects.create(name="Club", slug="club", price_monthly=2900, trial_days=trial_days)
    call_command("stripe_sync", stdout=StringIO())
    order = joining.start_club(reader=reader, tier=tier, interval="month", back_to="", consent="2026-11")
    orders.checkout_url(order)
    order.refresh_from_db()
    emulator.pay(order.session_id)
    return order


def member(emulator: Emulator, reader: User, *, trial_days: int = 0) -> Subscription:
    club(emulator, reader, trial_days=trial_days)
    heard(emulator)
    return Subscription.objects.get()


def a_missed_grant(emulator: Emulator, reader: User) -> str:
    emulator.pay(till.begin(reader, till.make_pack()).session_id)
    return "paid at Stripe, started here"


def a_debit_on_its_way(emulator: Emulator, reader: User) -> str:
    emulator.pay(till.begin(reader, till.make_pack(currency="EUR"), currency="EUR").session_id, card=BAD_IBAN)
    return "on its way at Stripe, started here"


def an_old_order(emulator: Emulator, reader: User) -> str:
    """Older than all that a light run lists."""
    order = a_missed_grant(emulator, reader) and Order.objects.get()
    emulator.advance(days=9)
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(days=9))
    return "paid at Stripe, started here"


def a_session_never_made(emulator: Emulator, reader: User) -> str:
    pack = till.make_pack()
    order = orders.start_pack(reader=reader, pack=pack, currency="GBP", back_to="", consent="2026-11")
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(days=2))
    return "never had a session"


def a_session_that_expired(emulator: Emulator, reader: User) -> str:
    till.at_stripe().v1.checkout.sessions.expire(till.begin(reader, till.make_pack()).session_id)
    return "expired at Stripe, started here"


def a_missed_refund(emulator: Emulator, reader: User) -> str:
    till.pay_back(till.paid(emulator, reader), 400)
    return "400 GBP paid back at Stripe, nothing of it here"


def a_missed_dispute(emulator: Emulator, reader: User) -> str:
    emulator.dispute(till.charge_of(till.paid(emulator, reader)))
    return "needs_response at Stripe, unknown here"


def a_dispute_lost_long_after(emulator: Emulator, reader: User) -> str:
    order = till.paid(emulator, reader)
    dispute = emulator.dispute(till.charge_of(order))
    till.settle(order)
    emulator.close_dispute(dispute, won=False)
    return "lost at Stripe, needs_response here"


def a_missed_club(emulator: Emulator, reader: User) -> str:
    club(emulator, reader)
    return "paid at Stripe, started here"


def a_club_lost_here(emulator: Emulator, reader: User) -> str:
    held = member(emulator, reader, trial_days=14)
    Subscription.objects.filter(pk=held.pk).delete()
    return f"paid, and {held.stripe_id} is not here"


def a_club_cancelled_at_stripe(emulator: Emulator, reader: User) -> str:
    held = member(emulator, reader)
    till.at_stripe().v1.subscriptions.cancel(held.stripe_id)
    return "status: canceled at Stripe, active here"


def an_order_without_its_credits(emulator: Emulator, reader: User) -> str:
    """As after a restore that lost the end of the ledger."""
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    paid = {"state": Order.State.PAID, "paid_at": timezone.now(), "amount_paid": 1000}
    Order.objects.filter(pk=order.pk).update(**paid)
    return "paid, and its credits were not granted"


MENDED: list[Made] = [
    a_missed_grant,
    a_debit_on_its_way,
    an_old_order,
    a_session_never_made,
    a_session_that_expired,
    a_missed_refund,
    a_missed_dispute,
    a_dispute_lost_long_after,
    a_missed_club,
    a_club_lost_here,
    a_club_cancelled_at_stripe,
    an_order_without_its_credits,
]


@pytest.mark.parametrize("made", MENDED, ids=lambda it: it.__name__)
def test_what_asking_again_mends_is_found_and_mended(emulator: Emulator, reader: User, made: Made) -> None:
    text = made(emulator, reader)
    status, seen = run("--dry-run")
    assert status == 1
    assert any(line.startswith("seen") and text in line for line in seen), seen
    assert not Reconciliation.objects.exists()
    status, lines = run()
    assert status == 0, lines
    assert any(line.startswith("mended") and text in line for line in lines), lines
    assert Reconciliation.objects.get().left == 0
    assert run()[1][:-1] == []
    assert not BillingAlert.objects.filter(key__startswith="left:").exists()


def a_grant_that_nobody_paid_for(emulator: Emulator, reader: User) -> str:
    key = f"checkout:{uuid4()}"
    ledger.grant(wallet_id=reader.wallet_id, amount=5, kind=LotKind.PAID, reason="Forged", key=key)
    return f"grant {key}: credits without a paid order"


def a_club_that_stripe_forgot(emulator: Emulator, reader: User) -> str:
    held = member(emulator, reader)
    emulator.forget("subscription", held.stripe_id)
    Subscription.objects.update(period_start=timezone.now(), period_end=timezone.now())
    return f"lost subscription {held.stripe_id}: active here, unknown to Stripe"


def an_order_lost_with_the_backup(emulator: Emulator, reader: User) -> str:
    order = till.paid(emulator, reader)
    session_id, key = order.session_id, uuid4()
    Order.objects.filter(pk=order.pk).update(key=key, session_id="", payment_intent_id="")
    StripeEvent.objects.all().delete()
    return f"foreign payment {session_id}: names order {order.key}, which is not here"


def a_parked_order(emulator: Emulator, reader: User) -> str:
    order = till.begin(reader, till.make_pack())
    Order.objects.filter(pk=order.pk).update(amount=999)
    emulator.pay(order.session_id)
    till.settle(order)
    return f"parked order {order.key}: amount 1000 instead of 999"


def another_amount(emulator: Emulator, reader: User) -> str:
    """Mended where only the row is wrong; where Stripe says it again, a person looks."""
    order = till.paid(emulator, reader)
    StripeCustomer.objects.update(reader=User.objects.create_user("other@example.com"))
    Order.objects.filter(pk=order.pk).update(amount_paid=1)
    return f"payment {order.key}: 1000 paid at Stripe, 1 here (Parked: "


def an_order_altered_after_its_grant(emulator: Emulator, reader: User) -> str:
    order = till.paid(emulator, reader, bonus=2)
    Order.objects.filter(pk=order.pk).update(bonus=20)
    return f"grant {order.key}: 12 credits granted, 30 ordered"


LEFT: list[Made] = [
    a_grant_that_nobody_paid_for,
    a_club_that_stripe_forgot,
    an_order_lost_with_the_backup,
    an_order_altered_after_its_grant,
    a_parked_order,
    another_amount,
]


@pytest.mark.parametrize("made", LEFT, ids=lambda it: it.__name__)
def test_what_only_a_person_can_settle_is_left_and_told_once(
    emulator: Emulator, reader: User, made: Made
) -> None:
    text = made(emulator, reader)
    status, lines = run()
    assert status == 1
    assert any(line.startswith("left") and text in line for line in lines), lines
    alerts = list(BillingAlert.objects.values_list("key", flat=True))
    assert alerts
    assert run()[0] == 1
    assert list(BillingAlert.objects.values_list("key", flat=True)) == alerts
    assert Reconciliation.objects.first().left  # type: ignore[union-attr]


def test_a_full_run_finds_a_deleted_customer_and_prices_that_drifted(
    emulator: Emulator, reader: User
) -> None:
    held = member(emulator, reader)
    till.at_stripe().v1.customers.delete(StripeCustomer.objects.get().stripe_id)
    Tier.objects.update(price_monthly=3100)
    status, lines = run("--full")
    assert status == 1
    assert any("mended  customer cus_" in line for line in lines), lines
    assert any("left    catalogue stripe_sync: " in line for line in lines), lines
    assert StripeCustomer.objects.get().deleted_at is not None
    held.refresh_from_db()
    assert held.status == "canceled"
    call_command("stripe_sync", stdout=StringIO())
    status, lines = run("--full")
    assert status == 0, lines


def test_a_club_unknown_to_stripe_is_found_by_a_full_run(emulator: Emulator, reader: User) -> None:
    held = member(emulator, reader)
    emulator.forget("subscription", held.stripe_id)
    assert run()[0] == 0
    assert f"left    lost subscription {held.stripe_id}" in "\n".join(run("--full")[1])


def test_events_that_never_came_are_worked(emulator: Emulator, reader: User, settings: Settings) -> None:
    till.paid(emulator, reader)
    emulator.take_held()
    emulator.advance(seconds=300)
    later = timezone.now() + timedelta(seconds=300)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: later)
        status, lines = run()
    assert status == 0, lines
    assert any("checkout.session.completed about cs_" in line for line in lines), lines
    assert StripeEvent.objects.get(type="checkout.session.completed").state == StripeEvent.State.DONE
    assert spendable(reader.wallet_id) == 10


def test_another_sites_objects_are_no_finding(emulator: Emulator, reader: User, settings: Settings) -> None:
    own, settings.BASE_URL = settings.BASE_URL, "https://elsewhere.example"
    order = till.paid(emulator, reader)
    Order.objects.filter(pk=order.pk).update(key=uuid4(), session_id="", payment_intent_id="")
    StripeCustomer.objects.all().update(stripe_id="cus_elsewhere")
    settings.BASE_URL = own
    assert not [line for line in findings(run()[1]) if "foreign" in line]


def test_stripe_away_is_one_line_and_no_finished_run(emulator: Emulator, reader: User) -> None:
    a_missed_grant(emulator, reader)
    emulator.down()
    with pytest.raises(CommandError, match=r"\Anot finished, Unavailable: [^\n]*\Z") as found:
        call_command("reconcile_stripe")
    assert found.value.returncode == 2
    assert Reconciliation.objects.get().finished_at is None
    emulator.clear()
    assert run()[0] == 0


def test_the_report_for_programs_says_the_same(emulator: Emulator, reader: User) -> None:
    a_missed_grant(emulator, reader)
    status, lines = run("--json", "--since", "1")
    report: dict[str, Any] = json.loads("\n".join(lines))
    assert (status, report["findings"][0]["outcome"], report["full"]) == (0, "mended", False)
    with pytest.raises(CommandError, match="must be a number of days"):
        call_command("reconcile_stripe", "--since", "0")


def test_what_the_worker_did_meanwhile_is_no_finding(emulator: Emulator, reader: User) -> None:
    from accounts.billing import doubts, reconciling

    a_missed_grant(emulator, reader)
    now = timezone.now()
    scope = doubts.Scope(since=now - timedelta(days=1), full=False, heard_since=now)
    found = [doubt for doubt in doubts.doubts(scope) if doubt]
    heard(emulator)
    assert [reconciling.settle(doubt, dry_run=False) for doubt in found] == [None] * len(found)
    assert found


def test_by_the_clock_nothing_left_is_an_error_and_a_full_run_is_enough_for_a_day(
    emulator: Emulator, reader: User, settings: Settings
) -> None:
    a_parked_order(emulator, reader)
    assert run("--full", "--by-the-clock")[0] == 0
    assert run("--full", "--by-the-clock") == (0, [])
    assert Reconciliation.objects.get().left == 2
    settings.STRIPE_SECRET_KEY = ""
    assert run("--by-the-clock") == (0, [])
