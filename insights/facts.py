"""All that the database knows of one signed-in reader when a page is asked for, in one query."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

ASK = (
    "SELECT password, is_staff, is_superuser, in_a_group, unlock, membership, balance, owed, on_hold,"
    " recorded, owned FROM reader_facts(%s, %s::uuid, %s::uuid[], %s)"
)


class Facts(NamedTuple):
    """An active reader. ``unlock`` and ``recorded`` are of the one briefing asked for, ``owned`` of several:
    how each of them was unlocked, in the order asked, parted by commas; None where none was asked for."""

    password: str
    is_staff: bool
    is_superuser: bool
    in_a_group: bool
    unlock: str | None
    membership: str | None
    balance: int
    owed: int
    on_hold: bool
    recorded: bool
    owned: str | None


def facts_about(reader_id: int, briefing: UUID | str | None = None, briefings: str = "{}") -> Facts | None:
    """None for nobody, and for a reader who is no longer active. ``briefings`` as ``in_sql`` writes them."""
    with connection.cursor() as cursor:
        cursor.execute(ASK, (reader_id, briefing and str(briefing), briefings, timezone.now()))
        row = cursor.fetchone()
    return Facts(*row) if row else None


def in_sql(keys: Iterable[UUID]) -> str:
    return f"{{{','.join(map(str, keys))}}}"
