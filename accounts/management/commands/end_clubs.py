from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.billing import promises
from accounts.billing.errors import NotSetUp, Unavailable
from accounts.billing.gateway.client import nobody_waiting


class Command(BaseCommand):
    help = "End at Stripe the clubs that are to end, and pay back what was withdrawn from."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with nobody_waiting():
                kept = promises.keep()
        except (Unavailable, NotSetUp) as error:
            raise CommandError(f"Stripe cannot be asked now: {error}") from None
        self.stdout.write(f"{kept.done} done, {kept.refused} refused.")
        if kept.refused:
            raise CommandError("what Stripe refused waits for a person: see the alerts")
