"""The database's owner at work: the one stretch of the one process that may change tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections

from .privileges import grant

at_work = ContextVar("at_work", default=False)


@contextmanager
def as_owner() -> Iterator[None]:
    """The default connection is the owner's for the duration, where the owner is a role of its own."""
    marked = at_work.set(True)
    config = connections.settings[DEFAULT_DB_ALIAS]
    applications = dict(config)
    _hang_up()
    config.update(settings.DATABASE_OWNER)
    try:
        yield
    finally:
        _hang_up()
        config.update(applications)
        at_work.reset(marked)


@contextmanager
def granting() -> Iterator[None]:
    """As the owner, and what came to be is then granted to the application."""
    application = application_role()
    with as_owner():
        yield
        if settings.DATABASE_OWNER:
            grant(_database(), application)


def application_role() -> str:
    application = str(connections.settings[DEFAULT_DB_ALIAS]["USER"])
    owner = settings.DATABASE_OWNER.get("USER")
    if settings.DATABASE_OWNER_REQUIRED and not owner:
        raise ImproperlyConfigured(
            "DATABASE_OWNER_URL: is missing: migrations run as the owner of the tables"
        )
    if owner == application:
        raise ImproperlyConfigured("DATABASE_OWNER_URL: names the role of DATABASE_URL")
    return application


def _hang_up() -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def _database() -> psycopg.Connection:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    database: psycopg.Connection = connection.connection
    return database
