from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from insights.figures import by_briefing, totals
from insights.models import Opening, Unlock
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom, editor, member, reader


@pytest.fixture
def opened(newsroom: Newsroom) -> Newsroom:
    popular, quiet = newsroom.publish("Popular", price=2), newsroom.publish("Quiet")
    for number in range(3):
        unlock(reader=reader(f"r{number}@example.com", credits=5), page=popular, intent=Intent(price=2))
    unlock(reader=reader("q@example.com", credits=5), page=quiet, intent=Intent(price=1))
    Opening.objects.create(reader=member(), briefing_key=quiet.briefing_key, reason="club")
    return newsroom


def test_the_figures_of_each_briefing(opened: Newsroom) -> None:
    Unlock.objects.filter(title="Quiet").update(unlocked_at=timezone.now() - timedelta(days=31))
    rows = [(row.title, row.unlocks, row.recent, row.credits, row.openings) for row in by_briefing()]
    assert rows == [("Popular", 3, 3, 6, 0), ("Quiet", 1, 0, 1, 1)]


def test_the_totals(opened: Newsroom) -> None:
    found = totals()
    assert (found.unlocks, found.credits, found.readers, found.openings) == (4, 7, 4, 1)


def test_the_number_of_queries_is_constant(opened: Newsroom, django_assert_num_queries) -> None:
    with django_assert_num_queries(3):
        by_briefing()


def test_editors_see_the_dashboard(opened: Newsroom, client: Client) -> None:
    client.force_login(editor())
    html = client.get("/admin/insights/dashboard/").content.decode()
    assert "Popular" in html
    assert "Quiet" in html


def test_readers_do_not(opened: Newsroom, client: Client) -> None:
    client.force_login(reader("nosy@example.com"))
    response = client.get("/admin/insights/dashboard/")
    assert response.status_code in (302, 403)
    assert client.get(reverse("insights_dashboard"), follow=True).content.decode().count("Popular") == 0
