"""What happens to memberships when one reader becomes another: no day of them is lost or counted twice."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from .models import Membership, User


def move_memberships(*, source: User, target: User) -> list[str]:
    moved = [move(held, target) for held in source.memberships.order_by("starts_at", "pk")]
    return [f"{sum(moved)} membership{'' if sum(moved) == 1 else 's'} moved"] if any(moved) else []


def move(held: Membership, target: User) -> bool:
    """As it is, or behind what the target holds of the same kind. What would add nothing stays behind."""
    alike = Membership.objects.filter(reader=target, tier=held.tier, source=held.source)
    if overlapping(alike, held).exists():
        return not has_ended(held) and put_behind(held, alike, target)
    held.reader = target
    held.save(update_fields=["reader"])
    return True


def has_ended(held: Membership) -> bool:
    return held.ends_at is not None and held.ends_at <= timezone.now()


def overlapping(alike: QuerySet[Membership], held: Membership) -> QuerySet[Membership]:
    begun = Q() if held.ends_at is None else Q(starts_at__lt=held.ends_at)
    return alike.filter(begun, Q(ends_at__isnull=True) | Q(ends_at__gt=held.starts_at))


def put_behind(held: Membership, alike: QuerySet[Membership], target: User) -> bool:
    """The days still to come begin when the last of the target's end."""
    ends = list(alike.values_list("ends_at", flat=True))
    if None in ends:
        return False
    last = max(end for end in ends if end)
    begins = max(last, timezone.now())
    if held.ends_at:
        held.ends_at = begins + (held.ends_at - max(held.starts_at, timezone.now()))
    held.reader, held.starts_at = target, begins
    held.save(update_fields=["reader", "starts_at", "ends_at"])
    return True
