"""All that the database knows of one signed-in reader when a page is asked for, in one query."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.signed_in import SignedIn

ASK = (
    "SELECT password, is_staff, is_superuser, in_a_group, unlock, membership, balance, owed, on_hold,"
    " recorded, owned FROM reader_facts(%s, %s::uuid, %s::uuid[], %s)"
)
# Within a session that has not ended, and says what it said when it was read.
WITHIN = (
    " CROSS JOIN django_session s WHERE s.session_key = %s AND s.session_data = %s AND s.expire_date > %s"
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


def facts_about(reader_id: int, briefing: UUID | str | None = None, briefings: str = "{}") -> Facts | None:
    """None for nobody, and for a reader who is no longer active. ``briefings`` as ``in_sql`` writes them."""
    return asked(ASK, reader_id, briefing and str(briefing), briefings, timezone.now())


def facts_within(session: SignedIn, briefing: str | None, briefings: str) -> Facts | None:
    """The same, and None too where the session ended or is no longer what was read."""
    now = timezone.now()
    known = (session.session_key, session.data, now)
    return asked(ASK + WITHIN, session.reader_id, briefing, briefings, now, *known)


def asked(query: str, *arguments: Any) -> Facts | None:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        row = cursor.fetchone()
    return Facts(*row) if row else None


def in_sql(keys: Iterable[UUID]) -> str:
    return f"{{{','.join(map(str, keys))}}}"
