from typing import Any

from django.core.management.base import BaseCommand

from accounts.billing import inbox


class Command(BaseCommand):
    help = (
        "Empty the payloads of Stripe's events that were settled a month ago: they hold names and addresses."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        forgotten = inbox.forget_payloads()
        if options["verbosity"]:
            self.stdout.write(f"{forgotten} event{'' if forgotten == 1 else 's'} emptied.")
