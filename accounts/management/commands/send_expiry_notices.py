from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.notices import send_notices


class Command(BaseCommand):
    help = "Tell readers by mail of credits that expire in 30 and in 7 days, each of them once."

    def handle(self, *args: Any, **options: Any) -> None:
        run = send_notices()
        self.stdout.write(f"{run.sent} notice{'' if run.sent == 1 else 's'} sent.")
        if run.failed:
            raise CommandError(
                f"{run.failed} could not be sent ({run.first_trouble}) and {run.left} were not tried: "
                "the next run sends them"
            )
