"""The roles of a site on several machines, as an operator makes them: once, on the first server."""

import os
import shutil
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from briefings_site import roles
from briefings_site.cluster import ROLES, SYSTEM_USER

from .postgres import DEPLOY, FAILOVER, REPLICATION, Server

PASSWORD = "only-on-this-machine"
DATABASE = "marquee"


def make_roles(first: Server) -> None:
    first.ask((DEPLOY / "roles.sql").read_text())
    with psycopg.connect(first.url(), autocommit=True) as line:
        roles.create(line, ROLES, password=PASSWORD)
        for role in (REPLICATION, FAILOVER):
            line.execute(SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(role), Literal(PASSWORD)))
        line.execute(SQL("CREATE DATABASE {} OWNER {}").format(Identifier(DATABASE), Identifier(ROLES.owner)))


def write_passwords(file: Path) -> None:
    """As ~/.pgpass on each server and where PgBouncer runs; PostgreSQL's programs want it to themselves."""
    file.write_text("".join(f"*:*:*:{role}:{PASSWORD}\n" for role in (REPLICATION, FAILOVER)))
    file.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(file, SYSTEM_USER)
