"""Which transactions staff mean by what they typed. Its shape says what it is, so that an index answers."""

from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from wagtail.models import Page

from accounts.models import User
from credits.models import LedgerAccount, LedgerEntry, LedgerTransaction

# bigint's last; a longer number is no transaction's, and PostgreSQL would refuse to compare it.
LAST_NUMBER = 2**63 - 1
# A few letters fit many people and pages: who wants another one types more.
MANY = 200


def find(asked: str) -> QuerySet[LedgerTransaction]:
    return LedgerTransaction.objects.filter(matching(asked))


def matching(asked: str) -> Q:
    asked = asked.strip().replace("\x00", "")
    if asked.isascii() and asked.lstrip("#").isdigit():
        return Q(pk=min(int(asked.lstrip("#")), LAST_NUMBER)) | Q(idempotency_key=asked)
    if (key := briefing_key(asked)) is not None:
        return Q(reference=key) | Q(idempotency_key__in=[asked, f"staff:{key}"])
    if "@" in asked:
        return Q(pk__in=of_people(asked))
    if "/" in asked:
        return Q(reference__in=keys_of(Page.objects.filter(slug=slug_of(asked))))
    if ":" in asked and " " not in asked:
        return Q(idempotency_key__startswith=asked)
    return in_words(asked)


def in_words(asked: str) -> Q:
    """Three searches, then one list of numbers: PostgreSQL would weigh them row by row if joined by OR."""
    about = keys_of(Page.objects.filter(title__icontains=asked))
    transactions = LedgerTransaction.objects.order_by().values_list("pk", flat=True)
    named = transactions.filter(reference__in=about)
    return Q(pk__in=named.union(transactions.filter(reason__icontains=asked), of_people(asked)))


def briefing_key(asked: str) -> str | None:
    """As the ledger writes it, whatever case and dashes it was typed with."""
    try:
        return str(UUID(asked))
    except ValueError:
        return None


def of_people(address: str) -> QuerySet[LedgerEntry, int]:
    """What moved their wallets, or nothing but their debts."""
    people = User.objects.filter(email__icontains=address).order_by("-pk")
    wallets = list(people.values_list("wallet", flat=True)[:MANY])
    debts = list(LedgerAccount.objects.filter(wallet__in=wallets).values_list("pk", flat=True))
    return LedgerEntry.objects.filter(account__in=[*wallets, *debts]).values_list("transaction", flat=True)


def slug_of(address: str) -> str:
    segments = [segment for segment in urlsplit(address).path.split("/") if segment]
    return segments[-1] if segments else ""


def keys_of(pages: QuerySet[Page]) -> list[str]:
    """An alias goes by its original's key."""
    key = Coalesce("alias_of__translation_key", "translation_key")
    return [str(found) for found in pages.order_by("-pk").values_list(key, flat=True)[:MANY]]
