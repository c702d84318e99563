"""Stripe's events, truly signed: verified, stored and queued before they are answered."""

import json
import time
from collections.abc import Iterator

import stripe

from tests.bench.bench import Bench, Site
from tests.bench.environment import WEBHOOK_SECRET
from tests.bench.load import CONNECTIONS, Figures, LoadError, written

ROW = "webhook"
FASTEST = 4_000
AT_LEAST, AT_MOST_MS = 300, 100.0
# Milliseconds: with it all connections together send 300 a second, if an answer takes twenty. As many as it
# can take wait for each other, and how long says only how many connections there are.
PAUSE = 1000 * CONNECTIONS // AT_LEAST - 20


def measure(bench: Bench) -> None:
    site = bench.site("right")
    turns = [intake(bench, site, f"{turn}") for turn in range(bench.pace.rounds)]
    rate = sorted(one.rate for one in turns)[len(turns) // 2]
    bench.found(row=ROW, name="events taken in", figure=rate, unit="/s", at_least=AT_LEAST)
    paced = [intake(bench, site, f"paced{turn}", pause=PAUSE) for turn in range(bench.pace.rounds)]
    slowest = max(paced, key=lambda one: one.p99)
    note = f"at {slowest.rate:.0f} a second"
    bench.found(row=ROW, name="p99", figure=slowest.p99, unit="ms", at_most=AT_MOST_MS, note=note)


def intake(bench: Bench, site: Site, turn: str, seconds: float | None = None, *, pause: int = 0) -> Figures:
    seconds = seconds or bench.pace.seconds
    before = events_in(bench, site)
    requests = list(events(turn, int(seconds * FASTEST)))
    figures = bench.load(seconds).on(site.port, requests, once=True, pause=pause)
    if events_in(bench, site) - before < figures.requests:
        raise LoadError("not every event that was answered for is stored")
    return figures


def events_in(bench: Bench, site: Site) -> int:
    [(count,)] = bench.store.ask("SELECT count(*) FROM accounts_stripeevent", database=site.database)
    return int(count)


def events(turn: str, count: int) -> Iterator[bytes]:
    now = int(time.time())
    for number in range(count):
        body = json.dumps(event(f"{now}{turn}{number}", now)).encode()
        told = stripe.WebhookSignature._compute_signature(f"{now}.{body.decode()}", WEBHOOK_SECRET)
        headers = {"Stripe-Signature": f"t={now},v1={told}", "Content-Type": "application/json"}
        yield written("/stripe/webhook/", method="POST", body=body, headers=headers)


def event(mark: str, now: int) -> dict[str, object]:
    """As long as Stripe's own, about an order that is nobody's."""
    session = {
        "id": f"cs_test_{mark}",
        "object": "checkout.session",
        "created": now,
        "email": "somebody@example.com",
        "livemode": False,
        "metadata": {f"note_{number}": "x" * 60 for number in range(20)},
    }
    return {
        "id": f"evt_{mark}",
        "object": "event",
        "api_version": stripe.api_version,
        "created": now,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "checkout.session.completed",
        "data": {"object": session},
    }
