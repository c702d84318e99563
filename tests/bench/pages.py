"""Which pages and readers are asked for, and what their answers must show before anything is counted."""

from collections.abc import Mapping, Sequence

from .load import LoadError
from .names import DESKS, GIVEN, STRIDE, is_member, session_of
from .running import Running, asked
from .sizes import WRITTEN, Size

SESSION_COOKIE = "__Host-session"
CSRF_COOKIE = "__Host-csrf"
CSRF_SECRET = "b" * 32
# Most readers want the same few.
IN_DEMAND = 200


def cookie(reader: int) -> dict[str, str]:
    return {"Cookie": f"{SESSION_COOKIE}={session_of(reader)}"}


def desk_of(number: int) -> str:
    return DESKS[number % WRITTEN % len(DESKS)].lower()


def path_of(number: int) -> str:
    return f"/{desk_of(number)}/briefing-{number}/"


def has_unlocked(reader: int, number: int, size: Size) -> bool:
    """See history.py: an unlock is so many strides from its reader's own number."""
    steps = (number - reader) * pow(STRIDE, -1, size.briefings) % size.briefings
    return GIVEN <= steps < size.deeds


def wanted_by(reader: int, size: Size, *, unlocked: bool) -> int | None:
    """One of those that are in demand, and that this reader has or has not unlocked: its number."""
    for step in range(IN_DEMAND):
        number = (reader + step) % IN_DEMAND
        if has_unlocked(reader, number, size) == unlocked:
            return number
    return None


def paths_of(readers: Sequence[int], size: Size, *, unlocked: bool) -> dict[int, str]:
    """By reader; those are left out who have unlocked nothing that is in demand."""
    wanted = {reader: wanted_by(reader, size, unlocked=unlocked) for reader in readers}
    return {reader: path_of(number) for reader, number in wanted.items() if number is not None}


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
