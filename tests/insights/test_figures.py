import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission

from insights.dashboard import editable
from insights.figures import by_briefing, totals
from insights.models import Opening, Unlock
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom, editor, give, member, reader

THERE = "/admin/insights/dashboard/"


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
    html = client.get(THERE).content.decode()
    assert "Popular" in html
    assert "Quiet" in html


def test_its_tables_scroll_on_a_phone(opened: Newsroom, client: Client) -> None:
    client.force_login(editor())
    html = client.get(THERE).content.decode()
    assert "css/desk" in html
    assert html.count('<div class="desk-wide"><table') == html.count('class="listing"') == 2


def test_a_headline_leads_to_its_page_for_whoever_may_edit_it(opened: Newsroom, client: Client) -> None:
    theirs = opened.publish("Theirs", section=opened.technology)
    unlock(reader=reader("t@example.com", credits=1), page=theirs, intent=Intent(price=1))
    GroupPagePermission.objects.update(page=opened.technology)
    client.force_login(editor())
    html = client.get(THERE).content.decode()
    assert "Popular" in html
    assert re.findall(r"/admin/pages/(\d+)/edit/", html) == [str(theirs.pk)]


def test_which_pages_one_may_edit_takes_two_queries(opened: Newsroom, django_assert_num_queries) -> None:
    rows, someone = by_briefing(), editor()
    with django_assert_num_queries(2):
        assert editable(someone, rows) == {row.page.pk for row in rows if row.page}


def test_who_works_on_no_page_sees_neither_the_figures_nor_their_menu_item(
    opened: Newsroom, client: Client
) -> None:
    group = Group.objects.create(name="Front desk")
    give(group, "wagtailadmin", "access_admin")
    clerk, chief = reader("clerk@example.com"), reader("chief@example.com", is_superuser=True)
    clerk.groups.add(group)
    for someone, sees in ((clerk, False), (editor(), True), (chief, True)):
        client.force_login(someone)
        assert (THERE in client.get("/admin/").content.decode()) is sees
        assert client.get(THERE).status_code == (200 if sees else 302)


def test_readers_do_not(opened: Newsroom, client: Client) -> None:
    client.force_login(reader("nosy@example.com"))
    response = client.get(THERE)
    assert response.status_code in (302, 403)
    assert client.get(reverse("insights_dashboard"), follow=True).content.decode().count("Popular") == 0
