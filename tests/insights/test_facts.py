"""The function that gathers a reader's facts says what the models' own questions say."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import Membership, Tier, User
from credits import ledger
from credits.models import AccountFreeze, LotKind
from credits.statements import owed, spendable
from insights.facts import Facts, facts_about, in_sql
from insights.models import Opening, Unlock
from tests.newsroom import reader

pytestmark = pytest.mark.django_db

READERS, BRIEFINGS = 12, 5
TIERS = ("all", "few")


def test_the_function_and_the_models_agree(newsroom: Any) -> None:
    chance = random.Random(33)
    keys = [uuid4() for _ in range(BRIEFINGS)]
    people = [reader(f"{n}@example.com") for n in range(READERS)]
    tiers = [Tier.objects.create(name=name, slug=name, opens_everything=name == "all") for name in TIERS]
    for someone in people:
        live(chance, someone, keys, tiers)
    for someone in people:
        for key in (*keys, uuid4()):
            assert facts_about(someone.pk, key, in_sql(keys)) == by_the_models(someone, key, keys)


def live(chance: random.Random, someone: User, keys: list[UUID], tiers: list[Tier]) -> None:
    last = [act for act in LAST_ACTS if chance.random() < 0.5]
    for number, act in enumerate([*chance.choices(ACTS, k=7), *last]):
        act(chance, someone, chance.choice(keys), f"{someone.pk}:{number}", chance.choice(tiers))


def have_credits(chance: random.Random, someone: User, key: UUID, name: str, tier: Tier) -> None:
    kind = chance.choice([LotKind.PAID, LotKind.PROMOTIONAL])
    expires = timezone.now() + timedelta(days=1) if kind == LotKind.PROMOTIONAL else None
    amount = chance.randint(1, 5)
    ledger.grant(
        wallet_id=someone.wallet_id, amount=amount, kind=kind, reason="Had", key=name, expires_at=expires
    )


def owe(chance: random.Random, someone: User, key: UUID, name: str, tier: Tier) -> None:
    bought = ledger.grant(
        wallet_id=someone.wallet_id, amount=3, kind=LotKind.PAID, reason="Bought", key=f"{name}:bought"
    )
    if not owed(someone.wallet_id):
        ledger.spend(wallet_id=someone.wallet_id, amount=spendable(someone.wallet_id), key=name, reason="All")
    ledger.reverse(transaction_id=bought.transaction_id, key=f"{name}:back", reason="Taken back")


def open_one(chance: random.Random, someone: User, key: UUID, name: str, tier: Tier) -> None:
    """Given, paid for, or paid for and taken back."""
    if Unlock.objects.filter(reader=someone, briefing_key=key).exists():
        return
    if spendable(someone.wallet_id) == 0 or owed(someone.wallet_id) or chance.random() < 0.3:
        Unlock.objects.create(
            reader=someone, briefing_key=key, title="One", reason="gift", way="staff", price=0
        )
        return
    paid = ledger.spend(wallet_id=someone.wallet_id, amount=1, key=name, reason="Unlocked")
    Unlock.objects.create(
        reader=someone, briefing_key=key, title="One", price=1, transaction_id=paid.transaction_id
    )
    if chance.random() < 0.4:
        ledger.reverse(transaction_id=paid.transaction_id, key=f"{name}:back", reason="Refunded")


def be_member(chance: random.Random, someone: User, key: UUID, name: str, tier: Tier) -> None:
    starts = timezone.now() + timedelta(hours=chance.choice([-9, -5, 5]))
    ends = starts + timedelta(hours=chance.choice([2, 20]))
    source = chance.choice(Membership.Source.values)
    Membership.objects.create(reader=someone, tier=tier, source=source, starts_at=starts, ends_at=ends)


def have_read(chance: random.Random, someone: User, key: UUID, name: str, tier: Tier) -> None:
    Opening.objects.get_or_create(reader=someone, briefing_key=key, defaults={"reason": "club"})


def be_held(chance: random.Random, someone: User, key: UUID, name: str, tier: Tier) -> None:
    lifted = {"lifted_at": timezone.now(), "lifted_because": "Settled"} if chance.random() < 0.5 else {}
    AccountFreeze.objects.create(wallet_id=someone.wallet_id, cause=name, **lifted)


def be_staff(chance: random.Random, someone: User, key: UUID, name: str, tier: Tier) -> None:
    someone.groups.add(Group.objects.get(name="Editors"))


def leave(chance: random.Random, someone: User, key: UUID, name: str, tier: Tier) -> None:
    User.objects.filter(pk=someone.pk).update(is_active=chance.random() < 0.7)


# No unlock is had on hold or in debt: those come last.
ACTS = (have_credits, have_credits, open_one, open_one, be_member, be_member, have_read, be_staff, leave)
LAST_ACTS = (owe, be_held)


def by_the_models(someone: User, key: UUID, keys: list[UUID]) -> Facts | None:
    row = User.objects.filter(pk=someone.pk, is_active=True).first()
    if row is None:
        return None
    standing = dict(Unlock.objects.standing().filter(reader=row).values_list("briefing_key", "reason"))
    held = Membership.objects.live().opening_everything().filter(reader=row).order_by("source")
    return Facts(
        password=row.password,
        is_staff=row.is_staff,
        is_superuser=row.is_superuser,
        in_a_group=row.groups.exists(),
        unlock=standing.get(key),
        membership=held.values_list("source", flat=True).first(),
        balance=spendable(row.wallet_id),
        owed=owed(row.wallet_id),
        on_hold=AccountFreeze.objects.filter(wallet=row.wallet_id, lifted_at=None).exists(),
        recorded=Opening.objects.filter(reader=row, briefing_key=key).exists(),
        owned=",".join(standing.get(each, "") for each in keys),
    )


def test_nobody_has_none(db: None) -> None:
    assert facts_about(0) is None


def test_without_briefings_it_says_nothing_of_any(db: None) -> None:
    facts = facts_about(reader().pk)
    assert facts is not None
    assert (facts.unlock, facts.recorded, facts.owned) == (None, False, None)
