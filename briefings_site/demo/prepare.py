"""Bring database and files up to date before the demo serves, skipping what has not changed."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection

from briefings_site.health import unapplied_migrations

PACKAGES = ("briefings_site", "articles", "insights", "accounts", "credits")


def main() -> None:
    django.setup()
    stamps = Stamps(settings.DATA_DIR / "demo-stamps.json")
    migrate()
    seed(stamps)
    collect_static(stamps)


class Stamps:
    """What each step last ran with, so that an unchanged step is not run again."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def fresh(self, step: str, stamp: str) -> bool:
        return self.known.get(step) == stamp

    def keep(self, step: str, stamp: str) -> None:
        self.known[step] = stamp
        draft = self.file.with_suffix(".part")
        draft.write_text(json.dumps(self.known))
        draft.replace(self.file)


def migrate() -> None:
    missing = unapplied_migrations()
    if not missing:
        print("migrations: nothing new", flush=True)
        return
    print(f"migrations: applying {len(missing)}", flush=True)
    call_command("migrate", interactive=False, verbosity=0)


def seed(stamps: Stamps) -> None:
    stamp = fingerprint(sources(), salt=database_identity())
    if stamps.fresh("seed", stamp):
        print("newsroom and people: unchanged", flush=True)
        return
    print("newsroom and people: seeding", flush=True)
    call_command("seed_demo")
    stamps.keep("seed", stamp)


def collect_static(stamps: Stamps) -> None:
    stamp = fingerprint(static_sources(), salt=settings.STORAGES["staticfiles"]["BACKEND"])
    if stamps.fresh("static", stamp) and (settings.STATIC_ROOT / "staticfiles.json").exists():
        print("static files: unchanged", flush=True)
        return
    print("static files: collecting", flush=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamps.keep("static", stamp)


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in (settings.BASE_DIR / package).rglob("*") if path.suffix != ".pyc")


def static_sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def database_identity() -> str:
    """A database dropped and made anew, or another one, has to be seeded whatever the stamp says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database"
            " WHERE datname = current_database()"
        )
        return str(cursor.fetchone()[0])


def fingerprint(files: Iterable[Path], *, salt: str) -> str:
    digest = hashlib.sha256(salt.encode())
    for path in sorted(files):
        facts = path.stat()
        if path.is_file():
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
