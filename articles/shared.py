"""The cache that all processes share, when it is there. That it is away costs speed and is never an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

# Once it was away nobody waits for it again for so long.
AWAY_SECONDS = 1.0


class CacheAway(Exception):
    """It did not answer, just now or a moment ago."""


@dataclass
class Absence:
    until: float = 0.0


absence = Absence()


def ask(key: str) -> Any:
    with there():
        return cache.get(key)


def keep(key: str, value: Any, *, timeout: float | None) -> None:
    with there():
        cache.set(key, value, timeout=timeout)


def keep_if_free(key: str, *, timeout: float) -> bool:
    """Keep a mark there, unless one is there already."""
    with there():
        return cache.add(key, True, timeout=timeout)


def drop(key: str) -> None:
    with there():
        cache.delete(key)


@contextmanager
def there() -> Iterator[None]:
    if monotonic() < absence.until:
        raise CacheAway
    try:
        yield
    except (RedisError, OSError) as error:
        absence.until = monotonic() + AWAY_SECONDS
        raise CacheAway from error
