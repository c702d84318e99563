"""One sheet stands for all readers of one shape: whatever their numbers, their page comes out of it."""

import random
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from django.template.loader import render_to_string

from articles.models import BriefingPage
from articles.printing import Marks, figures, its_numbers, standing_of_nobody
from articles.sheets import Patch, Sheet, cut, own_parts, patch
from insights.access import Access, access_of
from insights.facts import Facts
from insights.sections import SECTIONS
from insights.standing import VISITOR, Standing, standing_by
from tests.newsroom import Newsroom

LEVELS = ("public", "registered", "locked", "unheard of")
NO_PATCH = Patch(("",))
PLAIN: dict[str, Any] = {
    "password": "",
    "is_staff": False,
    "is_superuser": False,
    "in_a_group": False,
    "unlock": None,
    "membership": None,
    "balance": 0,
    "owed": 0,
    "on_hold": False,
    "recorded": True,
    "owned": None,
}
EVERYONE = [
    Facts(**{**PLAIN, **own})
    for own in (
        *({"balance": n} for n in (0, 1, 2, 3, 1000)),
        *({"membership": source, "balance": 1} for source in ("comp", "paid", "team", "unheard of")),
        *({"unlock": reason, "balance": n} for reason in ("unlocked", "gift") for n in (0, 5)),
        *({"owed": n, "balance": balance} for n, balance in ((1, 0), (2, 1), (7, 3))),
        {"unlock": "unlocked", "membership": "paid", "balance": 4, "owed": 1},
        {"on_hold": True, "balance": 3},
        {"on_hold": True, "owed": 2},
    )
]


def test_one_sheet_is_the_page_of_everyone_of_its_shape(newsroom: Newsroom) -> None:
    page = newsroom.file(illustrated=True)
    triples = random.Random(33).sample([*product(LEVELS, repeat=3)], k=3)
    for levels, price in product([("locked",) * 3, *triples], (0, 1, 2)):
        sheets: dict[Any, Sheet] = {}
        page.price = price
        for section, level in zip(SECTIONS, levels, strict=True):
            setattr(page, section.level_field, level)
        for facts in EVERYONE:
            access = access_of(standing_by(facts), page)
            sheet = sheets.setdefault(access.shape, sheet_of(access, page))
            assert sheet.body.filled(own_parts(sheet, facts, access)) == shown(access, page)


def shown(access: Access, page: BriefingPage) -> bytes:
    """All of a briefing's page that depends on its reader."""
    context = {"access": access, "page": page, "masthead_balance": access.standing.balance, "csrf_token": "x"}
    parts = ("insights/insights.html", "insights/rail.html", "components/balance.html")
    return "".join(render_to_string(part, context) for part in parts).encode()


def sheet_of(access: Access, page: BriefingPage) -> Sheet:
    standing = standing_of_nobody(access, Marks())
    nobodys = replace(access, standing=its_numbers(standing))
    assert nobodys.shape == access.shape
    body = cut(shown(nobodys, page), figures(nobodys, standing))
    return Sheet(body, headers=(), policy=NO_PATCH, cookie=NO_PATCH, words=())


@pytest.mark.parametrize("facts", EVERYONE)
def test_what_would_be_open_is_open_and_carries_no_text(newsroom: Newsroom, facts: Facts) -> None:
    page = newsroom.file(takeaways_access="registered", price=2)
    standing = standing_by(facts)
    real, again = access_of(standing, page), access_of(VISITOR, page).before(standing)
    assert again.shape == real.shape
    assert (again.missing, again.owned, again.state) == (real.missing, real.owned, real.state)
    assert [part.blocks for part in again.sections] == [None, None, None]


def test_a_sheet_is_cut_where_its_marks_are() -> None:
    stencil = cut(b"You have 7 credits: 7.", {b"7": "balance", b"7 credits": "balance in words"})
    assert stencil.filled({"balance": b"1", "balance in words": b"1 credit"}) == b"You have 1 credit: 1."


def test_a_mark_that_nothing_is_known_for_is_an_error_and_no_page() -> None:
    with pytest.raises(KeyError):
        cut(b"You have 7.", {b"7": "balance"}).filled({})


def test_a_header_is_said_again_with_another_readers_own() -> None:
    assert (
        patch("a=old; until=then; Path=/", "old", "then").with_own("new", "now") == "a=new; until=now; Path=/"
    )


@pytest.mark.parametrize("own", ["", "nonce"])
def test_a_header_that_does_not_say_its_own_is_no_header_of_a_reader(own: str) -> None:
    with pytest.raises(ValueError, match=r"has not got|empty"):
        patch("script-src 'self'", own)


def test_standings_that_open_alike_are_one_shape(newsroom: Newsroom) -> None:
    page = newsroom.file()
    shapes = {access_of(Standing(signed_in=True, balance=n), page).shape for n in (1, 2, 99)}
    assert len(shapes) == 1
