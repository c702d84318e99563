"""Which pages and readers are asked for, and what their answers must show before anything is counted."""

from collections.abc import Mapping

from .load import LoadError
from .names import DESKS, GIVEN, STRIDE, is_member, session_of
from .servers import Running, asked
from .sizes import WRITTEN, Size

SESSION_COOKIE = "__Host-session"
CSRF_COOKIE = "__Host-csrf"
CSRF_SECRET = "b" * 32


def cookie(reader: int) -> dict[str, str]:
    return {"Cookie": f"{SESSION_COOKIE}={session_of(reader)}"}


def desk_of(number: int) -> str:
    return DESKS[number % WRITTEN % len(DESKS)].lower()


def path_of(number: int) -> str:
    return f"/{desk_of(number)}/briefing-{number}/"


def locked_for(reader: int, size: Size) -> int:
    """The number of a briefing that this reader has never unlocked."""
    return (reader + STRIDE) % size.briefings


def opened_by(reader: int, size: Size) -> int:
    """The number of the briefing that this reader unlocked first."""
    return (reader + GIVEN * STRIDE) % size.briefings


def plain_readers(size: Size) -> list[int]:
    return [number for number in range(size.readers) if not is_member(number)]


def members(size: Size) -> list[int]:
    return [number for number in range(size.readers) if is_member(number)]


def shows(site: Running, path: str, *marks: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """The page, which shows all of these marks. Raises LoadError where it does not."""
    status, _, body = asked(site.port, path, headers=headers)
    missing = [mark for mark in marks if mark not in body]
    if status != 200 or missing:
        raise LoadError(f"{path} answers {status} without {missing}: it is not what is to be measured")
    return body
