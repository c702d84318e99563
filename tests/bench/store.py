"""One durable PostgreSQL with a database for each newsroom that is measured."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from briefings_site.cluster import ROLES, SUPERUSER, Cluster
from briefings_site.demo.children import ROOT, start_keeper

from .environment import site_environ
from .sizes import SIZES, Size
from .stamp import stamp

# As deploy/postgresql/marquee.conf has it. The newsrooms are larger than what a server keeps by itself.
MEMORY = "-c shared_buffers=1GB"
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
NO_CACHE = "redis://127.0.0.1:1/0"


class StoreError(Exception):
    """The data could not be made. Its text is for the person at the terminal."""


class Store:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = Cluster(folder, options=MEMORY)

    def open(self) -> None:
        self.cluster.join(durable=True)
        self.keeper = start_keeper(self.folder)
        for setting, wanted in DURABLE.items():
            [(found,)] = self.ask("SELECT current_setting(%s)", [setting])
            if found != wanted:
                raise StoreError(f"PostgreSQL runs with {setting} = {found}: no figure would mean anything")

    def close(self) -> None:
        self.cluster.leave(os.getpid(), 10.0)
        self.keeper.communicate()

    @property
    def postmaster(self) -> int:
        return int((self.cluster.folder / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def log(self) -> Path:
        return self.cluster.folder / "log"

    def url(self, database: str, role: str = ROLES.application) -> str:
        host = quote(str(self.cluster.socket_dir), safe="/")
        return f"postgresql://{role}@/{database}?host={host}"

    def ask(
        self, sql: Any, given: Sequence[Any] = (), *, database: str = "postgres"
    ) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database, SUPERUSER), autocommit=True) as line:
            cursor = line.execute(sql, given or None)
            return cursor.fetchall() if cursor.description else []

    def environ(self, database: str, *, cache: str = NO_CACHE, **more: str) -> Mapping[str, str]:
        owner = self.url(database, ROLES.owner)
        return site_environ(self.folder, database=self.url(database), owner=owner, cache=cache, **more)

    def prepared(self, size: Size) -> str:
        """The name of its database, which is made and filled first unless that was done before."""
        source = self.prepared(SIZES[size.grown_from]) if size.grown_from else "template1"
        name = name_of(size)
        if not self.has(size):
            print(f"bench: writing {name}: {size.briefings} briefings, {size.readers} readers", flush=True)
            self.copy(source, name)
            self.fill(size, name)
            self.ask(SQL("COMMENT ON DATABASE {} IS {}").format(Identifier(name), Literal(made_of(size))))
        return name

    def has(self, size: Size) -> bool:
        """Is it there, and as the site would write it today?"""
        return self.comment_on(name_of(size)) == made_of(size)

    def comment_on(self, database: str) -> str:
        found = self.ask(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database]
        )
        return str(found[0][0]) if found else ""

    def copy(self, source: str, name: str) -> None:
        self.drop(name)
        make = SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
        self.ask(make.format(Identifier(name), Identifier(source), Identifier(ROLES.owner)))

    def drop(self, name: str) -> None:
        self.ask(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def fill(self, size: Size, name: str) -> None:
        """Raises StoreError."""
        environ = self.environ(
            name, DJANGO_SETTINGS_MODULE="tests.bench.settings", SUPERUSER_URL=self.url(name, SUPERUSER)
        )
        command = [sys.executable, "-m", "tests.bench.fill", size.name]
        ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
        if ended.returncode:
            raise StoreError(f"{name} could not be written: {(ended.stdout + ended.stderr).strip()[-2000:]}")
        print(f"bench: {ended.stdout.strip()}", flush=True)


def name_of(size: Size) -> str:
    return f"bench_{size.name}"


def made_of(size: Size) -> str:
    return f"{stamp()} {size}"
