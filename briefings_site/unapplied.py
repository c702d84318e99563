"""Migrations that this release brings and this database has not seen. Asks for no model, so that it can be
asked before Django is set up."""

from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def unapplied_migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in known_migrations() if (app, name) not in applied]


@cache
def known_migrations() -> list[tuple[str, str]]:
    """Reading the files takes a tenth of a second, and they do not change while the process lives."""
    return sorted(MigrationLoader(None).graph.nodes)
