from uuid import uuid4

import pytest
from django.test import Client

from accounts.desk.finding import find
from accounts.models import User
from credits.models import LedgerTransaction
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom
from tests.newsroom import reader as newsroom_reader

from .conftest import Give

pytestmark = pytest.mark.django_db


def found(asked: str) -> set[int]:
    return set(find(asked).values_list("pk", flat=True))


def test_by_a_persons_address_or_a_part_of_it(give: Give, second: User) -> None:
    mine = give(1).transaction_id
    give(1, wallet_id=second.wallet_id)
    for asked in ("reader@example.com", "READER@Example.com", "reader@", "  reader@example.com "):
        assert found(asked) == {mine}
    assert found("nobody@example.com") == set()


def test_what_only_touched_the_debt_is_found_by_its_person_too(reader: User, give: Give, take: Give) -> None:
    from credits import ledger

    granted, spent = give(3), take(3)
    undone = ledger.reverse(transaction_id=granted.transaction_id, key="r", reason="Back")
    assert found(reader.email) == {one.transaction_id for one in (granted, spent, undone)}


def test_by_a_briefings_title_address_and_key(newsroom: Newsroom) -> None:
    briefing = newsroom.publish("A Window is a Contract Term", price=1)
    unlock(reader=newsroom_reader("r@example.com", credits=5), page=briefing, intent=Intent(price=1))
    spent = {LedgerTransaction.objects.get(kind="spend").pk}
    key = str(briefing.briefing_key)
    for asked in (
        "window is a CONTRACT", briefing.title, key, key.upper(), key.replace("-", ""), briefing.full_url,
        briefing.url, f"{briefing.url}?unlock=1",
    ):  # fmt: skip
        assert found(asked) == spent, asked


def test_a_briefing_that_is_gone_is_found_by_the_reason_kept(give: Give, take: Give) -> None:
    give(5)
    spent = take(1, reason="Unlocked “Streaming rebuilt television”", reference=str(uuid4()))
    assert found("rebuilt television") == {spent.transaction_id}


def test_by_number_and_by_key(give: Give) -> None:
    key = uuid4()
    one, other = give(1).transaction_id, give(1, key=f"staff:{key}").transaction_id
    assert found(str(one)) == {one}
    assert found(f"#{one}") == {one}
    for asked in (f"staff:{key}", str(key), "staff:"):
        assert found(asked) == {other}


@pytest.mark.parametrize(
    "asked", ["9" * 40, "#", "/", "//", "%", "'", "\x00", "@", ":", "x" * 5000, "https://", "ſ²"]
)
def test_nothing_that_can_be_typed_breaks_the_search(give: Give, asked: str, desk: Client) -> None:
    give(1)
    assert desk.get("/admin/ledger/", {"q": asked}).status_code == 200


def test_an_empty_search_shows_all(give: Give, desk: Client) -> None:
    give(1)
    assert "A present" in desk.get("/admin/ledger/?q=").content.decode()
