"""Redis, and what holds while it is away: limits count on, each process for itself.

With n processes a reader may then do n times as much, instead of nothing at all (django-ratelimit would
answer 500 in each limited view) or whatever they like. Whoever keeps anything else there hears that Redis is
away, and does without: articles/shared.py.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

# django-ratelimit's keys and allauth's.
LIMITS = ("rl:", "allauth:rl:")
# Wagtail looks here while it makes a page, and finds the roots of sites itself when there is nothing.
ROOTS_OF_SITES = "wagtail_site_root_paths"
# Seconds for which a Redis that did not answer is not asked again, so that not every request waits for it.
LEFT_ALONE = 1.0
MOST_COUNTS = 50_000

Value = TypeVar("Value")


class Redis(RedisCache):
    # Of the process: Django makes a cache object for every thread.
    left_alone_until = 0.0

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.counts = LocMemCache("limits while Redis is away", {"OPTIONS": {"MAX_ENTRIES": MOST_COUNTS}})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        ask = super().get
        if key == ROOTS_OF_SITES:
            return unless_away(lambda: ask(key, default, version), lambda: default)
        return counted(
            key, lambda: ask(key, default, version), lambda: self.counts.get(key, default, version)
        )

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        ask = super().add
        here = self.counts.add
        return counted(
            key, lambda: ask(key, value, timeout, version), lambda: here(key, value, timeout, version)
        )

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        ask = super().set
        if key == ROOTS_OF_SITES:
            return unless_away(lambda: ask(key, value, timeout, version), lambda: None)
        here = self.counts.set
        return counted(
            key, lambda: ask(key, value, timeout, version), lambda: here(key, value, timeout, version)
        )

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError for a key that is not there, as any cache does."""
        ask = super().incr
        return counted(key, lambda: ask(key, delta, version), lambda: self.counts.incr(key, delta, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        ask = super().delete
        return counted(key, lambda: ask(key, version), lambda: self.counts.delete(key, version))


def counted(key: Any, ask: Callable[[], Value], here: Callable[[], Value]) -> Value:
    return unless_away(ask, here) if str(key).startswith(LIMITS) else ask()


def unless_away(ask: Callable[[], Value], here: Callable[[], Value]) -> Value:
    if time.monotonic() < Redis.left_alone_until:
        return here()
    try:
        return ask()
    except (RedisError, OSError):
        Redis.left_alone_until = time.monotonic() + LEFT_ALONE
        return here()
