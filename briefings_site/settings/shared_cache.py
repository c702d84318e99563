"""The cache that all processes share, as production has it."""

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry

# Seconds.
PATIENCE = 1


def shared_cache(url: str) -> dict[str, Any]:
    """At once and again at once: whoever asks has something else to do when Redis is away."""
    return {
        "BACKEND": "briefings_site.redis_cache.Redis",
        "LOCATION": url,
        "OPTIONS": {
            "socket_connect_timeout": PATIENCE,
            "socket_timeout": PATIENCE,
            "retry": Retry(NoBackoff(), 1),
        },
    }
