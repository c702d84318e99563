"""What the application's own role is refused, over a connection that logged in as it."""

from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

from briefings_site.privileges import ASKED, POSTINGS, WRITES, closed_tables
from credits.errors import InsufficientCredits
from tests.acting import ROLES, as_role, as_superuser, logged_in_as

from .conftest import Give

pytestmark = pytest.mark.django_db
MODELS = {model._meta.db_table: model for model in apps.get_app_config("credits").get_models()}
CHANGES = (
    "UPDATE {0} SET {1} = {1}",
    "INSERT INTO {0} DEFAULT VALUES",
    "SELECT FROM {0} FOR KEY SHARE",
    "LOCK TABLE {0} IN ROW EXCLUSIVE MODE",
)
ENDS = (
    "DELETE FROM {0}",
    "TRUNCATE {0} CASCADE",
    "DROP TABLE {0} CASCADE",
    "ALTER TABLE {0} DISABLE TRIGGER ALL",
    "ALTER TABLE {0} ADD COLUMN more int",
    "ALTER TABLE {0} OWNER TO CURRENT_USER",
    "CREATE TRIGGER mine BEFORE INSERT ON {0} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE mine AS ON INSERT TO {0} DO INSTEAD NOTHING",
)


@pytest.fixture
def application(db: None) -> Iterator[psycopg.Connection]:
    with logged_in_as(ROLES.application) as session, session.transaction(force_rollback=True):
        yield session


def refused(session: psycopg.Connection, statement: str, *names: str) -> None:
    with pytest.raises(InsufficientPrivilege), session.transaction():
        session.execute(SQL(statement).format(*map(Identifier, names)))


@pytest.mark.parametrize("statement", ENDS)
def test_nothing_of_the_ledger_is_changed_or_ended(application: psycopg.Connection, statement: str) -> None:
    for table in closed_tables():
        refused(application, statement, table)


@pytest.mark.parametrize("statement", CHANGES)
def test_rows_are_written_by_the_postings_alone(application: psycopg.Connection, statement: str) -> None:
    for table in MODELS.keys() - WRITES.keys():
        refused(application, statement, table, MODELS[table]._meta.pk.column)


def test_a_freeze_is_lifted_and_never_moved(application: psycopg.Connection) -> None:
    application.execute("UPDATE credits_accountfreeze SET lifted_at = now(), lifted_because = 'Settled'")
    refused(application, "UPDATE credits_accountfreeze SET wallet_id = 1")


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE {owner}",
        "SET SESSION AUTHORIZATION {owner}",
        "SET ROLE {superuser}",
        "SET session_replication_role = replica",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
        "ALTER DATABASE {database} SET session_replication_role = replica",
        "CREATE ROLE another SUPERUSER",
        "GRANT {owner} TO CURRENT_USER",
        "GRANT pg_write_all_data TO CURRENT_USER",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "DO LANGUAGE plpgsql $$ BEGIN SET LOCAL session_replication_role = replica; END $$",
    ],
)
def test_the_application_becomes_nobody_else(application: psycopg.Connection, statement: str) -> None:
    names = {"owner": ROLES.owner, "superuser": "postgres", "database": application.info.dbname}
    with pytest.raises(InsufficientPrivilege):
        application.execute(SQL(statement).format(**{k: Identifier(name) for k, name in names.items()}))


@pytest.mark.parametrize(
    "statement",
    [
        "DROP FUNCTION ledger_lock(bigint[])",
        "ALTER FUNCTION ledger_lock(bigint[]) SECURITY INVOKER",
        "ALTER FUNCTION ledger_lock(bigint[]) SET search_path = pg_temp",
        "CREATE OR REPLACE FUNCTION ledger_lock(wallets bigint[]) RETURNS boolean RETURN true",
        "CREATE FUNCTION public.ledger_lock(wallets text) RETURNS boolean RETURN true",
        "CREATE FUNCTION pg_temp.now() RETURNS timestamptz RETURN '-infinity'::timestamptz",
        "CREATE TEMPORARY TABLE credits_ledgerentry (id bigint)",
        "CREATE TABLE public.sha256 (id bigint)",
        "CREATE VIEW public.mine AS SELECT 1",
        "CREATE OPERATOR public.+ (FUNCTION = int8pl, LEFTARG = bigint, RIGHTARG = bigint)",
        "CREATE TYPE public.text AS (value bigint)",
        "CREATE SCHEMA mine",
        "DROP TRIGGER entry_is_append_only ON credits_ledgerentry",
        "ALTER TRIGGER entry_is_append_only ON credits_ledgerentry RENAME TO gone",
        "UPDATE pg_trigger SET tgenabled = 'D'",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('credits', '0099_forged', now())",
    ],
)
def test_what_guards_the_ledger_is_not_replaced(application: psycopg.Connection, statement: str) -> None:
    refused(application, statement)


