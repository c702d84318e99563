"""A reader leaves. See docs/decisions/0004-a-closed-account-keeps-its-row.md."""

from uuid import uuid4

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Replace
from django.utils import timezone
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from .billing import forgetting, leaving
from .models import Membership, Merger, ReaderSession, User


@transaction.atomic
def close_account(user: User) -> None:
    """Take the person out of the row and leave the row, its wallet and its entries."""
    pseudonym = f"deleted-{uuid4()}@invalid"
    leaving.end_all(user)
    forgetting.forget(user)
    forget(user, pseudonym)
    EmailAddress.objects.filter(user=user).delete()
    Membership.objects.live().filter(reader=user).update(ends_at=timezone.now())
    UserProfile.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.email = pseudonym
    user.first_name = user.last_name = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.closed_at = timezone.now()
    user.set_unusable_password()
    user.save()
    end_sessions(user)


def forget(user: User, pseudonym: str) -> None:
    """Where others wrote the address down: the newsroom's log calls a reader by it."""
    known_by = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    for email in known_by:
        entries = ModelLogEntry.objects.filter(label__icontains=email)
        entries.update(label=Replace("label", Value(email), Value(pseudonym)))
    Merger.objects.filter(Q(source=user) | Q(target=user)).update(reason="")


def end_sessions(user: User) -> None:
    """A new password hash has voided them already; this removes what they say of the reader."""
    ReaderSession.objects.filter(reader=user).delete()
