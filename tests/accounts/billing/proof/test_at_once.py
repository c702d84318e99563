"""Two workers, the reconciler and a reader who looks at the page: all at once, about one payment."""

from collections.abc import Callable

import pytest
from django.db import connections
from django.test import Client

from accounts.billing import inbox, orders
from accounts.billing.models import Order, StripeEvent
from accounts.billing.reconciling import reconcile
from tests.emulator import Emulator

from ...conftest import make_reader
from ...test_races import at_once
from .. import till
from ..club_till import make_tier
from .scenes_of_clubs import MEMBER
from .scenes_of_credits import PAID, a_pack
from .stage import Has, Stage


@pytest.fixture
def stage_of_threads(transactional_db: None, stage: Stage) -> Stage:
    return stage


def the_page_of(order: Order) -> Callable[[], object]:
    client = Client()
    client.force_login(order.reader)

    def look() -> object:
        for _ in range(5):
            shown = client.get(f"{orders.page_of(order)}?returning=1")
            assert shown.status_code in (200, 302)
        return shown

    return look


def the_worker(events: list[int]) -> Callable[[], object]:
    return lambda: [inbox.work(pk) for pk in events]


@pytest.mark.parametrize(("what", "ends"), [("pack", PAID), ("club", MEMBER)])
def test_whoever_comes_first_it_is_done_once(stage_of_threads: Stage, what: str, ends: Has) -> None:
    stage = stage_of_threads
    tier = make_tier(allowance=3, allowance_days=90) if what == "club" else None
    order = stage.joined(tier) if tier else stage.bought(a_pack())
    stage.listen()
    for news in stage.waiting:
        assert stage.post(news) == 200
    events = list(StripeEvent.objects.values_list("pk", flat=True))
    deeds = [
        the_worker(events),
        the_worker(events[::-1]),
        the_page_of(order),
        lambda: reconcile(full=True),
    ]
    at_once(deeds)
    assert stage.has("reader") == ends
    assert not StripeEvent.objects.exclude(state__in=("done", "ignored")).exists()
    stage.nothing_is_broken()


@pytest.mark.django_db
def test_the_success_page_grants_nothing_and_the_reconciler_does(stage: Stage) -> None:
    order = stage.bought(a_pack())
    the_page_of(order)()
    assert stage.has("reader") == Has(orders=("started",))
    stage.emulator.take_held()
    assert mended() == ["payment"]
    assert stage.has("reader") == PAID
    the_page_of(order)()
    assert mended() == []
    assert stage.has("reader") == PAID


def mended() -> list[str]:
    return [found.kind for found in reconcile(full=True).findings if found.outcome == "mended"]


def test_what_is_told_while_stripe_answers_is_asked_for_again(stage_of_threads: Stage) -> None:
    """The answer on its way may be older than the news."""
    stage = stage_of_threads
    order = stage.bought(a_pack())
    stage.listen()
    (paid,) = [news for news in stage.waiting if news.type == "checkout.session.completed"]
    stage.post(paid)
    stage.emulator.weather(path="/v1/checkout/sessions/*", slow=0.5, times=1)

    def told_meanwhile() -> None:
        asked = len(sessions_asked(stage.emulator))
        while len(sessions_asked(stage.emulator)) == asked:
            pass
        for news in stage.waiting:
            stage.post(news)

    at_once([told_meanwhile, lambda: stage.work(paid)])
    before = len(sessions_asked(stage.emulator))
    later = [news for news in stage.waiting if news.concerns_us and news is not paid]
    for news in later:
        stage.work(news)
    assert len(sessions_asked(stage.emulator)) == before + 1, "one look for all that came meanwhile"
    assert stage.has("reader") == PAID
    assert Order.objects.get(pk=order.pk).looked_at is not None


def sessions_asked(emulator: Emulator) -> list[object]:
    return [one for one in emulator.requests("/v1/checkout/sessions/") if one["method"] == "GET"]


def test_a_reader_with_two_tabs_and_a_double_click_pays_once(stage_of_threads: Stage) -> None:
    stage = stage_of_threads
    reader, pack = stage.reader(), a_pack()

    def click() -> str:
        return orders.checkout_url(till.begin(reader, pack))

    assert len(set(at_once([click] * 3))) == 1
    assert Order.objects.count() == 1
    connections.close_all()
    assert make_reader("another@example.com").orders.count() == 0
