"""The demo's people. Run again, it mends nothing that someone has since changed."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission

from accounts.models import Membership, Tier, User
from accounts.starter import grant_starter, has_starter
from credits import ledger
from credits.models import LedgerEntry

from .banner import PASSWORD
from .sales import seed_club


def seed_people() -> None:
    seed_reader("reader@example.com")
    empty_wallet(seed_reader("broke@example.com"))
    hold(seed_reader("member@example.com"), seed_club())
    seed_reader("editor@example.com", group="Editors", is_staff=True)
    seed_reader("chief@example.com", group="Moderators", is_staff=True)
    seed_reader("admin@example.com", is_staff=True, is_superuser=True)
    let_editors_name_authors()


def seed_reader(email: str, *, group: str = "", **extra: bool) -> User:
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, PASSWORD, **extra)
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    if group:
        user.groups.add(Group.objects.get(name=group))
    if not has_starter(user):
        grant_starter(user)
    return user


def empty_wallet(user: User) -> None:
    """Takes the starter credits back, once: they are never given a second time."""
    entries = LedgerEntry.objects.filter(account_id=user.wallet_id, transaction__kind="grant")
    for entry in entries.filter(
        transaction__reversed_by=None, transaction__idempotency_key__startswith="starter:"
    ):
        ledger.reverse(
            transaction_id=entry.transaction_id,
            key=f"demo:empty:{user.wallet_id}",
            reason="Taken back, so that this wallet is empty",
        )


def hold(user: User, tier: Tier) -> None:
    if not Membership.objects.filter(reader=user).exists():
        Membership.objects.create(reader=user, tier=tier, note="Demo member")


def let_editors_name_authors() -> None:
    wanted = Permission.objects.filter(
        content_type__app_label="articles", codename__in=["add_author", "change_author", "view_author"]
    )
    for group in Group.objects.filter(name__in=["Editors", "Moderators"]):
        group.permissions.add(*wanted)
