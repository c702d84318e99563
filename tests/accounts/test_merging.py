"""Two accounts of one person become one: nothing is lost, counted twice or given again."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.addresses import owner_of
from accounts.closing import close_account
from accounts.merging import MergeRefused, merge_readers
from accounts.models import Membership, Merger, Tier, User
from accounts.starter import grant_starter
from credits import ledger
from credits.audit import audit
from credits.models import LedgerEntry, LotKind
from credits.statements import lots, owed, spendable

from .conftest import latest_code, make_reader, register
from .test_races import at_once

pytestmark = pytest.mark.django_db
keys = count()


@pytest.fixture
def source(db: None) -> User:
    return make_reader("old@example.com")


@pytest.fixture
def target(db: None) -> User:
    return make_reader("new@example.com")


@pytest.fixture(autouse=True)
def the_ledger_agrees_afterwards(db: None) -> Any:
    yield
    assert audit().first_difference is None


def merge(source: User, target: User) -> Any:
    return merge_readers(source=source, target=target, by=None, reason="One person, who wrote to us")


def give(reader: User, amount: int, kind: LotKind = LotKind.PROMOTIONAL, days: float | None = None) -> int:
    return ledger.grant(
        wallet_id=reader.wallet_id,
        amount=amount,
        kind=kind,
        reason="A present",
        key=f"merging:{next(keys)}",
        expires_at=None if days is None else timezone.now() + timedelta(days=days),
    ).transaction_id


def hold(reader: User, tier: Tier, begins: float, ends: float | None, source: str = "comp") -> Membership:
    now = timezone.now()
    return Membership.objects.create(
        reader=reader,
        tier=tier,
        source=source,
        starts_at=now + timedelta(days=begins),
        ends_at=None if ends is None else now + timedelta(days=ends),
    )


@pytest.fixture
def tier(db: None) -> Tier:
    return Tier.objects.create(name="Club", slug="club")


def test_the_credits_come_along_with_their_kind_and_expiry(source: User, target: User) -> None:
    give(source, 3, days=10)
    give(source, 2, LotKind.PAID)
    give(target, 1)
    assert merge(source, target).balance == 6
    assert [(lot.kind, lot.remaining, bool(lot.expires_at)) for lot in lots(wallet_id=target.wallet_id)] == [
        ("promotional", 3, True),
        ("promotional", 1, False),
        ("paid", 2, False),
    ]
    assert spendable(source.wallet_id) == 0


def test_a_debt_comes_along_and_is_paid(source: User, target: User) -> None:
    bought = give(source, 4, LotKind.PAID)
    ledger.spend(wallet_id=source.wallet_id, amount=4, key="gone", reason="Unlocked")
    ledger.reverse(transaction_id=bought, key="undo", reason="The bank took it back")
    give(target, 3)
    merged = merge(source, target)
    assert merged.balance - merged.owed == -1
    give(target, 5)
    assert (spendable(target.wallet_id), owed(target.wallet_id)) == (4, 0)


def test_what_reaches_the_old_wallet_later_reaches_the_reader(source: User, target: User) -> None:
    merge(source, target)
    give(source, 2)
    assert spendable(target.wallet_id) == 2


def test_the_person_goes_from_the_old_account(source: User, target: User) -> None:
    merge(source, target)
    source.refresh_from_db()
    target.refresh_from_db()
    assert source.email.startswith("deleted-")
    assert source.closed_at
    assert source.merged_into == target
    assert target.email == "new@example.com"
    assert Merger.objects.get().reason == "One person, who wrote to us"


def test_merged_again_changes_nothing(source: User, target: User) -> None:
    give(source, 2)
    merge(source, target)
    entries = LedgerEntry.objects.count()
    again = merge(source, target)
    assert (again.created, again.balance) == (False, 2)
    assert LedgerEntry.objects.count() == entries


def test_the_old_address_signs_in_to_the_same_reader(source: User, target: User, client: Client) -> None:
    merge(source, target)
    assert owner_of("old@example.com") == target
    register(client, "old@example.com")
    assert client.session["_auth_user_id"] == str(target.pk)
    assert User.objects.count() == 2


def test_the_old_address_lasts_until_the_reader_changes_theirs(
    source: User, target: User, client: Client
) -> None:
    merge(source, target)
    User.objects.filter(pk=target.pk).update(password="!")
    register(client, "new@example.com")
    asked = client.post("/accounts/email/", {"email": "newest@example.com", "action_add": ""})
    client.post(asked.url, {"code": latest_code()})
    target.refresh_from_db()
    assert target.email == "newest@example.com"
    assert [*EmailAddress.objects.values_list("email", flat=True)] == ["newest@example.com"]


def test_an_unproven_address_is_nobodys(target: User) -> None:
    source = User.objects.create_user("typed@example.com")
    merge(source, target)
    assert owner_of("typed@example.com") is None


def test_an_old_address_opens_no_door_to_the_newsroom(source: User) -> None:
    editor = make_reader("editor@example.com", is_superuser=True)
    merge(source, editor)
    assert owner_of("old@example.com") is None


def test_starter_credits_are_given_to_neither_again(source: User, target: User) -> None:
    grant_starter(source)
    merge(source, target)
    assert grant_starter(User.objects.get(pk=target.pk)) is False
    close_account(User.objects.get(pk=target.pk))
    for email in ("old@example.com", "new@example.com"):
        register(Client(), email)
    assert spendable(User.objects.get(email="old@example.com").wallet_id) == 0
    assert spendable(User.objects.get(email="new@example.com").wallet_id) == 3


def test_starter_credits_are_remembered_through_a_chain(source: User, target: User) -> None:
    first = make_reader("first@example.com")
    grant_starter(first)
    merge(first, source)
    merge(source, target)
    assert grant_starter(target) is False


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        ((-5, 10), None, [(-5, 10)]),
        ((-9, -5), (-6, 20), [(-6, 20)]),
        ((-5, 10), (-3, 20), [(-3, 20), (20, 30)]),
        ((-5, 10), (-3, None), [(-3, None)]),
        ((-5, None), (-3, 20), [(-3, 20), (20, None)]),
        ((5, 9), (-3, 6), [(-3, 6), (6, 10)]),
        ((-5, 10), (12, 20), [(-5, 10), (12, 20)]),
    ],
)
def test_no_day_of_a_membership_is_lost_or_counted_twice(
    source: User, target: User, tier: Tier, theirs: Any, ours: Any, expected: Any
) -> None:
    now = timezone.now()
    hold(source, tier, *theirs)
    if ours:
        hold(target, tier, *ours)
    merge(source, target)
    held = [
        (
            round((m.starts_at - now).total_seconds() / 86400),
            m.ends_at and round((m.ends_at - now).total_seconds() / 86400),
        )
        for m in target.memberships.order_by("starts_at")
    ]
    assert held == expected
    assert not source.memberships.live().exists()


def test_other_kinds_of_membership_stand_side_by_side(source: User, target: User, tier: Tier) -> None:
    hold(source, tier, -1, None, "paid")
    hold(target, tier, -1, None, "comp")
    merge(source, target)
    assert target.memberships.live().count() == 2


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_who_works_here_is_not_merged_away(source: User, target: User, flag: str) -> None:
    setattr(source, flag, True)
    source.save()
    with pytest.raises(MergeRefused, match="works here"):
        merge(source, target)


def test_one_reader_is_not_two(source: User) -> None:
    with pytest.raises(MergeRefused, match="one reader"):
        merge(source, source)


def test_who_has_left_or_is_barred_is_not_merged(source: User, target: User) -> None:
    other = make_reader("other@example.com", is_active=False)
    with pytest.raises(MergeRefused, match="closed or barred"):
        merge(other, target)
    close_account(target)
    with pytest.raises(MergeRefused, match="closed or barred"):
        merge(source, target)
    source.refresh_from_db()
    assert source.email == "old@example.com"


def test_who_was_merged_is_not_merged_elsewhere(source: User, target: User) -> None:
    merge(source, target)
    with pytest.raises(MergeRefused):
        merge(source, make_reader("third@example.com"))


def test_the_command_says_what_would_happen_and_does_it_when_told(
    source: User, target: User, capsys: pytest.CaptureFixture[str]
) -> None:
    give(source, 2)
    words = ("merge_readers", "Old@example.com", "new@example.com", "--reason", "Wrote to us")
    call_command(*words)
    assert spendable(source.wallet_id) == 2
    said = capsys.readouterr().out
    assert "- old@example.com signs in to new@example.com now" in said
    assert "2 credits to spend, 0 owed." in said
    assert "Nothing is changed yet." in said
    call_command(*words, "--yes")
    assert spendable(target.wallet_id) == 2
    assert "Nothing" not in capsys.readouterr().out
    with pytest.raises(CommandError, match="one reader"):
        call_command(*words, "--yes")
    with pytest.raises(CommandError, match="no reader has the address"):
        call_command("merge_readers", "nobody@example.com", "new@example.com", "--reason", "x")


@pytest.mark.django_db(transaction=True)
def test_two_merges_in_opposite_directions_make_one_reader(source: User, target: User) -> None:
    give(source, 2)
    give(target, 3)

    def into(one: User, other: User) -> bool:
        try:
            return bool(merge(one, other).created)
        except MergeRefused:
            return False

    done = at_once([lambda: into(source, target), lambda: into(target, source)] * 2)
    assert sum(done) == 1
    assert spendable(source.wallet_id) + spendable(target.wallet_id) == 5
    assert User.objects.filter(closed_at=None).count() == 1
