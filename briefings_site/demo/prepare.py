"""Bring the database and the static files up to date before the demo serves."""

import django
from django.core.management import call_command

from briefings_site.owner import as_owner
from briefings_site.unapplied import unapplied_migrations


def main() -> None:
    django.setup()
    with as_owner():
        missing = unapplied_migrations()
    tell(f"migrations: applying {len(missing)}" if missing else "migrations: nothing new")
    call_command("migrate", interactive=False, verbosity=0)
    tell("newsroom and people: seeding")
    call_command("seed_demo")
    tell("static files: collecting")
    call_command("collectstatic", interactive=False, verbosity=0)


def tell(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    main()
