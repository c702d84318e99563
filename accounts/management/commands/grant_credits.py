from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, now

from accounts.addresses import owner_of
from accounts.desk.asking import record_command
from accounts.models import User
from credits import ledger
from credits.errors import InvalidAmount, KeyReused, LedgerError
from credits.models import LotKind


class Command(BaseCommand):
    help = "Grant a reader promotional credits through the ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("number", metavar="N", type=int, help="how many, 1 or more")
        parser.add_argument("--reason", required=True, help="what the reader's statement says")
        parser.add_argument(
            "--expires", metavar="DATE", help="2027-01-31 (the end of that day) or a time, in UTC"
        )
        parser.add_argument("--key", default="", help="the same key twice grants once")

    def handle(self, *args: Any, email: str, number: int, reason: str, key: str, **options: Any) -> None:
        user = reader(email)
        expires_at = expiry(options["expires"])
        try:
            posting = grant(user, number, reason, f"staff:{key or uuid4()}", expires_at)
        except KeyReused:
            raise CommandError(f"the key {key} was used for another grant: nothing granted") from None
        except InvalidAmount as refusal:
            raise CommandError(f"{number} cannot be granted: {refusal}") from None
        except LedgerError as refusal:
            raise CommandError(f"not granted: {refusal}") from None
        done = f"{number} granted to {user.email}" if posting.created else f"the key {key} was granted before"
        self.stdout.write(f"{done}. Balance: {posting.balance}.")


@transaction.atomic
def grant(user: User, number: int, reason: str, key: str, expires_at: datetime | None) -> ledger.Posting:
    posting = ledger.grant(
        wallet_id=user.wallet_id,
        amount=number,
        kind=LotKind.PROMOTIONAL,
        reason=reason,
        key=key,
        expires_at=expires_at,
    )
    if posting.created:
        posted = posting.transaction_id
        record_command(reader=user, amount=number, reason=reason, expires_at=expires_at, posted=posted)
    return posting


def reader(email: str) -> User:
    user = owner_of(email)
    if user is None:
        raise CommandError(f"no reader has the address {email}")
    return user


def expiry(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        day = parse_date(text)
        moment = end_of(day) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text} is not a date: write 2027-01-31")
    if is_naive(moment):
        moment = moment.replace(tzinfo=UTC)
    if moment <= now():
        raise CommandError(f"{text} is in the past")
    return moment


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)
