"""Readers with wallets, addresses, memberships and sessions: by the thousand, as the site writes them."""

import datetime
from collections.abc import Iterator

import psycopg
from allauth.account.models import EmailAddress
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Membership, Tier, User
from accounts.models.session import SessionStore
from tests.ledger_cleanup import SETTLE, SWITCH

from .copies import COLUMNS, settle_ids
from .names import email_of, is_member, session_of
from .newsroom import CLUB

# The data is kept for longer than a visit.
SIGNED_IN_FOR = datetime.timedelta(days=3_650)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def gather(server: psycopg.Connection, wanted: int) -> None:
    """``wanted`` readers with empty wallets. The first is written by the site, the others after it."""
    if not wanted:
        return
    first = User(email=email_of(0), password=make_password(None))
    first.save()
    EmailAddress.objects.create(user=first, email=first.email, verified=True, primary=True)
    with server.transaction():
        switch(server, "DISABLE")
        multiply(server, first, wanted)
        switch(server, "ENABLE ALWAYS")
    join_the_club()
    sign_in(server, wanted)


def switch(server: psycopg.Connection, state: str) -> None:
    """The ledger's triggers would write a million rows one by one. check_ledger says whether we did well."""
    server.execute(SETTLE)
    server.execute((SWITCH % {"guards": "%", "state": state}).encode())


def multiply(server: psycopg.Connection, first: User, wanted: int) -> None:
    given = {
        "accounts_user": {
            "id": f"{first.pk} + n",
            "email": "'reader-' || n || '@bench.example.com'",
            "wallet_id": f"{first.wallet_id} + n",
        },
        "account_emailaddress": {
            "user_id": f"{first.pk} + n",
            "email": "'reader-' || n || '@bench.example.com'",
        },
        "credits_ledgeraccount": {"id": f"{first.wallet_id} + n"},
    }
    whose = {
        "credits_ledgeraccount": f"t.id = {first.wallet_id}",
        "accounts_user": f"t.id = {first.pk}",
        "account_emailaddress": f"t.user_id = {first.pk}",
    }
    for table, where in whose.items():
        values = given[table]
        names = [n for (n,) in server.execute(COLUMNS, [table]).fetchall() if n != "id" or "id" in values]
        listed = ", ".join(f'"{name}"' for name in names)
        chosen = ", ".join(values.get(name, f't."{name}"') for name in names)
        server.execute(
            f"INSERT INTO {table} ({listed}) SELECT {chosen} "
            f"FROM {table} t, generate_series(1, {wanted - 1}) n WHERE {where} ORDER BY n".encode()
        )
        settle_ids(server, table)


def join_the_club() -> None:
    tier = Tier.objects.get(slug=CLUB)
    readers = User.objects.filter(email__endswith="@bench.example.com").values_list("pk", "email")
    joined = [pk for pk, email in readers if is_member(int(email.partition("@")[0].rpartition("-")[2]))]
    Membership.objects.bulk_create(Membership(reader_id=pk, tier=tier) for pk in joined)


def sign_in(server: psycopg.Connection, wanted: int) -> None:
    begun = list(sessions(wanted))
    with server.cursor().copy(
        "COPY accounts_readersession (session_key, session_data, expire_date, reader_id) FROM STDIN"
    ) as rows:
        for row in begun:
            rows.write_row(row)


def sessions(wanted: int) -> Iterator[tuple[str, str, datetime.datetime, int]]:
    store = SessionStore()
    until = timezone.now() + SIGNED_IN_FOR
    readers = User.objects.filter(email__endswith="@bench.example.com").order_by("pk")[:wanted]
    for number, reader in enumerate(readers):
        told = {
            SESSION_KEY: str(reader.pk),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: reader.get_session_auth_hash(),
        }
        yield session_of(number), store.encode(told), until, reader.pk
