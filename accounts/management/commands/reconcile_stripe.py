import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.billing import reconciling
from accounts.billing.errors import PaymentError
from accounts.billing.reconciling import Outcome, Report

LONGEST = 20 * 365


class Command(BaseCommand):
    help = "Compare orders, refunds, disputes and clubs with Stripe, and mend what asking again can mend."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="everything there ever was, customers and prices too"
        )
        parser.add_argument("--since", type=days, metavar="DAYS", help="only what is so young (light: 3)")
        parser.add_argument("--dry-run", action="store_true", help="change nothing, write nothing down")
        parser.add_argument("--json", action="store_true", help="the report for programs")

        parser.add_argument(
            "--by-the-clock",
            action="store_true",
            help="say nothing of what is left, for somebody was mailed; --full once a day and no more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by_the_clock: bool = options["by_the_clock"]
        if by_the_clock and not reconciling.is_due(full=options["full"]):
            return
        try:
            report = reconciling.reconcile(
                full=options["full"], since=options["since"], dry_run=options["dry_run"]
            )
        except PaymentError as error:
            reason = " ".join(str(error).split())
            raise CommandError(f"not finished, {type(error).__name__}: {reason}", returncode=2) from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), indent=2))
        elif options["verbosity"]:
            self.tell(report)
        if report.left and not by_the_clock:
            raise CommandError(f"{report.left} left for a person")

    def tell(self, report: Report) -> None:
        for finding in report.findings:
            why = f" ({finding.why})" if finding.why else ""
            self.stdout.write(f"{finding.outcome:<7} {finding.kind} {finding.about}: {finding.text}{why}")
        kind = "Full" if report.full else "Light"
        mended = report.count(Outcome.MENDED)
        self.stdout.write(
            f"{kind} reconciliation: {report.looked_at} compared, {mended} mended, {report.left} left."
        )


def days(given: str) -> timedelta:
    if not given.isdecimal() or not 1 <= int(given) <= LONGEST:
        raise ArgumentTypeError(f"must be a number of days from 1 to {LONGEST}")
    return timedelta(days=int(given))
