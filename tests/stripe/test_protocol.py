"""How the stand-in is asked and answers: keys, versions, errors, idempotency, lists, expansion, weather."""

import threading
import urllib.error
import urllib.request
from typing import Any

import pytest
import stripe

from ..emulator import SECRET_KEY, WEBHOOK_SECRET, Emulator
from .conftest import client

JSON = dict[str, Any]


def asked(address: str, path: str, *, body: str | None = None, **headers: str) -> tuple[int, Any]:
    """A request as no library would make it: its status and headers."""
    request = urllib.request.Request(address + path, data=body.encode() if body is not None else None)
    for name, value in ({"Authorization": f"Bearer {SECRET_KEY}"} | headers).items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


def test_every_answer_has_a_request_id(asking: stripe.StripeClient) -> None:
    answered = asking.v1.customers.create({}).last_response
    assert answered is not None
    assert answered.request_id.startswith("req_")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Stripe_Version": "2026-10-28.endive"}, 200),
        ({"Stripe_Version": "2020-08-27"}, 400),
        ({"Authorization": "Bearer sk_live_real"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Basic c2s6"}, 401),
    ],
)
def test_who_may_ask(emulator: Emulator, headers: dict[str, str], status: int) -> None:
    assert asked(emulator.address, "/v1/customers", **headers)[0] == status


def test_an_address_that_is_none_is_404(emulator: Emulator) -> None:
    assert asked(emulator.address, "/v1/no_such_thing")[0] == 404


@pytest.mark.parametrize(
    ("call", "params", "code", "param"),
    [
        ("products", {"name": "A", "colour": "red"}, "parameter_unknown", "colour"),
        ("products", {}, "parameter_missing", "name"),
        ("products", {"name": ""}, "parameter_invalid_empty", "name"),
        (
            "prices",
            {"currency": "eur", "product": "p", "unit_amount": "x"},
            "parameter_invalid_integer",
            "unit_amount",
        ),
        (
            "prices",
            {"currency": "eur", "product": "p", "unit_amount": -1},
            "parameter_invalid_integer",
            "unit_amount",
        ),
        ("prices", {"currency": "euro", "product": "p", "unit_amount": 1}, None, "currency"),
        ("prices", {"currency": "eur", "product": "p", "unit_amount": 1}, "resource_missing", "product"),
        ("coupons", {}, "parameter_missing", "percent_off"),
        ("coupons", {"percent_off": 120}, None, "percent_off"),
        ("refunds", {"charge": "ch_none"}, "resource_missing", "charge"),
    ],
)
def test_what_is_wrong_is_refused(
    asking: stripe.StripeClient, call: str, params: Any, code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        getattr(asking.v1, call).create(params)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)


def test_what_is_not_there_is_404(asking: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        asking.v1.customers.retrieve("cus_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_a_key_answers_the_same_again(asking: stripe.StripeClient) -> None:
    first = asking.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "one"})
    again = asking.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "one"})
    assert first.id == again.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        asking.v1.customers.create({"email": "b@example.com"}, {"idempotency_key": "one"})


def test_a_key_keeps_no_invalid_parameters(asking: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        asking.v1.products.create({}, {"idempotency_key": "two"})
    assert asking.v1.products.create({"name": "A"}, {"idempotency_key": "two"}).name == "A"


def test_a_key_at_work_is_409(emulator: Emulator) -> None:
    emulator.weather(slow=0.3, times=2)
    statuses: list[int] = []

    def create() -> None:
        statuses.append(asked(emulator.address, "/v1/customers", body="", Idempotency_Key="three")[0])

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]


