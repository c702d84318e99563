"""Staff ask the ledger for something: it is posted at once, or waits for a second person.

See docs/decisions/0019-the-staffs-ledger.md.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import StaffPosting, User
from accounts.models.posting import ALONE
from credits import ledger
from credits.errors import AlreadyRefunded, AlreadyReversed, LedgerError, NotReversible
from credits.models import LedgerTransaction, LotKind

from . import trail
from .foresight import REVERSIBLE, foresee, wallets_of
from .refusals import AskedAlready, Changed, ClosedAccount, FormReused, NotPosted, Refused

TERMS = ("what", "reader_id", "reverses_id", "amount", "kind", "expires_at", "reason", "asked_by_id")


def ask_grant(
    *, key: UUID, reader: User, amount: int, reason: str, asked_by: User, expires_at: datetime | None = None
) -> StaffPosting:
    wanted = StaffPosting(
        key=key,
        what=StaffPosting.What.GRANT,
        reader=reader,
        amount=amount,
        kind=LotKind.PROMOTIONAL,
        expires_at=expires_at,
        reason=reason,
        asked_by=asked_by,
    )
    return ask(wanted)


@transaction.atomic
def ask_reversal(
    *, key: UUID, undo: LedgerTransaction, reader: User, reason: str, seen: str, asked_by: User
) -> StaffPosting:
    """``seen`` is the `Foresight` that was shown: what else would happen now is refused."""
    wanted = StaffPosting(
        key=key,
        what=StaffPosting.What.REVERSAL,
        reader=reader,
        reverses=undo,
        amount=foresee(undo).amount,
        reason=reason,
        asked_by=asked_by,
    )
    queue_behind(asked_by)
    if not StaffPosting.objects.filter(key=key).exists():
        check_reversible(undo)
        check_as_seen(undo, seen)
    return ask(wanted)


@transaction.atomic
def ask(wanted: StaffPosting) -> StaffPosting:
    """The same form sent twice comes back with the same row."""
    assert wanted.asked_by is not None
    queue_behind(wanted.asked_by)
    earlier = StaffPosting.objects.filter(key=wanted.key).first()
    if earlier is not None:
        return the_same(earlier, wanted)
    if wanted.what == StaffPosting.What.GRANT and wanted.reader.closed_at:
        raise ClosedAccount
    wanted.waits_because = why_it_waits(wanted)
    if not wanted.waits_because:
        wanted.posted_id = post(wanted)
    wanted.save(force_insert=True)
    trail.leave(wanted, trail.ASKED if wanted.waits_because else trail.POSTED, by=wanted.asked_by)
    return wanted


def record_command(
    *, reader: User, amount: int, reason: str, expires_at: datetime | None, posted: int
) -> None:
    """A grant made at the machine, where nobody signs in: the same row and line, with no name."""
    posting = StaffPosting.objects.create(
        key=uuid4(),
        what=StaffPosting.What.GRANT,
        reader=reader,
        amount=amount,
        kind=LotKind.PROMOTIONAL,
        expires_at=expires_at,
        reason=reason,
        posted_id=posted,
    )
    trail.leave(posting, trail.POSTED, by=None)


def queue_behind(person: User) -> None:
    """One act of a person after the other, so that what they moved today is counted."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def the_same(earlier: StaffPosting, wanted: StaffPosting) -> StaffPosting:
    if any(getattr(earlier, term) != getattr(wanted, term) for term in TERMS):
        raise FormReused
    return earlier


def why_it_waits(wanted: StaffPosting) -> str:
    assert wanted.asked_by is not None
    if holds(wanted.asked_by, wanted.reader):
        return StaffPosting.Wait.OWN
    if wanted.amount > ALONE:
        return StaffPosting.Wait.AMOUNT
    today = StaffPosting.objects.alone_today(asked_by=wanted.asked_by, reader=wanted.reader)
    return StaffPosting.Wait.DAY if today + wanted.amount > ALONE else ""


def holds(person: User, reader: User) -> bool:
    """Is what reaches the reader's wallet this person's, theirs or merged into theirs?"""
    return reader.wallet.holder == person.wallet.holder


def post(posting: StaffPosting) -> int:
    """The row's key is the ledger's: whatever happens around it, it is posted once."""
    try:
        return post_by_kind(posting).transaction_id
    except LedgerError as refusal:
        raise NotPosted(type(refusal)) from refusal


def post_by_kind(posting: StaffPosting) -> ledger.Posting:
    key = f"staff:{posting.key}"
    if posting.reverses_id is not None:
        return ledger.reverse(transaction_id=posting.reverses_id, key=key, reason=posting.reason)
    return ledger.grant(
        wallet_id=posting.reader.wallet_id,
        amount=posting.amount,
        kind=LotKind(posting.kind),
        reason=posting.reason,
        key=key,
        expires_at=posting.expires_at,
    )


def check_reversible(undo: LedgerTransaction) -> None:
    if why_not := why_irreversible(undo):
        raise why_not


def why_irreversible(undo: LedgerTransaction) -> Refused | None:
    """What the ledger would say, said before a form is filled in."""
    if undo.kind not in REVERSIBLE:
        return NotPosted(NotReversible)
    if LedgerTransaction.objects.filter(reverses=undo).exists():
        return NotPosted(AlreadyReversed)
    if undo.refunded_by.filter(reversed_by=None).exists():
        return NotPosted(AlreadyRefunded)
    if StaffPosting.objects.waiting().filter(reverses=undo).exists():
        return AskedAlready()
    return None


def check_as_seen(undo: LedgerTransaction, seen: str) -> None:
    """With the wallets locked, so that it stays as it is until it is posted."""
    ledger.lock_wallets(*wallets_of(undo))
    if foresee(undo).seen != seen:
        raise Changed
