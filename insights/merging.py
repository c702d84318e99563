"""When one reader becomes another, what both paid for is paid for once, and nothing that was open closes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import merging
from credits import ledger

from .models import Opening, Unlock

REASON = "Unlocked by both of your accounts, which are one now"


@dataclass
class Moved:
    unlocks: int = 0
    returned: int = 0

    def __str__(self) -> str:
        moved = f"{self.unlocks} unlock{'' if self.unlocks == 1 else 's'} moved"
        return f"{moved}, {self.returned} paid for twice and returned" if self.returned else moved


@receiver(merging)
def join_shelves(source: User, target: User, **kwargs: Any) -> str:
    moved = Moved()
    # A new unlock of what was taken back holds its row and waits for its wallet: so do we.
    list(unlocks_of(source, target).select_for_update(of=["self"]).order_by("pk"))
    ledger.lock_wallets(source.wallet_id, target.wallet_id)
    theirs = {unlock.briefing_key: unlock for unlock in unlocks_of(target)}
    for unlock in unlocks_of(source):
        move(unlock, theirs.get(unlock.briefing_key), target, moved)
    move_openings(source, target)
    return str(moved) if moved.unlocks or moved.returned else ""


def unlocks_of(*readers: User) -> Any:
    return Unlock.objects.filter(reader__in=readers).select_related("transaction__reversed_by")


def move(unlock: Unlock, twin: Unlock | None, target: User, moved: Moved) -> None:
    """Of two for one briefing stays what stands, of two that stand what was given, else the target's."""
    keep, drop = chosen(unlock, twin)
    if drop is not None:
        moved.returned += give_back(drop)
        drop.delete()
    if keep is unlock:
        unlock.reader = target
        unlock.save(update_fields=["reader"])
        moved.unlocks += 1


def chosen(unlock: Unlock, twin: Unlock | None) -> tuple[Unlock, Unlock | None]:
    if twin is None:
        return unlock, None
    if worth(unlock) > worth(twin):
        return unlock, twin
    return twin, unlock


def worth(unlock: Unlock) -> tuple[bool, bool]:
    return unlock.stands, unlock.reason == Unlock.Reason.GIFT


def give_back(unlock: Unlock) -> bool:
    """The credits return to the lots that paid, and come along when the wallets are joined."""
    if unlock.transaction_id is None or not unlock.stands:
        return False
    ledger.reverse(
        transaction_id=unlock.transaction_id, key=f"merge:unlock:{unlock.transaction_id}", reason=REASON
    )
    return True


def move_openings(source: User, target: User) -> None:
    known: set[UUID] = set(Opening.objects.filter(reader=target).values_list("briefing_key", flat=True))
    held = Opening.objects.filter(reader=source)
    held.filter(briefing_key__in=known).delete()
    held.update(reader=target)
