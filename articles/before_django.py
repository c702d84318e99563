"""What the applications around Django's have in common: front, reader_front, search_front, unlock_front."""

from collections.abc import Callable, Iterable
from typing import Any

from accounts.privacy import KEPT_NOWHERE

from .sheets import Head

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
# Status and headers, as they are given to whoever starts the answer.
Said = tuple[str, list[tuple[str, str]]]


def overheard(start_response: StartResponse, hear: Callable[[Said], None]) -> StartResponse:
    """What is said on the way out is heard here too. Django has then done all it does before the body."""

    def listening(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        hear((status, headers.copy()))
        return start_response(status, headers, *error)

    return listening


def is_private(said: Said) -> bool:
    """Kept nowhere, and each header stands there once: none that is the reader's own goes unheard of."""
    names = [name for name, _ in said[1]]
    return ("Cache-Control", KEPT_NOWHERE) in said[1] and len(names) == len(set(names))


def without(own: frozenset[str], said: Said) -> Head:
    status, headers = said
    return status, tuple((name, value) for name, value in headers if name not in own)
