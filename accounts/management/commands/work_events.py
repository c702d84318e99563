from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.billing import alerts, inbox


class Command(BaseCommand):
    help = "Work Stripe's events that are due, and mail alerts. Safe to run twice, or beside the worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=inbox.A_RUN, help="events a run, at most")

    def handle(self, *, most: int, **options: Any) -> None:
        worked = inbox.work_due(most=most)
        alerts.send_due()
        if options["verbosity"]:
            self.stdout.write(f"{worked} event{'' if worked == 1 else 's'} worked.")
