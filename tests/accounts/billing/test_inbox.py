"""An event is worked once, again where Stripe was away, and by a person where it cannot be."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from accounts.billing import alerts, handlers, inbox
from accounts.billing.errors import Foreign, NotSetUp, Parked, PaymentError, Unavailable
from accounts.billing.models import BillingAlert, StripeCustomer, StripeEvent
from accounts.models import User
from credits import ledger
from credits.errors import InDebt
from credits.models import LotKind
from credits.statements import spendable

pytestmark = pytest.mark.django_db
State = StripeEvent.State


def an_event(**facts: Any) -> StripeEvent:
    facts = {"stripe_id": "evt_1", "type": "customer.deleted", "object_id": "cus_1"} | facts
    return StripeEvent.objects.create(livemode=False, happened_at=timezone.now(), payload={}, **facts)


OF_TROUBLE = "test.trouble"


class Trouble:
    """A handler for a type of its own: it grants a credit, and then may fail."""

    def __init__(self, wallet_id: int) -> None:
        self.wallet_id = wallet_id
        self.error: Exception | None = None

    def __call__(self, event: StripeEvent) -> None:
        ledger.grant(
            wallet_id=self.wallet_id, amount=1, kind=LotKind.PAID, reason="Bought", key=f"checkout:{event.pk}"
        )
        if self.error:
            raise self.error


@pytest.fixture
def trouble(reader: User, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    found = Trouble(reader.wallet_id)
    monkeypatch.setitem(handlers.HANDLERS, OF_TROUBLE, found)
    return found


@pytest.mark.parametrize(
    ("error", "state", "alerts"),
    [
        (None, State.DONE, 0),
        (Foreign("another's"), State.IGNORED, 0),
        (Unavailable("slow"), State.WAITING, 0),
        (NotSetUp("no key"), State.WAITING, 0),
        (Parked("look at it"), State.PARKED, 1),
        (PaymentError("asked wrongly"), State.PARKED, 1),
        (InDebt(owed=3), State.PARKED, 1),
    ],
)
def test_what_becomes_of_an_event(
    error: Exception | None, state: State, alerts: int, trouble: Trouble, reader: User
) -> None:
    trouble.error = error
    event = an_event(type=OF_TROUBLE)
    assert inbox.work(event.pk)
    event.refresh_from_db()
    assert (event.state, event.attempts, str(error or "") in event.why) == (state, 1, True)
    assert spendable(reader.wallet_id) == (0 if error else 1)
    assert BillingAlert.objects.count() == alerts
    assert not inbox.work(event.pk)


def test_one_that_stripe_kept_waiting_comes_back_later_each_time_and_then_waits_for_a_person(
    trouble: Trouble,
) -> None:
    trouble.error = Unavailable("away")
    event = an_event(type=OF_TROUBLE)
    pauses = []
    for _ in range(inbox.MOST_ATTEMPTS):
        StripeEvent.objects.filter(pk=event.pk).update(next_try_at=timezone.now())
        assert inbox.work_due() == 1
        event.refresh_from_db()
        pauses.append(event.next_try_at - timezone.now())
    assert timedelta(seconds=25) < pauses[0] < timedelta(seconds=40)
    assert all(earlier < later for earlier, later in pairwise(pauses[:10]))
    assert max(pauses) < timedelta(hours=7.5)
    assert (event.state, event.attempts) == (State.PARKED, inbox.MOST_ATTEMPTS)
    assert BillingAlert.objects.count() == 1


def test_what_ends_its_worker_is_not_at_once_due_again(trouble: Trouble, reader: User) -> None:
    trouble.error = ZeroDivisionError()
    event, other = an_event(type=OF_TROUBLE), an_event(stripe_id="evt_2", type=OF_TROUBLE)
    with pytest.raises(ZeroDivisionError):
        inbox.work_due()
    trouble.error = None
    assert inbox.work_due() == 1
    states = dict(StripeEvent.objects.values_list("pk", "state"))
    assert states == {event.pk: State.WAITING, other.pk: State.DONE}
    event.refresh_from_db()
    assert (event.attempts, event.why) == (1, "Begun, and not finished.")


def test_what_ends_its_worker_a_dozen_times_waits_for_a_person(trouble: Trouble) -> None:
    trouble.error = ZeroDivisionError()
    event = an_event(type=OF_TROUBLE)
    for _ in range(inbox.MOST_ATTEMPTS):
        StripeEvent.objects.update(next_try_at=timezone.now())
        with pytest.raises(ZeroDivisionError):
            inbox.work(event.pk)
    StripeEvent.objects.update(next_try_at=timezone.now())
    assert inbox.work(event.pk)
    event.refresh_from_db()
    assert (event.state, event.why) == (State.PARKED, "Begun, and not finished.")
    assert BillingAlert.objects.count() == 1


def test_while_stripe_is_away_a_run_does_not_ask_for_every_event(trouble: Trouble) -> None:
    trouble.error = Unavailable("away")
    for number in range(inbox.PATIENCE + 3):
        an_event(type=OF_TROUBLE, stripe_id=f"evt_{number}")
    assert inbox.work_due() == inbox.PATIENCE
    assert StripeEvent.objects.filter(attempts=0).count() == 3


def test_replayed_it_is_worked_as_if_it_had_just_come(trouble: Trouble, reader: User) -> None:
    trouble.error = Parked("look at it")
    event = an_event(type=OF_TROUBLE)
    inbox.work(event.pk)
    trouble.error = None
    inbox.replay(event, by=reader)
    assert inbox.work_due() == 1
    inbox.replay(event, by=reader)
    assert inbox.work_due() == 1
    event.refresh_from_db()
    assert (event.state, spendable(reader.wallet_id)) == (State.DONE, 1)


def test_a_type_nothing_follows_from_is_left() -> None:
    event = an_event(type="balance.available")
    inbox.work(event.pk)
    event.refresh_from_db()
    assert event.state == State.IGNORED


@pytest.mark.parametrize(
    ("site", "state"),
    [("", State.IGNORED), ("elsewhere.example", State.IGNORED), ("127.0.0.1:8000", State.PARKED)],
)
def test_an_order_nobody_knows_is_anothers_unless_it_bears_our_mark(
    site: str, state: State, settings: Settings
) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    metadata = {"order": "00000000-0000-4000-8000-000000000000", "site": site}
    event = an_event(type="checkout.session.completed", object_id="cs_1")
    event.payload = {"data": {"object": {"id": "cs_1", "metadata": metadata}}}
    event.save()
    inbox.work(event.pk)
    event.refresh_from_db()
    assert event.state == state


def test_a_customer_deleted_at_stripe_is_marked(reader: User) -> None:
    StripeCustomer.objects.create(reader=reader, stripe_id="cus_1", livemode=False)
    inbox.work(an_event().pk)
    inbox.work(an_event(stripe_id="evt_2", object_id="cus_other").pk)
    assert StripeCustomer.objects.get().deleted_at is not None
    assert StripeEvent.objects.get(stripe_id="evt_2").state == State.IGNORED


def test_what_stripe_told_of_people_is_forgotten_after_a_month() -> None:
    told = {"data": {"object": {"customer_email": "ada@example.com"}}}
    long_ago = timezone.now() - timedelta(days=31)
    for number, (state, settled_at) in enumerate(
        [
            (State.DONE, long_ago),
            (State.IGNORED, long_ago),
            (State.PARKED, long_ago),
            (State.DONE, timezone.now()),
        ]
    ):
        event = an_event(stripe_id=f"evt_{number}", state=state, settled_at=settled_at)
        StripeEvent.objects.filter(pk=event.pk).update(payload=told)
    call_command("forget_events", verbosity=0)
    call_command("forget_events", verbosity=0)
    kept = StripeEvent.objects.exclude(payload={}).values_list("stripe_id", flat=True)
    assert set(kept) == {"evt_2", "evt_3"}


def test_an_alert_is_mailed_once_and_when_the_mail_server_is_back(settings: Settings) -> None:
    settings.ALERT_TO = ["desk@example.com"]
    for _ in range(2):
        alerts.alert("an event is parked", "Look at evt_1.", key="event:1")
    kept, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert alerts.send_due() == 0
    settings.EMAIL_BACKEND = kept
    call_command("work_events", verbosity=0)
    call_command("work_events", verbosity=0)
    assert [(sent.subject, sent.to) for sent in mail.outbox] == [
        (f"{settings.SITE_NAME}: an event is parked", ["desk@example.com"])
    ]
