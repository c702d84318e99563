from django.test import Client
from django.urls import reverse

from insights.unlocks import Intent, give, unlock
from tests.newsroom import Newsroom, reader


def test_a_library_shows_what_its_reader_unlocked_newest_first(newsroom: Newsroom, client: Client) -> None:
    someone = reader(credits=5)
    for title in ("The first", "The second"):
        unlock(reader=someone, page=newsroom.publish(title), intent=Intent(price=1))
    give(reader=someone, page=newsroom.publish("The present"))
    newsroom.publish("Not mine")
    client.force_login(someone)
    html = client.get(reverse("library")).content.decode()
    places = [html.index(title) for title in ("The present", "The second", "The first")]
    assert places == sorted(places)
    assert "Not mine" not in html
    assert newsroom.found_in(html) == set()


def test_an_unpublished_briefing_stays_in_the_library_without_a_link(
    newsroom: Newsroom, client: Client
) -> None:
    page, someone = newsroom.publish("Gone for now"), reader(credits=1)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    page.unpublish()
    client.force_login(someone)
    html = client.get(reverse("library")).content.decode()
    assert "Gone for now" in html
    assert f'href="{page.url}' not in html


def test_an_empty_library_invites(client: Client, newsroom: Newsroom) -> None:
    client.force_login(reader())
    assert "Find a briefing" in client.get(reverse("library")).content.decode()


def test_a_visitor_is_asked_to_sign_in(client: Client, newsroom: Newsroom) -> None:
    response = client.get(reverse("library"))
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/library/")


def test_the_number_of_queries_does_not_grow_with_the_library(
    newsroom: Newsroom, client: Client, django_assert_max_num_queries
) -> None:
    someone = reader(credits=15)
    for number in range(12):
        unlock(
            reader=someone, page=newsroom.file(f"Number {number}", slug=f"n{number}"), intent=Intent(price=1)
        )
    client.force_login(someone)
    client.get(reverse("library"))
    with django_assert_max_num_queries(7):
        client.get(reverse("library"))
