from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.template.defaultfilters import pluralize

from accounts.merging import Merged, MergeRefused, merge_readers

from .grant_credits import reader

LONGEST = 200


class Command(BaseCommand):
    help = "Make one reader of two: all that the first has becomes the second's, and the first is closed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="SOURCE_EMAIL")
        parser.add_argument("target", metavar="INTO_EMAIL")
        parser.add_argument("--reason", required=True, help="for the record; readers do not see it")
        parser.add_argument("--yes", action="store_true", help="do it; without, only say what would happen")

    def handle(self, *args: Any, source: str, target: str, reason: str, yes: bool, **options: Any) -> None:
        if not reason.strip() or len(reason) > LONGEST:
            raise CommandError(f"a reason has 1 to {LONGEST} characters")
        try:
            with transaction.atomic():
                merged = merge_readers(source=reader(source), target=reader(target), by=None, reason=reason)
                transaction.set_rollback(not yes)
        except MergeRefused as refusal:
            raise CommandError(f"not merged: {refusal}") from None
        for sentence in merged.did:
            self.stdout.write(f"- {sentence}")
        self.stdout.write(f"{source} into {target}: {standing(merged)}")
        if not yes:
            self.stdout.write("Nothing is changed yet. Say --yes to do it; it cannot be undone.")


def standing(merged: Merged) -> str:
    balance = f"{merged.balance} credit{pluralize(merged.balance)} to spend, {merged.owed} owed."
    return balance if merged.created else f"they were one already. {balance}"
