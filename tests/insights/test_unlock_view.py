import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import PageViewRestriction

from credits.statements import spendable
from insights import views
from insights.models import Unlock
from tests.newsroom import Newsroom, member, reader


def press(client: Client, page, *, price: object = 1, **extra):
    return client.post(reverse("unlock", args=[page.pk]), {"price": price}, **extra)


def test_the_form_is_answered_with_the_opened_page(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish()
    client.force_login(reader(credits=3))
    response = press(client, page)
    assert (response.status_code, response["Location"]) == (303, f"{page.url}#insights")
    html = client.get(page.url).content.decode()
    assert "Unlocked. 1 credit spent, 2 left." in html
    assert newsroom.missing_from(html, page) == []
    assert 'data-balance value="2"' in html


def test_who_signed_out_meanwhile_is_led_to_the_way_in_and_not_shown_it_in_the_page(
    newsroom: Newsroom,
) -> None:
    page = newsroom.publish()
    answer = Client().post(f"/unlock/{page.pk}/", headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == f"/accounts/signup/?unlock={page.pk}&next={page.url}"
    assert answer.content == b""


def test_with_htmx_the_opened_sections_come_back_with_the_new_balance(
    newsroom: Newsroom, client: Client
) -> None:
    page = newsroom.publish()
    client.force_login(reader(credits=3))
    response = press(client, page, headers={"HX-Request": "true"})
    html = response.content.decode()
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert "<html" not in html
    assert re.search(r'data-balance value="2" hx-swap-oob="true"', html)
    assert html.count('data-state="open"') == 3
    assert "data-announce" in html


def test_a_broke_reader_is_told_what_is_missing_and_the_ways_on(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish(price=2)
    client.force_login(reader(credits=1))
    press(client, page, price=2)
    html = client.get(page.url).content.decode()
    assert "Not unlocked. This briefing costs 2 credits and you have 1 credit." in html
    assert "1 credit missing" in html
    assert reverse("buy_credits") in html
    assert reverse("club") in html
    assert not Unlock.objects.exists()


@pytest.mark.parametrize("price", ["", "0", "-1", "1e3", "١", "99999999999"])
def test_a_price_that_was_not_agreed_to_spends_nothing(
    newsroom: Newsroom, client: Client, price: str
) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    client.force_login(someone)
    assert press(client, page, price=price).status_code == 303
    assert spendable(someone.wallet_id) in (2, 3)
    assert Unlock.objects.exists() is (spendable(someone.wallet_id) == 2)


def test_a_visitor_is_sent_to_sign_up_with_the_wish(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish()
    response = press(client, page)
    assert response.status_code == 303
    assert response["Location"].startswith(f"{reverse('account_signup')}?unlock={page.pk}&next=")


def test_a_get_spends_nothing(newsroom: Newsroom, client: Client) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    client.force_login(someone)
    assert client.get(reverse("unlock", args=[page.pk])).status_code == 405
    assert spendable(someone.wallet_id) == 3


def test_a_forged_form_is_refused(newsroom: Newsroom) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    client = Client(enforce_csrf_checks=True)
    client.force_login(someone)
    assert press(client, page).status_code == 403
    assert spendable(someone.wallet_id) == 3


def test_what_is_not_published_or_not_a_briefing_is_not_found(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish()
    page.unpublish()
    client.force_login(reader(credits=3))
    assert press(client, page).status_code == 404
    assert press(client, newsroom.home).status_code == 404
    assert client.post("/unlock/999999/").status_code == 404


def test_a_draft_price_is_not_the_price(newsroom: Newsroom, client: Client) -> None:
    page, someone = newsroom.publish(price=1), reader(credits=9)
    page.price = 9
    page.save_revision()
    client.force_login(someone)
    press(client, page, price=9)
    assert spendable(someone.wallet_id) == 8


def test_a_member_who_presses_an_old_form_spends_nothing(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish()
    client.force_login(member())
    press(client, page)
    assert "Nothing was spent" in client.get(page.url).content.decode()
    assert not Unlock.objects.exists()


def test_too_many_presses_are_refused_with_429(
    newsroom: Newsroom, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert views.A_MINUTE == "60/m"
    # No minute ends while a busy machine presses.
    monkeypatch.setattr(views, "A_MINUTE", "60/d")
    page = newsroom.publish()
    client.force_login(reader(credits=1))
    answers = [press(client, page) for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {303}
    assert answers[60].status_code == 429
    assert answers[60]["Retry-After"] == "60"


def test_a_page_that_may_not_be_opened_cannot_be_unlocked(newsroom: Newsroom, client: Client) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    restriction = PageViewRestriction.objects.create(page=page, restriction_type="groups")
    restriction.groups.add(Group.objects.get(name="Moderators"))
    client.force_login(someone)
    assert press(client, page).status_code == 404
    assert spendable(someone.wallet_id) == 3
