"""A second person agrees, and it is posted; or somebody says no, and it never is."""

from django.db import transaction
from django.utils import timezone

from accounts.models import StaffPosting, User

from . import trail
from .asking import check_as_seen, holds, post
from .refusals import NotASecondPerson, Settled


@transaction.atomic
def approve(*, posting_id: int, approved_by: User, seen: str = "") -> StaffPosting:
    posting = waiting(posting_id)
    if not may_approve(posting, approved_by):
        raise NotASecondPerson
    if posting.reverses is not None:
        check_as_seen(posting.reverses, seen)
    posting.posted_id = post(posting)
    posting.approved_by = approved_by
    posting.approved_at = timezone.now()
    posting.save(update_fields=["posted", "approved_by", "approved_at"])
    trail.leave(posting, trail.APPROVED, by=approved_by)
    return posting


@transaction.atomic
def decline(*, posting_id: int, declined_by: User, because: str) -> StaffPosting:
    posting = waiting(posting_id)
    posting.declined_by = declined_by
    posting.declined_at = timezone.now()
    posting.declined_because = because
    posting.save(update_fields=["declined_by", "declined_at", "declined_because"])
    trail.leave(posting, trail.DECLINED, by=declined_by)
    return posting


def waiting(posting_id: int) -> StaffPosting:
    """Locked: of two who decide at once, the second finds it decided."""
    posting = StaffPosting.objects.select_for_update(no_key=True).get(pk=posting_id)
    if not posting.waiting:
        raise Settled
    return posting


def may_approve(posting: StaffPosting, person: User) -> bool:
    return posting.asked_by_id != person.pk and not holds(person, posting.reader)
