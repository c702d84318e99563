"""Opening a briefing's insights for good: the one place where a credit becomes a right."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from accounts.billing import consents
from accounts.models import User
from credits import ledger
from credits.statements import spendable

from .access import Access, Reason
from .gated import GatedInsights
from .models import Opening, Unlock
from .stakes import Stakes, stakes_of
from .standing import Standing, standing_of

# A ledger reason holds 200 characters, a headline up to 255.
TITLE_KEPT = 180
LENT = (Reason.CLUB, Reason.TEAM)
OPEN = "SELECT * FROM unlock_briefing(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
SPECIAL, POSTED = "special", "posted"
# It is open now.
DONE = (POSTED, "repeated")
NOTHING_BUT_CREDITS = Standing(signed_in=True)


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


class Answer(NamedTuple):
    """The function's: ``needed`` credits where the ledger refused, or those that are owed."""

    outcome: str
    transaction_id: int | None
    balance: int
    needed: int


def unlock(*, reader: User, page: GatedInsights, intent: Intent) -> Outcome:
    """Spend the page's price once and for all, or nothing where the reader may read it all already.

    A double click, a second tab or a retry comes back with the same right and no second debit: the
    ledger's key is the reader and the briefing. It joins the caller's transaction, if there is one.

    Raises ``PriceChanged``, and of ``credits.errors`` ``InsufficientCredits``, ``InDebt`` and ``Frozen``:
    none of them changes anything.
    """
    stakes = stakes_of(page)
    answer = ask_plainly(reader.pk, stakes, intent) if reader.is_active else None
    if answer is not None:
        return outcome_of(answer, reader, stakes)
    return look_and_unlock(reader, page, stakes, intent)


def unlock_plainly(*, reader_id: int, stakes: Stakes, intent: Intent) -> Outcome | None:
    """The same for the usual reader of the usual briefing, by what little is known of both. None where it
    was not done, for whatever reason: ``unlock`` says which, and nothing has changed."""
    answer = ask_plainly(reader_id, stakes, intent)
    if answer is None or answer.outcome not in DONE:
        return None
    return Outcome(spent=stakes.price if answer.outcome == POSTED else 0, balance=answer.balance)


def ask_plainly(reader_id: int, stakes: Stakes, intent: Intent) -> Answer | None:
    """None for whoever may read for another reason than credits, and where the rule would not sell."""
    if stakes.price > intent.price or not stakes.closed_to(NOTHING_BUT_CREDITS):
        return None
    answer = ask_to_open(reader_id, stakes, intent.way, unless_special=True)
    return None if answer.outcome == SPECIAL else answer


def look_and_unlock(reader: User, page: GatedInsights, stakes: Stakes, intent: Intent) -> Outcome:
    # Not access_for: where that fails closed, this must fail loudly.
    standing = standing_of(reader, page, stakes.key)
    if not stakes.closed_to(standing):
        return Outcome(spent=0, balance=standing.balance)
    if not standing.signed_in:
        raise PermissionDenied
    if stakes.price > intent.price:
        raise PriceChanged
    return pay_and_open(reader, stakes, intent)


def pay_and_open(reader: User, stakes: Stakes, intent: Intent) -> Outcome:
    return outcome_of(ask_to_open(reader.pk, stakes, intent.way, unless_special=False), reader, stakes)


def ask_to_open(reader_id: int, stakes: Stakes, way: str, *, unless_special: bool) -> Answer:
    """One call of one function: insights/sql/0004_unlock_briefing.sql says what it answers."""
    reason = f"Unlocked “{stakes.title[:TITLE_KEPT]}”"
    what = (reader_id, stakes.key, stakes.price, stakes.title, reason, way, unless_special)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, (*what, *consents.terms(timezone.now())))
        return Answer(*cursor.fetchone())


def outcome_of(answer: Answer, reader: User, stakes: Stakes) -> Outcome:
    match answer.outcome:
        case "posted":
            return Outcome(spent=stakes.price, balance=answer.balance)
        case "repeated":
            return Outcome(spent=0, balance=answer.balance)
        case "open":
            return Outcome(spent=0, balance=spendable(reader.wallet_id))
        case "nobody":
            raise PermissionDenied
    raise ledger.REFUSALS[answer.outcome](answer.balance, answer.needed)


def held_by(reader: User, page: GatedInsights) -> Unlock | None:
    """The reader's row for this briefing, locked, standing or not. Before the wallet: see docs/ledger.md."""
    rows = Unlock.objects.select_for_update(of=["self"]).select_related("transaction__reversed_by")
    return rows.filter(reader=reader, briefing_key=page.briefing_key).first()


def stand(held: Unlock | None, reader: User, page: GatedInsights, **facts: Any) -> Unlock:
    """One row a reader and briefing: a right that ended gives its row to the next."""
    if held is None:
        return Unlock.objects.get_or_create(reader=reader, briefing_key=page.briefing_key, defaults=facts)[0]
    begun = {"unlocked_at": timezone.now(), **facts}
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
