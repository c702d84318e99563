"""Events reach who wants them, again until accepted; held, doubled, shuffled or dropped on demand."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import stripe

from ..emulator import WEBHOOK_SECRET, Emulator


class Listener(HTTPServer):
    """Refuses the first ``refusals`` postings, and keeps what it accepts."""

    refusals = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Ears)
        self.heard: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    def kinds(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.heard]


class Ears(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        refused = self.server.refusals > 0
        self.server.refusals -= refused
        if not refused:
            self.server.heard.append((body, self.headers["Stripe-Signature"]))
        self.send_response(500 if refused else 200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield one
    one.shutdown()
    thread.join()
    one.server_close()


def test_what_is_refused_is_posted_again(
    emulator: Emulator, asking: stripe.StripeClient, listener: Listener
) -> None:
    listener.refusals = 2
    emulator.deliver_to(listener.url)
    made = asking.v1.customers.create({})
    emulator.await_deliveries()
    [(body, signature)] = listener.heard
    assert stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET).data.object["id"] == made.id
    [posting] = emulator.postings()
    assert posting["answers"] == [500, 500, 200]


def test_an_endpoint_hears_what_it_asked_for_and_signs_with_its_own_secret(
    emulator: Emulator, asking: stripe.StripeClient, listener: Listener
) -> None:
    endpoint = asking.v1.webhook_endpoints.create({"url": listener.url, "enabled_events": ["customer.*"]})
    asking.v1.products.create({"name": "A"})
    asking.v1.customers.create({})
    emulator.await_deliveries()
    [(body, signature)] = listener.heard
    assert endpoint.secret is not None
    assert stripe.Webhook.construct_event(body, signature, endpoint.secret).type == "customer.created"
    assert not hasattr(asking.v1.webhook_endpoints.retrieve(endpoint.id), "secret")
    asking.v1.webhook_endpoints.delete(endpoint.id)
    asking.v1.customers.create({})
    emulator.await_deliveries()
    assert len(listener.heard) == 1


def test_nothing_is_posted_to_another_machine(emulator: Emulator, asking: stripe.StripeClient) -> None:
    asking.v1.webhook_endpoints.create({"url": "https://example.com/hook", "enabled_events": ["*"]})
    asking.v1.customers.create({})
    assert {one["status"] for one in emulator.postings()} == {"held", "elsewhere"}


def test_held_events_are_released_as_asked(
    emulator: Emulator, asking: stripe.StripeClient, listener: Listener
) -> None:
    emulator.deliver_to(listener.url)
    emulator.hold()
    for name in "abc":
        asking.v1.products.create({"name": name})
        asking.v1.customers.create({"name": name})
    assert listener.heard == []
    assert emulator.release(duplicate=1, drop=["product.*"], shuffle=3) == 6
    emulator.await_deliveries()
    assert listener.kinds() == ["customer.created"] * 6
    assert len({json.loads(body)["id"] for body, _ in listener.heard}) == 3
    emulator.stop_holding()
    emulator.deliver_again(emulator.events("product.created")[0]["id"])
    emulator.await_deliveries()
    assert listener.kinds()[6:] == ["product.created"]


def test_held_events_are_taken_in_any_order(emulator: Emulator, asking: stripe.StripeClient) -> None:
    for name in "abcdef":
        asking.v1.customers.create({"name": name})
    heard: list[str] = []
    emulator.post_held(
        lambda body, signature: heard.append(json.loads(body)["data"]["object"]["name"]), shuffle=1
    )
    assert sorted(heard) == list("abcdef")
    assert heard != list("abcdef")
    assert emulator.take_held() == []


@pytest.mark.parametrize(
    ("signed", "verifies"),
    [
        ({}, True),
        ({"age": 299}, True),
        ({"age": 301}, False),
        ({"secret": "whsec_other"}, False),
        ({"signature": "t=1,v1=00"}, False),
    ],
)
def test_any_body_is_delivered_signed_as_wished(
    emulator: Emulator, listener: Listener, signed: dict[str, Any], verifies: bool
) -> None:
    body = json.dumps({"id": "evt_1", "object": "event"})
    emulator.deliver_to(listener.url)
    assert emulator.deliver(body, **signed) == 200
    [(heard, signature)] = listener.heard
    assert heard == body
    try:
        stripe.Webhook.construct_event(heard, signature, WEBHOOK_SECRET)
    except stripe.SignatureVerificationError:
        assert not verifies
    else:
        assert verifies
