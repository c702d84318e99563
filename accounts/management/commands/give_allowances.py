from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.billing.allowances import clubs_with_a_month_due
from accounts.billing.errors import Foreign, NotSetUp, Parked, PaymentError, Unavailable
from accounts.billing.gateway.client import nobody_waiting
from accounts.billing.subscribing import sync_subscription


class Command(BaseCommand):
    help = "Give the month's credits to members who pay by the year, where a month of theirs has begun."

    def handle(self, *args: Any, **options: Any) -> None:
        refused = []
        due = clubs_with_a_month_due(timezone.now())
        with nobody_waiting():
            for held in due:
                try:
                    sync_subscription(held.stripe_id)
                except (Unavailable, NotSetUp) as error:
                    raise CommandError(f"Stripe cannot be asked now: {error}") from None
                except (Foreign, Parked, PaymentError) as error:
                    refused.append(f"{held.stripe_id}: {error}")
        self.stdout.write(f"{len(due) - len(refused)} of {len(due)} clubs looked at.")
        if refused:
            raise CommandError("; ".join(refused))
