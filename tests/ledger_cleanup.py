"""How tests that commit clean up after themselves although the ledger cannot be emptied.

Django empties every table with one TRUNCATE after a test with ``transaction=True``, and the ledger refuses
TRUNCATE to everybody. `flush_empties_the_ledger` lets just that statement through: for its duration the
TRUNCATE triggers are off, as a superuser can have it, and the house accounts that a migration made come back
afterwards with the ids they had. `guards_down` is for tests that tamper.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations

from .acting import as_superuser

SWITCH = """
DO $$
DECLARE
    guard record;
BEGIN
    FOR guard IN
        SELECT t.tgrelid::regclass AS relation, t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE p.proname LIKE 'ledger\\_%%' AND t.tgname LIKE '%(guards)s' AND NOT t.tgisinternal
    LOOP
        EXECUTE format('ALTER TABLE %%s %(state)s TRIGGER %%I', guard.relation, guard.tgname);
    END LOOP;
END $$;
"""
# Deferred checks that are still due would forbid ALTER TABLE.
SETTLE = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"


@contextmanager
def guards_down(connection: BaseDatabaseWrapper, guards: str = "%") -> Iterator[None]:
    """As a superuser, with the ledger's triggers whose names are LIKE ``guards`` switched off."""
    with as_superuser(connection):
        switch(connection, guards, "DISABLE")
        try:
            yield
        finally:
            switch(connection, guards, "ENABLE ALWAYS")


def switch(connection: BaseDatabaseWrapper, guards: str, state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE + SWITCH % {"guards": guards, "state": state})


def empty_ledger(connection: BaseDatabaseWrapper) -> None:
    """Empty the ledger's tables and all that point at them; the house accounts stay."""
    tables = ["credits_lotmovement", "credits_creditlot", "credits_ledgerentry"]
    tables += ["credits_ledgertransaction", "credits_ledgeraccount"]
    with keeping_the_house(connection), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


@contextmanager
def keeping_the_house(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with as_superuser(connection):
        yield from _keeping_the_house(connection)


def _keeping_the_house(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kind, created_at FROM credits_ledgeraccount WHERE kind NOT IN ('wallet', 'debt')"
        )
        house = cursor.fetchall()
    with guards_down(connection, "%is_not_truncated"):
        yield
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO credits_ledgeraccount (id, kind, created_at) VALUES (%s, %s, %s)", house
        )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('credits_ledgeraccount', 'id'), greatest("
            "(SELECT max(id) FROM credits_ledgeraccount),"
            " nextval(pg_get_serial_sequence('credits_ledgeraccount', 'id'))))"
        )


@contextmanager
def flush_empties_the_ledger() -> Iterator[None]:
    django_flush = DatabaseOperations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        with keeping_the_house(connections[self.connection.alias]):
            django_flush(self, sql_list)

    DatabaseOperations.execute_sql_flush = flush
    try:
        yield
    finally:
        DatabaseOperations.execute_sql_flush = django_flush
