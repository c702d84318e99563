"""What the application's role may do: everything in its own tables, and in the ledger's read and post."""

from collections.abc import Iterator

import psycopg
from django.apps import apps
from psycopg.sql import SQL, Composed, Identifier

# What credits/ledger.py and unlock_briefing call: each a function ledger_… that runs as its owner.
POSTINGS = (
    "open_wallet",
    "grant",
    "spend",
    "draw",
    "reverse",
    "refund",
    "transfer",
    "merge",
    "expire",
    "lock",
    "seal",
)
# What it also calls, with its own rights and no more.
ASKED = (
    "reader_facts",
    "form_facts",
    "unlock_briefing",
    "record_delivery",
    "take_in",
    "find_around",
    "find_briefings",
    "find_cards",
    "find_words",
)
# The tables of credits that the application also writes itself, and how.
WRITES = {
    "credits_accountfreeze": SQL("INSERT, UPDATE (lifted_at, lifted_because)"),
    "credits_ledgeraudit": SQL("INSERT, UPDATE"),
}


def grant(database: psycopg.Connection, application: str) -> None:
    """As the owner, after every migration: a new table of the ledger begins closed, any other open."""
    with database.transaction():
        for statement in _statements(database, Identifier(application)):
            database.execute(statement)


def closed_tables() -> set[str]:
    """The ledger's tables, and the record of migrations."""
    ledger = apps.get_app_config("credits").get_models(include_auto_created=True)
    return {model._meta.db_table for model in ledger} | {"django_migrations"}


def _statements(database: psycopg.Connection, application: Identifier) -> Iterator[Composed]:
    here = Identifier(database.info.dbname)
    nobody_else = SQL("PUBLIC, {}").format(application)
    yield SQL("REVOKE CREATE, TEMPORARY ON DATABASE {} FROM {}").format(here, nobody_else)
    yield SQL("REVOKE CREATE ON SCHEMA public FROM {}").format(nobody_else)
    yield SQL("GRANT USAGE ON SCHEMA public TO {}").format(application)
    # What a later migration or a hand at the prompt makes is nobody's until this has run again.
    yield SQL("ALTER DEFAULT PRIVILEGES REVOKE ALL ON ROUTINES FROM PUBLIC").format()
    for table in _names(database, TABLES):
        yield SQL("REVOKE ALL ON {} FROM {}").format(Identifier(table), nobody_else)
        yield SQL("GRANT {} ON {} TO {}").format(_rights(table), Identifier(table), application)
    for routine in _names(database, ROUTINES):
        yield SQL("REVOKE ALL ON ROUTINE {} FROM {}").format(SQL(routine), nobody_else)
    for routine in _names(database, CALLED):
        yield SQL("GRANT EXECUTE ON ROUTINE {} TO {}").format(SQL(routine), application)


def _rights(table: str) -> SQL | Composed:
    if table not in closed_tables():
        return SQL("SELECT, INSERT, UPDATE, DELETE")
    return SQL(", ").join([SQL("SELECT"), WRITES[table]]) if table in WRITES else SQL("SELECT")


def _names(database: psycopg.Connection, query: str) -> list[str]:
    known = {"called": [*(f"ledger_{name}" for name in POSTINGS), *ASKED]}
    return [name for (name,) in database.execute(query, known)]


TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'p', 'v', 'm') AND relowner = current_user::regrole ORDER BY relname
"""
ROUTINES = """
SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND proowner = current_user::regrole ORDER BY 1
"""
CALLED = """
SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND proowner = current_user::regrole AND proname = ANY (%(called)s) ORDER BY 1
"""
