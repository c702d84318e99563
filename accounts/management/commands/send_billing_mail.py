from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.billing.mails import send_due


class Command(BaseCommand):
    help = "Send the mail about money that is due: receipts, gifts, withdrawals, failed payments."

    def handle(self, *args: Any, **options: Any) -> None:
        run = send_due()
        self.stdout.write(f"{run.sent} mail{'' if run.sent == 1 else 's'} sent.")
        if run.failed:
            raise CommandError(
                f"{run.failed} could not be sent ({run.first_trouble}) and {run.left} were not tried: "
                "the next run sends them"
            )
