"""The version of all that the site has published, and what is kept for as long as it holds.

The version is part of every key, so a change need not know what showed it: nothing old can be found again.
"""

import uuid
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db import transaction

KEY = "published-version"
KEPT_SECONDS = 24 * 60 * 60

Value = TypeVar("Value")


def version() -> str:
    """What is published now. Read it before the content it will stand for."""
    return cache.get(KEY) or renew()


def renew() -> str:
    fresh = uuid.uuid4().hex
    cache.set(KEY, fresh, timeout=None)
    return fresh


def something_changed() -> None:
    """Now, for those who look inside this transaction; and at its end, for what was kept meanwhile."""
    renew()
    transaction.on_commit(renew)


def kept(name: str, make: Callable[[], Value]) -> Value:
    """The public value of that name for the version of now, made once."""
    key = f"{version()}:{name}"
    value = cache.get(key)
    if value is None:
        value = make()
        cache.set(key, value, timeout=KEPT_SECONDS)
    return value
