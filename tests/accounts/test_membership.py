from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import Membership, Tier, User

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def tier() -> Tier:
    return Tier.objects.create(
        name="Executives Club", slug="club", perks="Everything\n\n Free ", price_monthly=900
    )


@pytest.mark.parametrize(
    ("at", "live"),
    [
        (NOON - INSTANT, False),
        (NOON, True),
        (NOON + timedelta(hours=1) - INSTANT, True),
        (NOON + timedelta(hours=1), False),
    ],
)
def test_it_is_live_from_its_start_up_to_its_end(reader: User, tier: Tier, at: datetime, live: bool) -> None:
    held = Membership(reader=reader, tier=tier, starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    held.save()
    assert Membership.objects.live(at).exists() is live
    assert held.is_live(at) is live


def test_without_an_end_it_stays_live(reader: User, tier: Tier) -> None:
    held = Membership.objects.create(reader=reader, tier=tier, starts_at=NOON)
    assert list(Membership.objects.live(NOON + timedelta(days=9999))) == [held]


def test_it_is_live_from_the_moment_it_is_given(reader: User, tier: Tier) -> None:
    assert Membership.objects.create(reader=reader, tier=tier) in Membership.objects.live()


def test_it_cannot_end_before_it_starts(reader: User, tier: Tier) -> None:
    held = Membership(reader=reader, tier=tier, starts_at=NOON, ends_at=NOON)
    with pytest.raises(ValidationError, match="after the start"):
        held.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        held.save()


def test_only_one_without_an_end_is_held(reader: User, tier: Tier) -> None:
    Membership.objects.create(reader=reader, tier=tier)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(reader=reader, tier=tier)
    Membership.objects.create(reader=reader, tier=tier, source=Membership.Source.TEAM)


def test_a_tier_and_a_reader_with_memberships_cannot_be_deleted(reader: User, tier: Tier) -> None:
    Membership.objects.create(reader=reader, tier=tier)
    for row in (tier, reader):
        with pytest.raises(ProtectedError):
            row.delete()


def test_a_tier_tells_its_perks_and_prices(tier: Tier) -> None:
    assert tier.perk_lines == ["Everything", "Free"]
    assert tier.prices == ["£9 a month"]


def test_every_person_owns_a_wallet_of_their_own(reader: User) -> None:
    other = User(email="Other@Example.com")
    other.save()
    assert other.email == "other@example.com"
    assert other.wallet_id not in (None, reader.wallet_id)
    wallet_id = other.wallet_id
    other.save()
    assert other.wallet_id == wallet_id


def test_an_address_is_one_person_in_any_case(reader: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="READER@example.com", wallet_id=reader.wallet_id)])
