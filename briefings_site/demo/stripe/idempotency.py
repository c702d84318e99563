"""Idempotency keys: what was answered is answered again, for a day.

https://docs.stripe.com/api/idempotent_requests: kept once the work has begun, also when it was refused;
not kept when the parameters were not even valid, or when another with the same key was at work.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import in_use, key_reused
from .store import Object, Store

DAY = 86_400


class Keys:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.at_work: set[str] = set()
        self.turn = threading.Lock()

    @contextmanager
    def working(self, key: str | None) -> Iterator[None]:
        if key is None:
            yield
            return
        with self.turn:
            if key in self.at_work:
                raise in_use(
                    f"There is currently another in-progress request using this Idempotent Key: {key}. "
                    "Please try again later."
                )
            self.at_work.add(key)
        try:
            yield
        finally:
            with self.turn:
                self.at_work.discard(key)

    def answered(self, key: str, asked: str, *, now: int) -> tuple[int, Object] | None:
        kept = self.store.table("_key").get(key)
        if kept is None or kept["at"] < now - DAY:
            return None
        if kept["asked"] != asked:
            raise key_reused(key)
        return kept["status"], kept["body"]

    def keep(self, key: str, asked: str, status: int, body: Object, *, now: int) -> None:
        self.store.table("_key")[key] = {"asked": asked, "status": status, "body": body, "at": now}


def fingerprint(method: str, path: str, body: str) -> str:
    return hashlib.sha256(f"{method} {path}\n{body}".encode()).hexdigest()
