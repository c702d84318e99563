"""Tests act as the application's own role, so that a grant that is missing fails here and not at a reader's.

The connection logs in as whoever may make databases and takes the role with SET ROLE: the owner's while the
database is made, then the application's. `as_superuser` lays it down again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier

from briefings_site import roles
from briefings_site.privileges import grant

# Names of their own: a server that also holds a real site is not to be touched.
ROLES = roles.Roles("marquee_test_owner", "marquee_test_app")
NOBODY = "none"


@contextmanager
def databases_made_by_the_owner() -> Iterator[None]:
    """While test databases are made. An older one that is used again changes hands."""
    with connections[DEFAULT_DB_ALIAS]._nodb_cursor() as cursor:
        _have_roles(cursor.connection)
    with _at_every_connection(_become_owner):
        yield


@contextmanager
def everything_done_by_the_application() -> Iterator[None]:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    with as_role(connection, ROLES.owner):
        grant(connection.connection, ROLES.application)
    connection.close()
    with _at_every_connection(_become_application):
        yield


@contextmanager
def as_superuser(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """As whoever the connection logged in as."""
    with as_role(connection, NOBODY):
        yield


@contextmanager
def as_role(connection: BaseDatabaseWrapper, role: str) -> Iterator[None]:
    connection.ensure_connection()
    session = connection.connection
    before = session.execute("SELECT current_setting('role')").fetchone()[0]
    _set_role(session, role)
    try:
        yield
    finally:
        # A transaction that failed gives the role back when it is rolled back.
        if not session.closed and session.info.transaction_status != TransactionStatus.INERROR:
            _set_role(session, before)


@contextmanager
def logged_in_as(role: str) -> Iterator[psycopg.Connection]:
    """A connection of its own, from which no RESET ROLE leads back."""
    params = connections[DEFAULT_DB_ALIAS].get_connection_params()
    kept = {name: params[name] for name in ("dbname", "host", "port", "password") if params.get(name)}
    with psycopg.connect(**kept, user=role, autocommit=True) as session:
        yield session


def _have_roles(server: psycopg.Connection) -> None:
    password = connections[DEFAULT_DB_ALIAS].settings_dict["PASSWORD"]
    roles.create(server, ROLES, password=password)
    if server.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,):
        for role in ROLES:
            server.execute(SQL("GRANT {} TO CURRENT_USER").format(Identifier(role)))


@contextmanager
def _at_every_connection(receiver: Any) -> Iterator[None]:
    connection_created.connect(receiver)
    try:
        yield
    finally:
        connection_created.disconnect(receiver)


def _become_owner(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.alias == DEFAULT_DB_ALIAS:
        roles.hand_over(connection.connection, ROLES.owner)
        _set_role(connection.connection, ROLES.owner)


def _become_application(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.alias == DEFAULT_DB_ALIAS:
        _set_role(connection.connection, ROLES.application)


def _set_role(session: psycopg.Connection, role: str) -> None:
    session.execute(SQL("SET ROLE {}").format(Identifier(role)))
