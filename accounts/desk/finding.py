"""Which transactions staff mean by what they typed. Its shape says what it is, so that an index answers."""

from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from wagtail.models import Page

from accounts.models import User
from credits.models import LedgerAccount, LedgerEntry, LedgerTransaction

# bigint's last; a longer number is no transaction's, and PostgreSQL would refuse to compare it.
LAST_NUMBER = 2**63 - 1


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
    about = Q(reference__in=keys_of(Page.objects.filter(title__icontains=asked)))
    return about | Q(reason__icontains=asked) | Q(pk__in=of_people(asked))


def briefing_key(asked: str) -> str | None:
    """As the ledger writes it, whatever case and dashes it was typed with."""
    try:
        return str(UUID(asked))
    except ValueError:
        return None


def of_people(address: str) -> Subquery:
    """What moved their wallets, or nothing but their debts."""
    wallets = User.objects.filter(email__icontains=address).values("wallet")
    accounts = LedgerAccount.objects.filter(Q(pk__in=wallets) | Q(wallet__in=wallets))
    return Subquery(LedgerEntry.objects.filter(account__in=accounts).values("transaction"))


def slug_of(address: str) -> str:
    segments = [segment for segment in urlsplit(address).path.split("/") if segment]
    return segments[-1] if segments else ""


def keys_of(pages: QuerySet[Page]) -> list[str]:
    """An alias goes by its original's key. Few words may fit many pages: two hundred are enough."""
    key = Coalesce("alias_of__translation_key", "translation_key")
    return [str(found) for found in pages.order_by("-pk").values_list(key, flat=True)[:200]]
