from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from briefings_site.owner import granting


class Command(migrate.Command):
    help = f"{migrate.Command.help} Works as the database's owner, and grants the application what it needs."

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check_unapplied"] or options["plan"] or options["database"] != DEFAULT_DB_ALIAS:
            super().handle(*args, **options)
        else:
            with granting():
                super().handle(*args, **options)
