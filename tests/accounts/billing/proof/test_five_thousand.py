"""Events by the thousand, shuffled, most of them twice or more: every reader ends with what is theirs.

`make proof` plays five thousand of them.
"""

import os
import random

import pytest
from django.test import Client

from accounts.billing import inbox
from accounts.billing.models import StripeEvent

from ..club_till import make_tier
from .scenes_of_clubs import MEMBER
from .scenes_of_credits import PAID, TAKEN_BACK, a_pack
from .stage import Has, News, Stage

EVENTS = int(os.environ.get("PROOF_EVENTS", "1500"))
READERS = 60
BATCH = 1000
# Far fewer than events: a burst of news about one thing is one look. A look at a club is a handful of calls.
MOST_REQUESTS = 1000

HELD = Has(paid=10, promotional=2, on_hold=True, orders=("paid",), receipts=(1000,))
HALF = Has(paid=5, promotional=1, orders=("paid",), receipts=(1000, -500))


@pytest.mark.django_db
def test_every_reader_ends_with_what_is_theirs(stage: Stage) -> None:
    page = stage.briefing(4)
    ends = people_buy(stage)
    stage.listen()
    told = shuffled(stage.waiting, random.Random(1))
    assert len(told) == EVENTS
    asked = len(stage.emulator.requests())
    for place in range(0, EVENTS, BATCH):
        for news in told[place : place + BATCH]:
            assert stage.post(news) == 200
        inbox.work_due(most=BATCH)
        pages_answer(stage, page.url, f"reader{place % READERS}")
    while inbox.work_due():
        pass
    stage.deliver_all()
    assert {name: stage.has(name) for name in ends} == ends
    assert not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()
    assert len(stage.emulator.requests()) - asked < MOST_REQUESTS
    stage.nothing_is_broken()


def people_buy(stage: Stage) -> dict[str, Has]:
    pack, tier, ends = a_pack(), make_tier(allowance=3, allowance_days=90), {}
    for number in range(READERS):
        name = f"reader{number}"
        ends[name] = one_buys(stage, name, pack, tier, number % 5)
    return ends


def one_buys(stage: Stage, name: str, pack: object, tier: object, kind: int) -> Has:
    if kind == 0:
        stage.joined(tier, by=name)  # type: ignore[arg-type]
        return MEMBER
    order = stage.bought(pack, by=name)  # type: ignore[arg-type]
    if kind == 1:
        stage.pay_back(order)
        return TAKEN_BACK
    if kind == 2:
        stage.pay_back(order, 500)
        return HALF
    if kind == 3:
        stage.emulator.dispute(stage.charge_of(order))
        return HELD
    return PAID


def shuffled(news: list[News], chance: random.Random) -> list[News]:
    """Each at least once, and copies of any."""
    told = [*news, *chance.choices(news, k=EVENTS - len(news))]
    chance.shuffle(told)
    return told


def pages_answer(stage: Stage, briefing: str, name: str) -> None:
    reader = Client()
    reader.force_login(stage.reader(name))
    for address in ("/", briefing, "/credits/"):
        assert reader.get(address).status_code == 200
