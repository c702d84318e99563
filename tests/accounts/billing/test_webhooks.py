"""The door that the whole world may knock at: only what Stripe signed just now gets in, and once."""

from collections.abc import Callable

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.billing.models import BillingAlert, StripeEvent
from accounts.billing.tasks import work_event
from accounts.models import ReaderSession

from .signing import SECRET, a_body, signature

pytestmark = pytest.mark.django_db
HOOK = "/stripe/webhook/"
NESTED = b'{"a":' * 20_000 + b"1" + b"}" * 20_000


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = f"whsec_next, {SECRET}"
    settings.STRIPE_SECRET_KEY = "sk_test_local"
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


def post(client: Client, body: bytes, header: str | None = None) -> int:
    signed = signature(body) if header is None else header
    answer = client.post(HOOK, body, content_type="application/json", headers={"Stripe-Signature": signed})
    return answer.status_code


def test_what_stripe_signed_is_stored_once_and_answered_for(client: Client) -> None:
    body = a_body()
    assert [post(client, body) for _ in range(3)] == [200, 200, 200]
    event = StripeEvent.objects.get()
    assert (event.stripe_id, event.type, event.object_id) == ("evt_1", "charge.succeeded", "ch_1")
    assert event.state == StripeEvent.State.WAITING


def test_either_secret_will_do_while_one_is_exchanged(client: Client) -> None:
    body = a_body()
    assert post(client, body, signature(body, secret="whsec_next")) == 200
    both = f"{signature(body, secret='whsec_gone')},{signature(body).split(',')[1]}"
    assert post(client, body, both) == 200


# Signed when the test runs, not when it is collected: that is minutes earlier, and on every worker another.
BAD_SIGNATURES: dict[str, Callable[[], str]] = {
    "none": lambda: "",
    "nonsense": lambda: "nonsense",
    "empty parts": lambda: "t=,v1=",
    "another hash": lambda: "t=1,v1=abc",
    "no time": lambda: "v1=abc",
    "no number": lambda: "t=abc,v1=abc",
    "other digits": lambda: "t=١,v1=é",
    "a time without end": lambda: "t=" + "9" * 5000 + ",v1=abc",
    "another scheme": lambda: signature(a_body(), scheme="v0"),
    "another secret": lambda: signature(a_body(), secret="whsec_other"),
    "an empty secret": lambda: signature(a_body(), secret=""),
    "too old": lambda: signature(a_body(), age=301),
    "from the future": lambda: signature(a_body(), age=-360),
    "another body": lambda: signature(a_body(id="evt_2")),
    "another time": lambda: signature(a_body()).replace("t=", "t=1"),
    "a second time": lambda: f"t={2**40},{signature(a_body())}",
}


@pytest.mark.parametrize("which", BAD_SIGNATURES)
def test_a_bad_signature_is_refused(which: str, client: Client) -> None:
    assert post(client, a_body(), BAD_SIGNATURES[which]()) == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("value", ["", " ", ",", " , "])
def test_without_a_secret_nothing_is_believed(value: str, client: Client, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = value
    assert post(client, a_body(), signature(a_body(), secret="")) == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"text"',
        b"{",
        b"{}",
        b"\xff\xfe",
        NESTED,
        b'{"id": NaN}',
        a_body(id=""),
        a_body(id=7),
        a_body(id="e" * 256),
        a_body(type=""),
        a_body(type="t" * 101),
        a_body(type=None),
        a_body(created="yesterday"),
        a_body(created=10**18),
        a_body(created=None),
        a_body(livemode="no"),
        a_body(livemode=None),
        a_body(data=None),
        a_body(data={"object": "ch_1"}),
        a_body(data={}),
        a_body(more=1).replace(b'"more": 1', b'"more": 1e999'),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes, client: Client) -> None:
    assert post(client, body) == 400
    assert not StripeEvent.objects.exists()


def test_what_the_database_cannot_hold_is_left_out(client: Client) -> None:
    body = a_body(data={"object": {"id": None, "metadata": {"note\x00": "a\x00b \ud800"}}}, api_version=None)
    assert post(client, body) == 200
    event = StripeEvent.objects.get()
    assert (event.object_id, event.api_version) == ("", "")
    assert event.payload["data"]["object"]["metadata"] == {"note": "ab ?"}


def test_too_much_is_refused_unread(client: Client, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_MAX_BYTES = 1000
    assert post(client, a_body(more="x" * 1000)) == 413
    assert post(client, a_body(), signature(a_body())) == 200


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_only_a_post_is_heard(method: str, client: Client) -> None:
    assert getattr(client, method)(HOOK).status_code == 405


def test_an_event_of_the_wrong_mode_waits_for_a_person(client: Client) -> None:
    assert post(client, a_body(livemode=True)) == 200
    event = StripeEvent.objects.get()
    assert event.state == StripeEvent.State.PARKED
    assert "live event" in event.why
    assert BillingAlert.objects.count() == 1
    assert post(client, a_body(livemode=True)) == 200
    assert BillingAlert.objects.count() == 1


@pytest.fixture
def queue(settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}


def test_with_the_event_its_work_is_queued_in_one_statement(
    queue: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    body = a_body()
    with django_assert_num_queries(1):
        assert post(client, body) == 200
    event = StripeEvent.objects.get()
    assert (event.state, event.attempts, event.settled_at) == (StripeEvent.State.WAITING, 0, None)
    [task] = DBTaskResult.objects.ready()
    assert (task.task, task.args_kwargs) == (work_event, {"args": [event.pk], "kwargs": {}})


def test_its_task_is_like_any_other(queue: None, client: Client) -> None:
    post(client, a_body())
    work_event.enqueue(7)
    ours, library = (
        {field.attname: getattr(task, field.attname) for field in task._meta.fields}
        for task in DBTaskResult.objects.order_by("enqueued_at")
    )
    own = ("id", "args_kwargs", "enqueued_at")
    assert [ours.pop(name) for name in own] != [library.pop(name) for name in own]
    assert ours == library


def test_a_twin_costs_one_look_and_is_not_queued(
    queue: None, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    body = a_body()
    post(client, body)
    with django_assert_num_queries(1):
        assert post(client, body) == 200
    assert DBTaskResult.objects.count() == 1


def test_of_the_wrong_mode_nothing_is_queued(queue: None, client: Client) -> None:
    assert post(client, a_body(livemode=True)) == 200
    assert StripeEvent.objects.get().settled_at is not None
    assert not DBTaskResult.objects.exists()


def test_it_asks_for_no_form_token_and_knows_nobody(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert post(strict, a_body()) == 200
    assert not ReaderSession.objects.exists()
    assert not strict.cookies
