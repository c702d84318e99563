from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from credits import freezes
from credits.errors import InvalidText

from .grant_credits import reader


class Command(BaseCommand):
    help = "Let a reader spend again: lift every freeze of the wallet, or the one of a cause."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="why it may be lifted")
        parser.add_argument("--cause", help="only the freeze of this cause, such as audit or staff")

    def handle(self, *args: Any, email: str, reason: str, cause: str | None, **options: Any) -> None:
        user = reader(email)
        try:
            lifted = freezes.lift(user.wallet_id, because=reason, cause=cause)
        except InvalidText as refusal:
            raise CommandError(f"not lifted: {refusal}") from None
        if not lifted:
            raise CommandError(f"{user.email} is not frozen{f' for {cause}' if cause else ''}")
        left = freezes.open_freezes(user.wallet_id).count()
        self.stdout.write(
            f"{lifted} lifted, {left} left. " + ("" if left else f"{user.email} can spend again.")
        )
