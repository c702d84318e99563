from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from credits import heads, seals
from credits.audit import Difference, audit


class Command(BaseCommand):
    help = "Add every entry, lot and balance up again; exit non-zero at the first difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seals", action="store_true", help="also read the seals again")
        parser.add_argument(
            "--head", metavar="HASH|FILE", default="", help="the seals, and a head that was kept earlier"
        )

    def handle(self, *, head: str = "", **options: Any) -> None:
        kept = text_of(head) if head else None
        sealed = seals.check() if options["seals"] or head else None
        ledger = audit()
        wrong = []
        if sealed and (first := sealed.first_difference or contradiction(kept)):
            wrong.append(f"The seals do not agree: {first}.")
        if ledger.first_difference:
            wrong.append(f"The ledger does not agree: {ledger.first_difference}.")
        if wrong:
            raise CommandError("\n".join(wrong))
        self.stdout.write(str(ledger))
        if sealed:
            self.stdout.write(str(sealed))


def text_of(head: str) -> str:
    if heads.HASH.fullmatch(head):
        return head
    try:
        return Path(head).read_text()
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{head} is neither a hash nor a file that can be read") from None


def contradiction(kept: str | None) -> Difference | None:
    try:
        return None if kept is None else heads.contradiction(kept)
    except heads.NoHead as error:
        raise CommandError(f"the head cannot be read: {error}") from None