def test_only_the_postings_run_as_the_owner(application: psycopg.Connection) -> None:
    functions = application.execute(
        "SELECT proname, prosecdef AND proowner = %s::regrole FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(oid, 'EXECUTE')",
        [ROLES.owner],
    )
    postings = {f"ledger_{name}": True for name in POSTINGS}
    assert dict(functions.fetchall()) == postings | dict.fromkeys(ASKED, False)


def test_a_grant_by_whoever_has_no_right_to_it_gives_nothing(application: psycopg.Connection) -> None:
    application.execute("GRANT ALL ON credits_ledgerentry TO CURRENT_USER")
    refused(application, "DELETE FROM credits_ledgerentry")


TRAP = """
CREATE FUNCTION trap.sprung() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE 'sprung'; END $$;
CREATE FUNCTION trap.sprung(bigint, bigint) RETURNS bigint RETURN trap.sprung();
CREATE FUNCTION trap.ledger_balance(wallet bigint) RETURNS bigint RETURN 1000000;
CREATE FUNCTION trap.ledger_owed(wallet bigint) RETURNS bigint RETURN -1000000;
CREATE FUNCTION trap.now() RETURNS timestamptz RETURN to_timestamp(trap.sprung());
CREATE OPERATOR trap.- (FUNCTION = trap.sprung, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR trap.< (FUNCTION = trap.sprung, LEFTARG = bigint, RIGHTARG = bigint);
CREATE TABLE trap.credits_ledgeraccount AS SELECT * FROM public.credits_ledgeraccount;
CREATE TABLE trap.credits_ledgerentry (LIKE public.credits_ledgerentry);
CREATE TEMPORARY TABLE credits_ledgeraccount AS SELECT * FROM public.credits_ledgeraccount;
CREATE TEMPORARY TABLE credits_ledgerentry (LIKE public.credits_ledgerentry);
CREATE TEMPORARY TABLE credits_creditlot (LIKE public.credits_creditlot);
UPDATE trap.credits_ledgeraccount SET balance = 1000000;
UPDATE pg_temp.credits_ledgeraccount SET balance = 1000000;
SET LOCAL search_path = pg_temp, trap, public, pg_catalog;
"""


def test_postings_see_no_names_but_their_own(wallet: int, give: Give, take: Give) -> None:
    """As if the application could make tables and functions after all, and put them in the way."""
    give(3)
    with as_superuser(connection), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA trap AUTHORIZATION {ROLES.application}")
        cursor.execute(
            f"GRANT TEMPORARY ON DATABASE {connection.settings_dict['NAME']} TO {ROLES.application}"
        )
    with connection.cursor() as cursor:
        cursor.execute(TRAP)
        with pytest.raises(InsufficientCredits):
            take(4)
        assert take(1).balance == 2
        cursor.execute("SELECT count(*) FROM public.credits_ledgerentry")
        assert cursor.fetchone() == (4,)
        cursor.execute("SELECT count(*) FROM pg_temp.credits_ledgerentry")
        assert cursor.fetchone() == (0,)


def test_the_owner_is_no_superuser_and_neither_role_is_in_any_other(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls,"
            " EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid)"
            " FROM pg_roles r WHERE rolname = ANY (%s)",
            [list(ROLES)],
        )
        assert cursor.fetchall() == [(False, False), (False, False)]


def test_even_the_owner_is_refused_by_the_triggers(give: Give) -> None:
    give(3)
    change = "UPDATE credits_ledgerentry SET amount = amount * 2"
    with as_role(connection, ROLES.owner), pytest.raises(IntegrityError, match="append only"), atomic():
        connection.cursor().execute(change)
