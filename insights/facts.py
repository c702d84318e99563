"""All that the database knows of one signed-in reader when a page is asked for, in one query."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

FACTS = (
    "password, is_staff, is_superuser, in_a_group, unlock, membership, balance, owed, on_hold,"
    " recorded, owned"
)
ASK = f"SELECT {FACTS} FROM reader_facts(%s, %s::uuid, %s::uuid[], %s)"  # noqa: S608 - written here
ASK_WITHIN = (
    f"SELECT s.session_data, s.reader_id, {FACTS} FROM accounts_readersession s"  # noqa: S608 - written here
    " CROSS JOIN reader_facts(s.reader_id, %s::uuid, %s::uuid[], %s)"
    " WHERE s.session_key = %s AND s.expire_date > %s"
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

    @property
    def of_staff(self) -> bool:
        """Or may be: what someone may edit is for Wagtail to say."""
        return self.is_staff or self.is_superuser or self.in_a_group


class Within(NamedTuple):
    """``data`` is the session as it is stored: whether it is that reader's is for these to say."""

    data: str
    reader_id: int
    facts: Facts


def facts_about(reader_id: int, briefing: UUID | str | None = None, briefings: str = "{}") -> Facts | None:
    """None for nobody, and for a reader who is no longer active. ``briefings`` as ``in_sql`` writes them."""
    row = asked(ASK, reader_id, briefing and str(briefing), briefings, timezone.now())
    return Facts(*row) if row else None


def facts_within(session_key: str, briefing: str | None, briefings: str) -> Within | None:
    """The same about whoever that session is said to be of. None too where it ended."""
    now = timezone.now()
    row = asked(ASK_WITHIN, briefing, briefings, now, session_key, now)
    return Within(row[0], row[1], Facts(*row[2:])) if row else None


def asked(query: str, *arguments: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchone()


def in_sql(keys: Iterable[UUID]) -> str:
    return f"{{{','.join(map(str, keys))}}}"
