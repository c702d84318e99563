"""The local Stripe in tests: a real process that one worker's tests share, and what they may do to it.

    def test_something(emulator):
        session = …  # made by the code under test, through the stripe library
        emulator.pay(session_id, card="4000000000000002")
        emulator.post_held(post)  # hands each held event, truly signed, to `post(body, signature)`

Events are held until they are asked for: no test waits for a webhook unless it says ``deliver_to``.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY = "sk_test_local"
WEBHOOK_SECRET = "whsec_local"
PATIENCE = 10.0
DAY = 86_400

Told = dict[str, Any]

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
POOR_CARD = "4000000000009995"
SECURE_CARD = "4000000000003220"
ALWAYS_SECURE_CARD = "4000002760003184"
LATER_DECLINED_CARD = "4000000000000341"
DISPUTED_CARD = "4000000000000259"
GOOD_IBAN = "AT611904300234573201"
BAD_IBAN = "AT861904300235473202"


class EmulatorRefused(Exception):
    """What the control answered instead: its message, with ``status`` and ``code``."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.status = status
        self.code = error.get("code")


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One delivery of an event, signed when it was taken."""

    event: str
    type: str
    body: str
    signature: str

    @property
    def object(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)["data"]["object"]
        return told


class Emulator:
    def __init__(self, address: str) -> None:
        self.address = address
        self.secret = WEBHOOK_SECRET

    def control(self, method: str, path: str, **given: Any) -> Any:
        """Raises EmulatorRefused."""
        body = json.dumps(given).encode() if method == "POST" else None
        asked = urllib.request.Request(f"{self.address}/_emulator{path}", data=body, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise EmulatorRefused(error.code, json.load(error)["error"]) from None

    def reset(self) -> None:
        """All is forgotten. Events are held, signed with ``secret``, until they are taken."""
        self.control("POST", "/reset", deliver_to={"url": "", "secret": self.secret})

    def snapshot(self, name: str) -> None:
        self.control("POST", f"/snapshots/{name}")

    def restore(self, name: str) -> None:
        """All as it was then, time too. The weather stays."""
        self.control("POST", f"/snapshots/{name}/restore")

    # Paying

    def pay(self, session: str, *, card: str = GOOD_CARD, proven: bool = True, **buyer: Any) -> Told:
        """Completes a checkout session as its page would; answers the session.

        ``buyer``: email, name, country, postal_code, vat, promotion_code. 3-D Secure is passed unless
        ``proven`` is false. Raises EmulatorRefused when the payment is refused.
        """
        buyer.setdefault("email", "buyer@example.com")
        paid = self.control("POST", f"/checkout/{session}/pay", card=card, proven=proven, **buyer)
        told: Told = paid["session"]
        return told

    def settle(self, intent: str, *, succeeds: bool = True) -> None:
        """A bank debit comes through, or bounces."""
        self.control("POST", f"/payments/{intent}/{'settle' if succeeds else 'fail'}")

    def settle_refund(self, refund: str, *, succeeds: bool = True) -> None:
        self.control("POST", f"/refunds/{refund}/{'settle' if succeeds else 'fail'}")

    def dispute(
        self, charge: str, *, amount: int | None = None, reason: str = "fraudulent", **how: Any
    ) -> str:
        """Opens one and answers its id. ``amount`` in minor units; ``inquiry=True`` for a mere warning."""
        opened = self.control("POST", "/disputes", charge=charge, amount=amount, reason=reason, **how)
        return str(opened["id"])

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        """A warning is closed either way."""
        self.control("POST", f"/disputes/{dispute}/{'won' if won else 'lost'}")

    def change_card(self, customer: str, *, card: str) -> None:
        """What the customer and all their subscriptions pay with from now on."""
        self.control("POST", f"/customers/{customer}/card", card=card)

    def force_status(self, subscription: str, status: str) -> None:
        """Any status, also one that Stripe has yet to invent."""
        self.control("POST", f"/subscriptions/{subscription}/status", status=status)

    def forget(self, kind: str, wanted: str) -> None:
        """Takes an object away as if it had never been."""
        self.control("POST", f"/objects/{kind}/{wanted}/forget")

    # Time

    def advance(self, *, days: float = 0, seconds: int = 0) -> int:
        """All that is due up to then happens, in order. Answers the time it is now, in seconds since 1970."""
        return int(self.control("POST", "/clock", advance=int(days * DAY) + seconds)["now"])

    def advance_to(self, moment: int) -> int:
        return int(self.control("POST", "/clock", to=moment)["now"])

    # Events

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """All events so far, oldest first."""
        made: list[dict[str, Any]] = self.control("GET", "/events")
        return [event for event in made if kind in (None, event["type"])]

    def take_held(self, **order: Any) -> list[Posting]:
        """The held events, which are held no more. ``duplicate`` more copies of each, ``shuffle`` by a seed,
        ``drop`` a share of them or a list of types.
        """
        taken = self.control("POST", "/delivery/take", **order)
        names = ("event", "type", "body", "signature")
        return [Posting(**{name: one[name] for name in names}) for one in taken]

    def post_held(self, post: Callable[[str, str], Any], **order: Any) -> list[Any]:
        """Hands each held event's body and signature to ``post``; answers what that answered, in order."""
        return [post(posting.body, posting.signature) for posting in self.take_held(**order)]

    def deliver_to(self, url: str, secret: str = WEBHOOK_SECRET) -> None:
        """Posts all events from now on to a server on this machine, until it accepts them."""
        self.secret = secret
        self.control("POST", "/delivery", main={"url": url, "secret": secret})

    def hold(self) -> None:
        self.control("POST", "/delivery", mode="hold")

    def stop_holding(self) -> None:
        self.control("POST", "/delivery", mode="normal")

    def release(self, **order: Any) -> int:
        """Posts what is held to its address: as ``take_held``, and ``delay`` seconds between two."""
        return int(self.control("POST", "/delivery/release", **order)["released"])

    def await_deliveries(self, within: float = PATIENCE) -> None:
        """Until all that is to be posted was accepted."""
        deadline = time.monotonic() + within
        while not self.control("GET", "/delivery/idle")["idle"]:
            assert time.monotonic() < deadline, self.postings()
            time.sleep(0.05)

    def postings(self) -> list[dict[str, Any]]:
        posted: list[dict[str, Any]] = self.control("GET", "/delivery")["postings"]
        return posted

    def deliver_again(self, event: str) -> None:
        self.control("POST", f"/delivery/again/{event}")

    def deliver(self, body: str, **signed: Any) -> int | str:
        """Any body, now: ``url``, ``secret``, ``age`` in seconds, or a ``signature`` as it is.

        Answers the status it got, or why there was none.
        """
        answer: int | str = self.control("POST", "/delivery/send", body=body, **signed)["answer"]
        return answer

    # Weather

    def weather(self, **spell: Any) -> None:
        """``status`` (429, 500, 502, 503), ``drop`` ("before" the work or "after" it) or ``slow`` seconds,
        for the next ``times`` requests or a ``share`` of them, by ``path`` and ``method`` ("/v1/refunds*").
        """
        self.control("POST", "/weather", spells=[spell])

    def down(self) -> None:
        self.control("POST", "/weather", down=True)

    def clear(self) -> None:
        """Good weather again."""
        self.control("POST", "/weather", clear=True)

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        """What was asked of the API: method, path, body, key (idempotency), version."""
        asked: list[dict[str, Any]] = self.control("GET", "/requests")
        return [one for one in asked if path in one["path"]]


def start_emulator(errors: Any, *arguments: str) -> tuple["subprocess.Popen[str]", str]:
    """The process, and its address."""
    command = [sys.executable, "-m", "briefings_site.demo.stripe", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address.startswith("http://"), "the stand-in did not start"
    return process, address


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[str]:
    """Its address. It fails at the end when the stand-in itself went wrong meanwhile."""
    with tempfile.TemporaryFile("w+") as errors:
        process, address = start_emulator(errors)
        yield address
        process.terminate()
        process.wait(timeout=PATIENCE)
        errors.seek(0)
        assert errors.read() == ""


@pytest.fixture
def emulator(stripe_server: str, settings: Settings) -> Emulator:
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STRIPE_API_BASE = stripe_server
    one = Emulator(stripe_server)
    one.reset()
    return one
