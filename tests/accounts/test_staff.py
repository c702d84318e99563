import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import Membership, Tier, User

from .conftest import make_reader

pytestmark = pytest.mark.django_db
DATES = {"starts_at": "2026-01-01 00:00", "ends_at": "", "note": "Speaker"}


@pytest.fixture
def chief(db: None) -> User:
    return make_reader("chief@example.com", is_superuser=True, is_staff=True)


@pytest.fixture
def tier(db: None) -> Tier:
    return Tier.objects.create(name="Executives Club", slug="club")


@pytest.fixture
def newsroom(client: Client, chief: User) -> Client:
    client.force_login(chief)
    return client


def test_staff_give_a_membership_by_address_and_are_recorded(
    newsroom: Client, chief: User, reader: User, tier: Tier
) -> None:
    newsroom.post("/admin/memberships/new/", {"email": "Reader@example.com", "tier": tier.pk, **DATES})
    held = Membership.objects.get()
    assert (held.reader, held.source, held.granted_by) == (reader, "comp", chief)


def test_an_unknown_address_is_refused(newsroom: Client, tier: Tier) -> None:
    answer = newsroom.post(
        "/admin/memberships/new/", {"email": "nobody@example.com", "tier": tier.pk, **DATES}
    )
    assert "No reader has this address" in answer.content.decode()


def test_a_second_without_an_end_is_refused_in_words(newsroom: Client, reader: User, tier: Tier) -> None:
    Membership.objects.create(reader=reader, tier=tier)
    answer = newsroom.post("/admin/memberships/new/", {"email": reader.email, "tier": tier.pk, **DATES})
    assert "already has this membership with no end" in answer.content.decode()
    assert Membership.objects.count() == 1


def test_a_membership_is_ended_not_moved(newsroom: Client, reader: User, tier: Tier) -> None:
    held = Membership.objects.create(reader=reader, tier=tier)
    make_reader("other@example.com")
    form = {"email": "other@example.com", "tier": tier.pk, **DATES, "ends_at": "2026-02-01 00:00"}
    newsroom.post(f"/admin/memberships/edit/{held.pk}/", form)
    held.refresh_from_db()
    assert held.reader == reader
    assert held.ends_at
    assert not held.is_live()


@pytest.mark.parametrize(
    "page", ["memberships/", "memberships/new/", "tiers/", "tiers/new/", "users/", "users/new/"]
)
def test_the_admin_pages_open(newsroom: Client, reader: User, tier: Tier, page: str) -> None:
    Membership.objects.create(reader=reader, tier=tier)
    assert newsroom.get(f"/admin/{page}").status_code == 200
    assert newsroom.get("/admin/memberships/?q=reader").status_code == 200


def test_the_list_of_memberships_scrolls_on_a_phone(newsroom: Client, reader: User, tier: Tier) -> None:
    Membership.objects.create(reader=reader, tier=tier)
    assert "css/desk" in newsroom.get("/admin/memberships/").content.decode()
    for page in ("", "results/"):
        assert 'class="desk-wide"' in newsroom.get(f"/admin/memberships/{page}").content.decode()


def test_editors_can_neither_see_nor_give_memberships(client: Client, reader: User, tier: Tier) -> None:
    reader.groups.add(Group.objects.get(name="Editors"))
    client.force_login(reader)
    assert client.get("/admin/").status_code == 200
    for page in ("memberships/", "memberships/new/", "tiers/", "users/"):
        assert client.get(f"/admin/{page}").status_code == 302
    assert "Memberships" not in client.get("/admin/").content.decode()


def test_the_right_to_give_them_can_be_given_to_a_group(client: Client, reader: User, tier: Tier) -> None:
    desk = Group.objects.create(name="Readers' desk")
    desk.permissions.set(Permission.objects.filter(codename__in=["access_admin", "add_membership"]))
    reader.groups.add(desk)
    client.force_login(reader)
    assert client.get("/admin/memberships/new/").status_code == 200


def test_a_user_needs_no_name_and_no_password(newsroom: Client) -> None:
    newsroom.post("/admin/users/new/", {"email": "New@Example.com"})
    user = User.objects.get(email="new@example.com")
    assert user.wallet_id


def test_an_address_in_another_case_is_no_second_user(newsroom: Client, reader: User) -> None:
    answer = newsroom.post("/admin/users/new/", {"email": "READER@example.com"})
    assert "Someone has this address already" in answer.content.decode()


def test_deleting_a_user_closes_the_account(newsroom: Client, reader: User) -> None:
    assert newsroom.get(f"/admin/users/delete/{reader.pk}/").status_code == 200
    newsroom.post(f"/admin/users/delete/{reader.pk}/")
    reader.refresh_from_db()
    assert reader.closed_at
    assert reader.email.endswith("@invalid")


def test_staff_are_told_what_closing_keeps_and_whose_account_it_was(newsroom: Client, reader: User) -> None:
    there = f"/admin/users/delete/{reader.pk}/"
    asked = newsroom.get(there).content.decode()
    for text in ("Close account", "under a pseudonym", "receipts with the buyer’s name", reader.email):
        assert text in asked, text
    for text in ("Are you sure", "referenced", "Yes, delete"):
        assert text not in asked, text
    told = newsroom.post(there, follow=True).content.decode()
    assert "The account of reader@example.com is closed." in told
    assert "deleted." not in told


def test_deleting_several_users_closes_their_accounts(newsroom: Client, reader: User) -> None:
    other = make_reader("other@example.com")
    newsroom.post(f"/admin/bulk/accounts/user/delete/?next=/admin/users/&id={reader.pk}&id={other.pk}")
    assert User.objects.filter(closed_at__isnull=False).count() == 2


def test_nobody_deletes_a_membership(newsroom: Client, reader: User, tier: Tier) -> None:
    held = Membership.objects.create(reader=reader, tier=tier)
    newsroom.post(f"/admin/memberships/delete/{held.pk}/")
    assert Membership.objects.exists()
