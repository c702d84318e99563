"""Redis, and what holds while it is away: nothing that was kept is found, and limits count on.

Whoever asks for what was kept is told that there is nothing, and makes it anew. Limits are counted in the
process meanwhile: with n processes a reader may do n times as much, instead of nothing at all (an error page
for each limited view) or whatever they like.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

# django-ratelimit's keys and allauth's.
COUNTS = ("rl:", "allauth:rl:")
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
        instead = (lambda: self.counts.get(key, default)) if is_count(key) else (lambda: default)
        return self._ask(lambda: super(Redis, self).get(key, default, version), instead)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        wanted = list(keys)
        return self._ask(lambda: super(Redis, self).get_many(wanted, version), dict)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask(lambda: super(Redis, self).has_key(key, version), lambda: False))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Who takes a turn by adding a key has it: alone, as far as can be known."""
        instead = (lambda: self.counts.add(key, value, timeout)) if is_count(key) else (lambda: True)
        return self._ask(lambda: super(Redis, self).add(key, value, timeout, version), instead)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError for a key that is not there, as any cache does."""
        return int(
            self._ask(
                lambda: super(Redis, self).incr(key, delta, version),
                lambda: self.counts.incr(key, delta),
            )
        )

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Always tried, for others may reach Redis. Whoever must know whether it is there reads it again."""
        instead = (lambda: self.counts.set(key, value, timeout)) if is_count(key) else (lambda: None)
        self._try(lambda: super(Redis, self).set(key, value, timeout, version), instead)

    def set_many(
        self, data: dict[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        return self._try(lambda: super(Redis, self).set_many(data, timeout, version), lambda: list(data))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._try(lambda: super(Redis, self).touch(key, timeout, version), lambda: False))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(
            self._try(lambda: super(Redis, self).delete(key, version), lambda: self.counts.delete(key))
        )

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        wanted = list(keys)
        self._try(lambda: super(Redis, self).delete_many(wanted, version), lambda: None)

    def _ask(self, ask: Callable[[], Value], instead: Callable[[], Value]) -> Value:
        return instead() if time.monotonic() < Redis.left_alone_until else self._try(ask, instead)

    def _try(self, ask: Callable[[], Value], instead: Callable[[], Value]) -> Value:
        try:
            return ask()
        except (RedisError, OSError):
            Redis.left_alone_until = time.monotonic() + LEFT_ALONE
            return instead()


def is_count(key: Any) -> bool:
    return str(key).startswith(COUNTS)
