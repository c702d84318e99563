from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from credits import freezes

from .grant_credits import reader

CAUSE = "staff"


class Command(BaseCommand):
    help = "Put spending from a reader's wallet on hold. What is unlocked stays open."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="why, for whoever looks at it next")

    def handle(self, *args: Any, email: str, reason: str, **options: Any) -> None:
        user = reader(email)
        freeze = freezes.freeze(user.wallet_id, cause=CAUSE, detail=reason)
        self.stdout.write(f"{user.email} is frozen since {freeze.frozen_at:%Y-%m-%d %H:%M}: {freeze.detail}.")
