from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from credits import seals


class Command(BaseCommand):
    help = "Seal what was posted since the last seal. Safe to run twice, or beside readers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=seals.BATCH, help="transactions a seal, at most")

    def handle(self, *, batch: int, **options: Any) -> None:
        sealed = seals.seal(batch=batch)
        if options["verbosity"]:
            self.stdout.write(f"{sealed:,} {'transaction' if sealed == 1 else 'transactions'} sealed.")
