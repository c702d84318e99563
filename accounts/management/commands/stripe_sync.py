from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.billing import catalogue
from accounts.billing.errors import PaymentError, Unavailable
from accounts.billing.gateway.client import nobody_waiting


class Command(BaseCommand):
    help = "Bring Stripe's products, prices, customer portal and webhook endpoint to what our data say."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 where anything differs"
        )
        parser.add_argument("--yes", action="store_true", help="in live mode: do not ask first")
        parser.add_argument(
            "--replace-endpoint", action="store_true", help="a new endpoint for another version of the API"
        )
        parser.add_argument(
            "--forget-prices", action="store_true", help="let prices go that Stripe does not know"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wishes = catalogue.Wishes(
            replace_endpoint=options["replace_endpoint"], forget=options["forget_prices"]
        )
        try:
            with nobody_waiting():
                self.bring(catalogue.plan(catalogue.read(), wishes), **options)
        except catalogue.Refused as refused:
            reasons = "\n".join(f"  {reason}" for reason in refused.reasons)
            raise CommandError(f"nothing was changed, a person has to look first:\n{reasons}") from None
        except Unavailable as error:
            raise CommandError(
                f"Stripe does not answer; run this again ({line(error)})", returncode=2
            ) from None
        except PaymentError as error:
            raise CommandError(f"Stripe refuses: {line(error)}") from None

    def bring(self, plan: catalogue.Plan, *, check: bool, yes: bool, **options: Any) -> None:
        for note in plan.notes:
            self.stdout.write(note)
        if not plan.steps:
            self.stdout.write("Stripe has all of it already: nothing changed.")
            return
        if check or not (yes or self.agreed(plan)):
            self.tell(plan)
            raise CommandError(f"{len(plan.steps)} things differ; nothing was changed")
        for step in plan.steps:
            said = step.do()
            self.stdout.write(f"{step.text}: {said}" if said else step.text)
        self.stdout.write(f"{len(plan.steps)} things changed.")

    def agreed(self, plan: catalogue.Plan) -> bool:
        """With a live key, real cards will be charged these amounts."""
        if not settings.STRIPE_LIVEMODE:
            return True
        self.tell(plan)
        try:
            return input("This is the live account. Change it? [y/N] ").strip().lower() == "y"
        except EOFError:
            return False

    def tell(self, plan: catalogue.Plan) -> None:
        for step in plan.steps:
            self.stdout.write(step.text)


def line(error: PaymentError) -> str:
    return " ".join(str(error).split())
