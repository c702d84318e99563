"""Who opens which address: the whole table."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.desk.rights import desk_permissions
from accounts.models import StaffPosting, User
from credits.models import LedgerEntry, LedgerTransaction
from tests.accounts.conftest import make_reader

from .conftest import RIGHTS, Give, at_the_desk, bookkeeper
from .test_reversing import page

pytestmark = pytest.mark.django_db
READ = [
    "", "results/", "transactions/{posted}/", "wallets/{wallet}/", "trial-balance/",
    "trial-balance/?export=csv", "liability/", "liability/?export=csv", "staff/", "staff/results/",
    "staff/{waiting}/",    "staff/{waiting}/history/", "staff/{waiting}/history/results/",
]  # fmt: skip
ACTS = {
    "grant": "grant/",
    "reverse": "transactions/{posted}/reverse/",
    "approve": "staff/{waiting}/approve/",
    "decline": "staff/{waiting}/decline/",
}
OPEN, TURNED_AWAY = 200, 302


def editors() -> User:
    return in_group("Editors")


def moderators() -> User:
    return in_group("Moderators")


def in_group(name: str) -> User:
    group, _ = Group.objects.get_or_create(name=name)
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    person = make_reader(f"{name.lower()}@example.com", is_staff=True)
    person.groups.add(group)
    return person


PEOPLE = {
    "visitor": (lambda: None, set()),
    "reader": (lambda: make_reader("someone@example.com"), set()),
    "editor": (editors, set()),
    "moderator": (moderators, set()),
    "auditor": (lambda: bookkeeper("auditor@example.com", ["view"]), {"read"}),
    "acting, not reading": (lambda: bookkeeper("odd@example.com", ["grant", "reverse", "approve"]), set()),
    "clerk": (lambda: bookkeeper("clerk@example.com", ["view", "grant"]), {"read", "grant"}),
    "bookkeeper": (lambda: bookkeeper("other@example.com", RIGHTS), {"read", *ACTS}),
    "superuser": (
        lambda: make_reader("chief@example.com", is_staff=True, is_superuser=True),
        {"read", *ACTS},
    ),
}


@pytest.fixture
def numbers(keeper: User, reader: User, give: Give) -> dict[str, int]:
    waiting = StaffPosting.objects.create(
        key="6f9619ff-8b86-d011-b42d-00c04fc964ff", what="grant", reader=reader, kind="promotional",
        amount=500, reason="Why", asked_by=keeper, waits_because="amount",
    )  # fmt: skip
    return {"posted": give(5).transaction_id, "wallet": reader.wallet_id, "waiting": waiting.pk}


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_opens_their_addresses_and_no_other(who: str, numbers: dict[str, int]) -> None:
    make, rights = PEOPLE[who]
    person = make()
    client = at_the_desk(person) if person else Client()
    before = snapshot()
    for name, address in [*[("read", one) for one in READ], *ACTS.items()]:
        status = client.get(f"/admin/ledger/{address.format(**numbers)}").status_code
        assert status == (OPEN if name in rights else TURNED_AWAY), (name, address)
        if name not in rights:
            client.post(f"/admin/ledger/{address.format(**numbers)}", {"because": "No", "seen": ""})
    assert snapshot() == before


@pytest.mark.parametrize("who", [who for who in PEOPLE if who not in ("visitor", "reader")])
def test_the_menu_shows_the_ledger_to_those_who_read_it(who: str) -> None:
    make, rights = PEOPLE[who]
    person = make()
    assert person is not None
    html = at_the_desk(person).get("/admin/").content.decode()
    assert ("/admin/ledger/trial-balance/" in html) is ("read" in rights)


def snapshot() -> list[object]:
    """All that reading could have changed."""
    return [
        list(LedgerTransaction.objects.order_by("pk").values_list()),
        list(LedgerEntry.objects.order_by("pk").values_list()),
        list(StaffPosting.objects.order_by("pk").values_list()),
    ]


def test_reports_without_the_right_to_act_offer_no_button(give: Give, numbers: dict[str, int]) -> None:
    auditor = at_the_desk(bookkeeper("auditor@example.com", ["view"]))
    for address in ("", "wallets/{wallet}/", "transactions/{posted}/", "staff/{waiting}/"):
        html = auditor.get(f"/admin/ledger/{address.format(**numbers)}").content.decode()
        assert "Grant credits" not in html
        assert "Approve" not in html
        assert page(numbers["posted"]) not in html


def test_a_form_without_its_token_is_refused(keeper: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(keeper)
    assert client.post("/admin/ledger/grant/", {}).status_code == 403


def test_a_group_can_be_given_each_right_in_the_admin() -> None:
    chief = at_the_desk(make_reader("chief@example.com", is_staff=True, is_superuser=True))
    html = chief.get("/admin/groups/new/").content.decode()
    rights = [permission.pk for permission in desk_permissions()]
    assert len(rights) == len(RIGHTS)
    assert all(f'value="{right}"' in html for right in rights)
