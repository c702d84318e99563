"""Events posted to webhook endpoints: signed, in the background, again until they are accepted.

A posting is held instead while deliveries are held, and always when its target has no address: it is then
waited for by whoever asks. Nothing is ever posted to another machine.
"""

import hashlib
import heapq
import hmac
import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from .events import seen
from .store import Object, Store, new_id

WAITS = (0.2, 0.5, 1, 2, 5, 10, 20, 30)
MOST_TRIES = 60
HANDS = 4
PATIENCE = 20
REMEMBERED = 20_000
UNFINISHED = ("held", "queued", "posting")
OURS = ("127.0.0.1", "localhost", "::1")
AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


@dataclass(frozen=True, kw_only=True)
class Target:
    id: str
    url: str
    secret: str
    enabled_events: tuple[str, ...] = ("*",)

    def wants(self, kind: str) -> bool:
        return any(fnmatch(kind, wanted) for wanted in self.enabled_events)


class Post:
    """Takes events under the world's lock; its own hands deliver them after."""

    def __init__(self, main: Target | None = None) -> None:
        self.main = main
        self.holding = False
        self.postings: list[Object] = []
        self.queue: list[tuple[float, int, Object]] = []
        self.queued = count()
        self.turn = threading.Condition(threading.RLock())
        self.ended = False

    def start(self) -> None:
        for _ in range(HANDS):
            threading.Thread(target=self._work, daemon=True).start()

    def clear(self) -> None:
        self.resume([])
        with self.turn:
            self.holding = False

    def resume(self, postings: list[Object]) -> None:
        """These and no others; what was on its way is posted again."""
        with self.turn:
            self.postings, self.queue = postings, []
            for posting in postings:
                if posting["status"] in ("queued", "posting"):
                    self._enqueue(posting, 0)
            self.turn.notify_all()

    def unfinished(self) -> list[Object]:
        with self.turn:
            return [dict(one) for one in self.postings if one["status"] in UNFINISHED]

    def _add(self, posting: Object) -> None:
        self.postings.append(posting)
        if posting["status"] == "queued":
            self._enqueue(posting, posting["due"])
        if len(self.postings) > REMEMBERED:
            older, newer = self.postings[: -REMEMBERED // 2], self.postings[-REMEMBERED // 2 :]
            self.postings = [one for one in older if one["status"] in UNFINISHED] + newer

    def _enqueue(self, posting: Object, due: float) -> None:
        posting["status"] = "queued"
        heapq.heappush(self.queue, (due, next(self.queued), posting))

    def targets(self, store: Store) -> list[Target]:
        endpoints = [
            Target(
                id=one["id"],
                url=one["url"],
                secret=one["_secret"],
                enabled_events=tuple(one["enabled_events"]),
            )
            for one in store.where("webhook_endpoint", status="enabled")
        ]
        if self.main and all(one.url != self.main.url for one in endpoints):
            return [self.main, *endpoints]
        return endpoints

    def take(self, store: Store, event: Object) -> int:
        """How many endpoints will hear of it."""
        wanting = [target for target in self.targets(store) if target.wants(event["type"])]
        with self.turn:
            for target in wanting:
                self._add(self._posting(event, target, len(wanting)))
            self.turn.notify_all()
        return len(wanting)

    def _posting(self, event: Object, target: Target, targets: int, *, again: bool = False) -> Object:
        ours = urlsplit(target.url).hostname in OURS if target.url else False
        status = "queued" if ours and (again or not self.holding) else "held"
        if target.url and not ours:
            status = "elsewhere"
        body = json.dumps(seen(event) | {"pending_webhooks": targets}, indent=2)
        return {
            "id": new_id("post"),
            "event": event["id"],
            "type": event["type"],
            "url": target.url,
            "secret": target.secret,
            "body": body,
            "status": status,
            "tries": 0,
            "due": 0.0,
            "answers": [],
        }

    def again(self, store: Store, event: Object) -> int:
        with self.turn:
            for target in (targets := self.targets(store)):
                self._add(self._posting(event, target, len(targets), again=True))
            self.turn.notify_all()
        return len(targets)

    def take_held(self, order: Object) -> list[Object]:
        """The held postings, arranged, each as if it were posted now. They are held no more."""
        with self.turn:
            chosen = arranged([one for one in self.postings if one["status"] == "held"], order)
            for posting in self.postings:
                if posting["status"] == "held":
                    posting["status"] = "taken"
        return [one | {"signature": signature(one["secret"], one["body"])} for one in chosen]

    def release(self, order: Object) -> int:
        now = time.monotonic()
        with self.turn:
            held = [one for one in self.postings if one["status"] == "held" and one["url"]]
            self.postings = [one for one in self.postings if one not in held]
            chosen = arranged(held, order)
            for place, posting in enumerate(chosen):
                due = now + place * float(order.get("delay", 0))
                self._add(posting | {"id": new_id("post"), "status": "queued", "due": due, "answers": []})
            self.turn.notify_all()
        return len(chosen)

    def delivered(self, event: str) -> bool:
        with self.turn:
            return all(one["status"] == "delivered" for one in self.postings if one["event"] == event)

    def idle(self) -> bool:
        with self.turn:
            return not any(one["status"] in ("queued", "posting") for one in self.postings)

    def _work(self) -> None:
        while posting := self._next():
            answer = post(posting["url"], posting["secret"], posting["body"])
            with self.turn:
                if _note(posting, answer):
                    self._enqueue(posting, time.monotonic() + _wait(posting))
                self.turn.notify_all()

    def _next(self) -> Object | None:
        with self.turn:
            while not self.ended:
                now = time.monotonic()
                if self.queue and self.queue[0][0] <= now:
                    _, _, posting = heapq.heappop(self.queue)
                    posting["status"] = "posting"
                    return posting
                self.turn.wait(self.queue[0][0] - now if self.queue else None)
        return None


def _note(posting: Object, answer: int | str) -> bool:
    """Whether it is to be posted again."""
    posting["answers"].append(answer)
    posting["tries"] += 1
    if isinstance(answer, int) and 200 <= answer < 300:
        posting["status"] = "delivered"
        return False
    posting["status"] = "failed"
    return bool(posting["tries"] < MOST_TRIES)


def _wait(posting: Object) -> float:
    return WAITS[min(posting["tries"], len(WAITS)) - 1]


def arranged(postings: list[Object], order: Object) -> list[Object]:
    """``duplicate`` more copies of each, ``drop`` a share or types, ``shuffle`` by a seed."""
    chance = random.Random(order.get("shuffle", 0))  # noqa: S311
    drop = order.get("drop", 0)
    if isinstance(drop, list):
        kept = [one for one in postings if not any(fnmatch(one["type"], kind) for kind in drop)]
    else:
        kept = [one for one in postings if chance.random() >= drop]
    chosen = [one for one in kept for _ in range(1 + int(order.get("duplicate", 0)))]
    if order.get("shuffle") is not None:
        chance.shuffle(chosen)
    return chosen


def signature(secret: str, body: str | bytes, *, at: int | None = None) -> str:
    """https://docs.stripe.com/webhooks#verify-manually: always by the real clock, whatever ours says."""
    moment = int(time.time()) if at is None else at
    encoded = body.encode() if isinstance(body, str) else body
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + encoded, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def moment(age: float) -> int:
    return int(time.time() - age)


def post(url: str, secret: str, body: str) -> int | str:
    return send(url, body.encode(), signature(secret, body))


def send(url: str, body: bytes, signed: str) -> int | str:
    """The status it was answered with, or why there was no answer."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": AGENT,
        "Stripe-Signature": signed,
    }
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310
    try:
        with _straight.open(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Stripe takes a redirect for a failure."""

    def redirect_request(self, *_: Any) -> None:
        return None


_straight = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
