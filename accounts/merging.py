"""Two accounts turn out to be one person's. See docs/decisions/0020-merging-readers.md.

Locks: both readers in the order of their ids, then what the floors above lock, then the wallets. The source's
row changes its address last: by then nobody can hold it and wait for something of ours.
"""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.db import transaction

from credits import ledger
from credits.errors import Frozen
from credits.statements import owed, spendable

from .closing import close_account
from .holding import move_memberships
from .models import Merger, User
from .signals import merging

# Readers see it in their statement: it says nothing of anybody.
REASON = "Your other account was joined to this one"


class MergeRefused(Exception):
    """Nothing was changed, and why."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """`did` says in sentences what came of it; not `created`, and they were one already."""

    created: bool
    balance: int
    owed: int
    did: list[str] = field(default_factory=list)


@transaction.atomic
def merge_readers(*, source: User, target: User, by: User | None, reason: str) -> Merged:
    """All that is the source's becomes the target's, and the person goes from the source."""
    source, target = locked(source, target)
    if source.merged_into_id == target.pk:
        return outcome(target, created=False, did=[])
    refuse(source, target)
    answers = merging.send(sender=User, source=source, target=target)
    did = [sentence for _, sentence in answers if sentence]
    join_wallets(source, target)
    did += move_memberships(source=source, target=target)
    did += move_addresses(source=source, target=target)
    source.merged_into = target
    close_account(source)
    Merger.objects.create(source=source, target=target, by=by, reason=reason)
    return outcome(target, created=True, did=did)


def locked(source: User, target: User) -> tuple[User, User]:
    """As they are now. Not FOR UPDATE: an unlock in flight holds its wallet and will point at its reader."""
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=(source.pk, target.pk))
    by_id = {user.pk: user for user in rows.order_by("pk")}
    return by_id[source.pk], by_id[target.pk]


def refuse(source: User, target: User) -> None:
    if source.pk == target.pk:
        raise MergeRefused("both addresses belong to one reader")
    for reader in (source, target):
        if reader.closed_at or not reader.is_active:
            raise MergeRefused(f"the account {reader.email} is closed or barred")
    if works_here(source):
        raise MergeRefused(f"{source.email} works here: take their rights away first")


def works_here(user: User) -> bool:
    rights = user.is_staff or user.is_superuser
    return rights or user.groups.exists() or user.user_permissions.exists()


def join_wallets(source: User, target: User) -> None:
    try:
        ledger.merge(
            source_id=source.wallet_id,
            target_id=target.wallet_id,
            key=f"merge:{source.wallet_id}",
            reason=REASON,
        )
    except Frozen:
        raise MergeRefused("spending from one of the wallets is on hold") from None


def move_addresses(*, source: User, target: User) -> list[str]:
    """Whoever signs in with the old address is the same person, and comes in here. Not into the newsroom."""
    proven = list(EmailAddress.objects.filter(user=source, verified=True).values_list("email", flat=True))
    EmailAddress.objects.filter(user=source).delete()
    if works_here(target):
        return []
    for email in proven:
        EmailAddress.objects.update_or_create(
            user=target, email=email, defaults={"verified": True, "primary": False}
        )
    return [f"{email} signs in to {target.email} now" for email in proven]


def outcome(target: User, *, created: bool, did: list[str]) -> Merged:
    return Merged(created=created, balance=spendable(target.wallet_id), owed=owed(target.wallet_id), did=did)
