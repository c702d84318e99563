"""PostgreSQL's two roles: one owns tables and functions and migrates them, the other is the application's.

What the second may do is in privileges.py. Here they are made, and what is there already changes hands.
"""

from typing import NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier, Literal

# Any number will do, as long as all who make roles on one server wait for the same one.
TURN = 20_170


class Roles(NamedTuple):
    owner: str = "marquee_owner"
    application: str = "marquee_app"


def create(server: psycopg.Connection, roles: Roles, *, password: str = "") -> None:
    """Make what is missing. Neither role is a member of the other. ``password``: for both, also if there."""
    server.execute("SELECT pg_advisory_lock(%s)", [TURN])
    try:
        for role in roles:
            _create(server, role)
            if password:
                _set_password(server, role, password)
    finally:
        server.execute("SELECT pg_advisory_unlock(%s)", [TURN])


def hand_over(database: psycopg.Connection, owner: str) -> None:
    """Give the database and all in its schema to ``owner``. What extensions brought stays theirs."""
    statements = database.execute(NOT_YET_THE_OWNERS, {"owner": owner}).fetchall()
    for (statement,) in statements:
        database.execute(statement)


def _create(server: psycopg.Connection, role: str) -> None:
    if server.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount == 0:
        server.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))


def _set_password(server: psycopg.Connection, role: str, password: str) -> None:
    server.execute(SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(role), Literal(password)))


# A sequence that a column owns goes with its table.
NOT_YET_THE_OWNERS = """
WITH taker AS (SELECT oid FROM pg_roles WHERE rolname = %(owner)s),
bound AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'a', 'i')),
things (rank, what, name) AS (
    SELECT 1, 'DATABASE', quote_ident(datname) FROM pg_database
    WHERE datname = current_database() AND datdba <> (SELECT oid FROM taker)
UNION ALL
    SELECT 2, CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
        ELSE 'TABLE' END, oid::regclass::text
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
        AND relowner <> (SELECT oid FROM taker)
        AND ('pg_class'::regclass, oid) NOT IN (SELECT classid, objid FROM bound)
UNION ALL
    SELECT 3, 'TYPE', t.oid::regtype::text
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typnamespace = 'public'::regnamespace AND t.typowner <> (SELECT oid FROM taker)
        AND (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c')
        AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM bound)
UNION ALL
    SELECT 4, 'ROUTINE', oid::regprocedure::text
    FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proowner <> (SELECT oid FROM taker)
        AND ('pg_proc'::regclass, oid) NOT IN (SELECT classid, objid FROM bound)
)
SELECT format('ALTER %%s %%s OWNER TO %%I', what, name, %(owner)s::text) FROM things ORDER BY rank, name
"""