def test_lists_go_page_by_page_newest_first(asking: stripe.StripeClient) -> None:
    made = [asking.v1.customers.create({}).id for _ in range(7)]
    first = asking.v1.customers.list({"limit": 3})
    assert [one.id for one in first.data] == made[:3:-1]
    assert first.has_more
    assert [one.id for one in first.auto_paging_iter()] == made[::-1]
    before = asking.v1.customers.list({"limit": 2, "ending_before": made[0]})
    assert [one.id for one in before.data] == [made[2], made[1]]
    assert asking.v1.customers.list({"created": {"gt": 4_000_000_000}}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        asking.v1.customers.list({"limit": 101})


@pytest.mark.parametrize("path", ["colour", "product.default_price.product.default_price.product"])
def test_what_cannot_be_expanded_is_refused(asking: stripe.StripeClient, path: str) -> None:
    asking.v1.products.create({"id": "a", "name": "A"})
    price = asking.v1.prices.create({"product": "a", "currency": "eur", "unit_amount": 1})
    assert not isinstance(asking.v1.prices.retrieve(price.id, {"expand": ["product"]}).product, str)
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        asking.v1.prices.retrieve(price.id, {"expand": [path]})


@pytest.mark.parametrize(
    ("spell", "error"),
    [
        ({"status": 429}, stripe.RateLimitError),
        ({"status": 500}, stripe.APIError),
        ({"status": 503}, stripe.APIError),
        ({"drop": "before"}, stripe.APIConnectionError),
        ({"drop": "after"}, stripe.APIConnectionError),
    ],
)
def test_bad_weather_is_what_the_library_takes_it_for(
    emulator: Emulator, asking: stripe.StripeClient, spell: JSON, error: type[Exception]
) -> None:
    emulator.weather(**spell, path="/v1/customers", method="POST", times=1)
    with pytest.raises(error):
        asking.v1.customers.create({})
    assert len(asking.v1.customers.list({}).data) == (1 if spell.get("drop") == "after" else 0)


def test_a_lost_answer_is_asked_for_again_and_nothing_doubles(emulator: Emulator) -> None:
    emulator.weather(drop="after", method="POST", times=1)
    patient = client(emulator.address, retries=2)
    made = patient.v1.customers.create({"email": "a@example.com"})
    assert [one.id for one in patient.v1.customers.list({}).data] == [made.id]
    keys = {one["key"] for one in emulator.requests("/v1/customers") if one["method"] == "POST"}
    assert len(keys) == 1


def test_a_server_that_is_down_answers_nobody_until_it_is_up(
    emulator: Emulator, asking: stripe.StripeClient
) -> None:
    emulator.down()
    with pytest.raises(stripe.APIConnectionError):
        asking.v1.customers.list({})
    emulator.clear()
    assert asking.v1.customers.list({}).data == []


def test_weather_may_be_a_share(emulator: Emulator, asking: stripe.StripeClient) -> None:
    emulator.weather(status=500, share=0.5, seed=7)
    failed = 0
    for _ in range(40):
        try:
            asking.v1.customers.list({})
        except stripe.APIError:
            failed += 1
    assert 8 < failed < 32


def test_events_are_signed_as_the_library_wants(emulator: Emulator, asking: stripe.StripeClient) -> None:
    made = asking.v1.customers.create({"email": "a@example.com"}, {"idempotency_key": "signed"})
    [posting] = emulator.take_held()
    event = stripe.Webhook.construct_event(posting.body, posting.signature, WEBHOOK_SECRET)
    assert (event.type, event.data.object["id"], event.livemode) == ("customer.created", made.id, False)
    assert event.request is not None
    assert event.request.idempotency_key == "signed"
    assert asking.v1.events.retrieve(event.id).type == "customer.created"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(posting.body + " ", posting.signature, WEBHOOK_SECRET)


def test_an_update_says_what_was_before(emulator: Emulator, asking: stripe.StripeClient) -> None:
    made = asking.v1.customers.create({"name": "Ada", "metadata": {"a": "1", "b": "2"}})
    asking.v1.customers.update(made.id, {"name": "Grace", "metadata": {"a": ""}})
    asking.v1.customers.update(made.id, {"name": "Grace"})
    [event] = emulator.events("customer.updated")
    assert event["data"]["previous_attributes"] == {"name": "Ada", "metadata": {"a": "1"}}
    assert event["data"]["object"]["metadata"] == {"b": "2"}
