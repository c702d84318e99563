"""Whether anything changed since the demo was last prepared: our files, the pinned packages, the database."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import psycopg

from .children import ROOT

PREPARED_FROM = ("briefings_site", "articles", "insights", "accounts", "credits", "templates")
NAME = "demo-prepared"


def prepared(data_dir: Path, database: psycopg.Connection) -> bool:
    file = data_dir / NAME
    return file.exists() and file.read_text() == stamp(database)


def keep(data_dir: Path, database: psycopg.Connection) -> None:
    draft = data_dir / f"{NAME}.part"
    draft.write_text(stamp(database))
    draft.replace(data_dir / NAME)


def stamp(database: psycopg.Connection) -> str:
    digest = hashlib.sha256(_migrations(database).encode())
    for path in sorted(_sources()):
        facts = path.stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield ROOT / "uv.lock"
    for folder in PREPARED_FROM:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


def _migrations(database: psycopg.Connection) -> str:
    """Tells this database from one dropped and made anew, and from one migrated back by hand."""
    if database.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
        return ""
    return str(database.execute("SELECT count(*), max(id), max(applied) FROM django_migrations").fetchone())
