from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from briefings_site.owner import granting


class Command(migrate.Command):
    help = f"{migrate.Command.help} Works as the database's owner, and grants the application what it needs."

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Its checks, too, look at the database as the owner."""
        if options["check_unapplied"] or options["plan"] or options["database"] != DEFAULT_DB_ALIAS:
            return super().execute(*args, **options)
        with granting():
            return super().execute(*args, **options)
