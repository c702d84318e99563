"""One client a process, and what goes wrong at Stripe in our words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

import stripe
from django.conf import settings

from ..errors import NoSuchObject, NotSetUp, PaymentError, Unavailable

# In seconds. A reader waits for the first, a thread of the web server for both.
CONNECT_WITHIN = 3
ANSWER_WITHIN = 10
RETRIES_FOR_A_READER = 1
RETRIES_AT_WORK = 2
# So many threads of a process may wait for Stripe. The others go on serving pages while it is slow.
AT_ONCE = 2
WAIT_FOR_A_TURN = 2

_retries = ContextVar("retries", default=RETRIES_FOR_A_READER)
turns = BoundedSemaphore(AT_ONCE)


@contextmanager
def nobody_waiting() -> Iterator[None]:
    """For workers and commands: try once more than while a reader waits."""
    before = _retries.set(RETRIES_AT_WORK)
    try:
        yield
    finally:
        _retries.reset(before)


@contextmanager
def stripe_client() -> Iterator[stripe.StripeClient]:
    """Raises `NotSetUp` without a key, and in the block what Stripe's errors are called here."""
    if not settings.STRIPE_SECRET_KEY:
        raise NotSetUp("there is no STRIPE_SECRET_KEY")
    with translated():
        yield _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@contextmanager
def translated() -> Iterator[None]:
    """Where Stripe may have done it all the same, it is `Unavailable`: ask again, with the same key."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise Unavailable(str(error)) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise NotSetUp(str(error)) from error
    except stripe.StripeError as error:
        raise _named(error)(str(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PaymentError(f"Stripe's answer is not understood: {error!r}") from error


def _named(error: stripe.StripeError) -> type[PaymentError]:
    if error.code == "resource_missing" or error.http_status == 404:
        return NoSuchObject
    # 409: another request with this key, or about this object, is under way.
    if error.http_status == 409 or (error.http_status or 0) >= 500:
        return Unavailable
    return PaymentError


def options(key: str | None = None) -> stripe.RequestOptions:
    """`key` makes Stripe do a thing once, however often it is asked within a day."""
    asked: stripe.RequestOptions = {"max_network_retries": _retries.get()}
    if key:
        asked["idempotency_key"] = key
    return asked


class TakingTurns(stripe.RequestsClient):
    # The library's own subclass answers bytes where its base class says str.
    def request(  # type: ignore[override]
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        if not turns.acquire(timeout=WAIT_FOR_A_TURN):
            raise stripe.APIConnectionError("too many wait for Stripe already")
        try:
            return super().request(method, url, headers, post_data)
        finally:
            turns.release()


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    stripe.set_app_info(settings.SITE_NAME, url=settings.BASE_URL)
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else {},
        http_client=TakingTurns(timeout=(CONNECT_WITHIN, ANSWER_WITHIN)),
    )
