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
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis as Line
from redis.exceptions import RedisError

# django-ratelimit's keys and allauth's.
LIMITS = ("rl:", "allauth:rl:")
# Wagtail looks here while it makes a page, and finds the roots of sites itself when there is nothing.
ROOTS_OF_SITES = "wagtail_site_root_paths"
# Seconds for which a Redis that did not answer is not asked again, so that not every request waits for it.
LEFT_ALONE = 1.0
MOST_COUNTS = 50_000

# What is not there is not begun to be counted: it would never end.
COUNT_ON = "return redis.call('EXISTS', KEYS[1]) == 1 and redis.call('INCRBY', KEYS[1], ARGV[1])"

Value = TypeVar("Value")


class Lines(RedisCacheClient):
    """Django makes a new client for every question, which takes longer than most answers."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lines: dict[bool, Line] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Line:
        if write not in self._lines:
            self._lines[write] = super().get_client(key, write=write)
        return self._lines[write]

    def incr(self, key: Any, delta: int) -> int:
        """In one trip instead of two."""
        counted: int | None = self.get_client(key, write=True).eval(COUNT_ON, 1, key, delta)
        if counted is None:
            raise ValueError(f"Key '{key}' not found.")
        return counted


class Redis(RedisCache):
    # Of the process: Django makes a cache object for every thread.
    left_alone_until = 0.0

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Lines
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
