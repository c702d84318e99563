import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from credits.statements import lots, spendable, statement

from .grant_credits import reader

LATEST = 20


class Command(BaseCommand):
    help = "Show a reader's balance, lots and latest transactions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = reader(email)
        held = wallet(email=user.email, wallet_id=user.wallet_id)
        self.stdout.write(json.dumps(held, indent=2) if options["json"] else in_words(held))


def wallet(*, email: str, wallet_id: int) -> dict[str, Any]:
    return {
        "email": email,
        "balance": spendable(wallet_id),
        "lots": [
            {
                "kind": lot.kind,
                "granted": lot.granted,
                "remaining": lot.remaining,
                "expires_at": lot.expires_at and lot.expires_at.isoformat(),
            }
            for lot in lots(wallet_id=wallet_id)
        ],
        "transactions": [
            {
                "id": line.transaction_id,
                "when": line.when.isoformat(),
                "kind": line.kind,
                "reason": line.reason,
                "reference": line.reference,
                "amount": line.amount,
                "balance_after": line.balance_after,
            }
            for line in statement(wallet_id=wallet_id, limit=LATEST)
        ],
    }


def in_words(held: dict[str, Any]) -> str:
    rows = [f"{held['email']}: {held['balance']} credits"]
    rows += [
        f"  {lot['remaining']} of {lot['granted']} {lot['kind']}, expires {lot['expires_at'] or 'never'}"
        for lot in held["lots"]
    ]
    rows += [
        f"  {line['when']}  {line['amount']:+d}  balance {line['balance_after']}  {line['reason']}"
        for line in held["transactions"]
    ]
    return "\n".join(rows)
