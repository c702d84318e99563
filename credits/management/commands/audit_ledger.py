from typing import Any

from django.core.management.base import BaseCommand

from credits import watch


class Command(BaseCommand):
    help = (
        "Check the ledger and its seals; freeze the wallets that a new finding concerns, and tell somebody."
    )

    def handle(self, **options: Any) -> None:
        run = watch.watch()
        if options["verbosity"]:
            self.stdout.write(f"{run} ({run.transactions:,} transactions, {run.differences:,} differences).")
