"""Opening a briefing's insights for good: the one place where a credit becomes a right."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.billing import consents
from accounts.models import User
from credits import ledger
from credits.errors import KeyReused
from credits.statements import spendable

from .access import Access, Reason, WayIn, access_of
from .gated import GatedInsights
from .models import Opening, Unlock
from .standing import standing_of

# A ledger reason holds 200 characters, a headline up to 255.
TITLE_KEPT = 180
LENT = (Reason.CLUB, Reason.TEAM)


class PriceChanged(Exception):
    """The briefing costs more now than the reader agreed to."""


@dataclass(frozen=True)
class Intent:
    """What the reader agreed to: at most ``price`` credits, on the page or by a wish at sign-up."""

    price: int
    way: Unlock.Way = Unlock.Way.FORM


@dataclass(frozen=True)
class Outcome:
    """``spent`` credits for this call (0 if it was open already) and the ``balance`` after it."""

    spent: int
    balance: int


def unlock(*, reader: User, page: GatedInsights, intent: Intent) -> Outcome:
    """Spend the page's price once and for all, or nothing where the reader may read it all already.

    A double click, a second tab or a retry comes back with the same right and no second debit: the
    ledger's key is the reader and the briefing.

    Raises ``PriceChanged``, and of ``credits.errors`` ``InsufficientCredits``, ``InDebt`` and ``Frozen``:
    none of them changes anything.
    """
    with transaction.atomic():
        # Not access_for: where that fails closed, this must fail loudly.
        access = access_of(standing_of(reader, page, page.briefing_key), page)
        if access.way_in is None:
            return Outcome(spent=0, balance=access.standing.balance)
        if access.way_in is WayIn.REGISTER:
            raise PermissionDenied
        if page.price > intent.price:
            raise PriceChanged
        return pay_and_open(reader, page, intent)


def pay_and_open(reader: User, page: GatedInsights, intent: Intent) -> Outcome:
    held = held_by(reader, page)
    if held is not None and held.stands:
        # Another hand was quicker, since this one looked.
        return Outcome(spent=0, balance=spendable(reader.wallet_id))
    try:
        posting = spend(reader, page, instead_of=held)
    except KeyReused:
        # Another hand paid in this instant, under another headline or at another price: it is open.
        return Outcome(spent=0, balance=spendable(reader.wallet_id))
    if not posting.created and not User.objects.filter(pk=reader.pk, is_active=True).exists():
        # Merged into another reader while this one waited: what was paid for is that reader's now.
        raise PermissionDenied
    bought = {"title": page.title, "price": page.price, "way": intent.way}
    stand(held, reader, page, **bought, transaction_id=posting.transaction_id)
    if posting.created:
        consents.record_delivery(reader, transaction_id=posting.transaction_id)
    return Outcome(spent=page.price if posting.created else 0, balance=posting.balance)


def held_by(reader: User, page: GatedInsights) -> Unlock | None:
    """The reader's row for this briefing, locked, standing or not. Before the wallet: see docs/ledger.md."""
    rows = Unlock.objects.select_for_update(of=["self"]).select_related("transaction__reversed_by")
    return rows.filter(reader=reader, briefing_key=page.briefing_key).first()


def spend(reader: User, page: GatedInsights, *, instead_of: Unlock | None) -> ledger.Posting:
    """A spend that was taken back keeps its key. The next one names it, so that its own twins still meet."""
    key = f"unlock:{reader.wallet_id}:{page.briefing_key}"
    return ledger.spend(
        wallet_id=reader.wallet_id,
        amount=page.price,
        key=f"{key}:{instead_of.transaction_id}" if instead_of else key,
        reason=f"Unlocked “{page.title[:TITLE_KEPT]}”",
        reference=str(page.briefing_key),
    )


def stand(held: Unlock | None, reader: User, page: GatedInsights, **facts: Any) -> Unlock:
    """One row a reader and briefing: a right that ended gives its row to the next."""
    if held is None:
        return Unlock.objects.get_or_create(reader=reader, briefing_key=page.briefing_key, defaults=facts)[0]
    begun = {"reason": Unlock.Reason.UNLOCKED, "unlocked_at": timezone.now(), **facts}
    for name, value in begun.items():
        setattr(held, name, value)
    held.save(update_fields=[*begun])
    return held


@transaction.atomic
def give(*, reader: User, page: GatedInsights) -> Unlock:
    """Open a briefing for a reader as a present from the house: no credit moves."""
    held = held_by(reader, page)
    if held is not None and held.stands:
        return held
    present = {"price": 0, "reason": Unlock.Reason.GIFT, "way": Unlock.Way.STAFF, "transaction_id": None}
    return stand(held, reader, page, title=page.title, **present)


def record_opening(*, reader: User, page: GatedInsights, access: Access) -> None:
    """Note the first time a member's standing opened this briefing free."""
    if access.owned in LENT and not access.standing.recorded:
        Opening.objects.get_or_create(
            reader=reader, briefing_key=page.briefing_key, defaults={"reason": access.owned}
        )
