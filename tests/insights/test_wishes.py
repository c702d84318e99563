"""Register to unlock: the wish lives from the link to the opened page."""

import re
import time

from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from credits.statements import spendable
from insights import wishes
from insights.models import Unlock
from tests.newsroom import Newsroom, member, reader

CODE = re.compile(r"\b[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}\b")


def register_link(client: Client, page) -> str:
    html = Client().get(page.url).content.decode()
    link = re.search(r'<a [^>]*data-register[^>]*href="([^"]+)"', html)
    return link[1].replace("&amp;", "&")


def ask_for_code(client: Client, page, email: str):
    link = register_link(client, page)
    client.get(link)
    return client.post(link, {"email": email}, follow=True)


def mailed_code(email: str) -> str:
    sent = [message for message in mail.outbox if message.to == [email]]
    return CODE.findall(sent[-1].body)[0]


def give_code(client: Client, code: str):
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def test_a_new_reader_lands_on_the_opened_briefing_one_credit_lighter(
    newsroom: Newsroom, client: Client
) -> None:
    page = newsroom.publish()
    ask_for_code(client, page, "new@example.com")
    response = give_code(client, mailed_code("new@example.com"))
    assert response["Location"].endswith(f"{page.url}#insights")
    someone = User.objects.get(email="new@example.com")
    assert (spendable(someone.wallet_id), Unlock.objects.get().way) == (2, "wish")
    html = client.get(page.url).content.decode()
    assert newsroom.missing_from(html, page) == []
    assert "Unlocked. 1 credit spent, 2 left." in html


def test_the_page_of_the_code_says_what_will_be_spent(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish("The wished-for headline", price=2)
    html = ask_for_code(client, page, "new@example.com").content.decode()
    assert "The wished-for headline" in html
    assert "2 credits" in html


def test_a_wrong_code_and_a_second_mail_keep_the_wish(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish()
    ask_for_code(client, page, "new@example.com")
    assert give_code(client, "WRONG-CODE").status_code == 200
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    response = give_code(client, mailed_code("new@example.com"))
    assert response["Location"].endswith("#insights")
    assert Unlock.objects.count() == 1


def test_an_existing_account_signs_in_instead(newsroom: Newsroom, client: Client) -> None:
    page, someone = newsroom.publish(), reader("known@example.com", credits=5)
    ask_for_code(client, page, "known@example.com")
    response = give_code(client, mailed_code("known@example.com"))
    assert response["Location"].endswith("#insights")
    assert Unlock.objects.get().reader == someone
    assert User.objects.count() == 1


def test_a_password_keeps_the_wish_too(newsroom: Newsroom, client: Client) -> None:
    page, someone = newsroom.publish(), reader("known@example.com", credits=5)
    client.get(register_link(client, page))
    client.post(reverse("account_login"), {"login": someone.email, "password": "a-long-enough-password"})
    assert Unlock.objects.get().reader == someone


def test_a_tab_closed_after_the_mail_finds_the_wish_within_a_day(
    newsroom: Newsroom, client: Client, monkeypatch
) -> None:
    page = newsroom.publish()
    ask_for_code(client, page, "new@example.com")
    later = time.time() + 23 * 3600
    monkeypatch.setattr(wishes.time, "time", lambda: later)
    client.get(reverse("account_signup"))
    client.post(reverse("account_signup"), {"email": "new@example.com"})
    give_code(client, mailed_code("new@example.com"))
    assert Unlock.objects.count() == 1


def test_after_a_day_the_wish_is_forgotten(newsroom: Newsroom, client: Client, monkeypatch) -> None:
    page = newsroom.publish()
    ask_for_code(client, page, "new@example.com")
    later = time.time() + 25 * 3600
    monkeypatch.setattr(wishes.time, "time", lambda: later)
    client.post(reverse("account_signup"), {"email": "new@example.com"})
    give_code(client, mailed_code("new@example.com"))
    assert not Unlock.objects.exists()


def test_a_member_who_signs_in_spends_nothing(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish()
    someone = member("club@example.com")
    ask_for_code(client, page, someone.email)
    response = give_code(client, mailed_code(someone.email))
    assert response["Location"].endswith("#insights")
    assert not Unlock.objects.exists()


def test_a_wish_that_cannot_be_paid_leads_to_the_gate_and_spends_nothing(
    newsroom: Newsroom, client: Client
) -> None:
    page = newsroom.publish(price=9)
    ask_for_code(client, page, "new@example.com")
    response = give_code(client, mailed_code("new@example.com"))
    assert response["Location"].endswith("#insights")
    html = client.get(page.url).content.decode()
    assert "6 credits missing" in html
    assert spendable(User.objects.get().wallet_id) == 3


def test_a_price_that_rose_meanwhile_is_not_paid(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish(price=1)
    ask_for_code(client, page, "new@example.com")
    page.price = 2
    page.save_revision().publish()
    give_code(client, mailed_code("new@example.com"))
    assert not Unlock.objects.exists()


def test_a_wish_is_granted_once(newsroom: Newsroom, client: Client) -> None:
    page = newsroom.publish()
    ask_for_code(client, page, "new@example.com")
    give_code(client, mailed_code("new@example.com"))
    client.post(reverse("account_logout"))
    client.post(reverse("account_signup"), {"email": "new@example.com"})
    give_code(client, mailed_code("new@example.com"))
    assert Unlock.objects.count() == 1
    assert spendable(User.objects.get().wallet_id) == 2


def test_a_signed_in_reader_who_follows_the_link_spends_nothing(newsroom: Newsroom, client: Client) -> None:
    page, someone = newsroom.publish(), reader(credits=3)
    link = register_link(client, page)
    client.force_login(someone)
    client.get(link)
    assert spendable(someone.wallet_id) == 3


def test_a_wish_for_nothing_that_exists_is_no_wish(newsroom: Newsroom, client: Client) -> None:
    for number in ("0", "999999", "x", "-1", "1" * 40, str(newsroom.home.pk)):
        assert client.get(f"{reverse('account_signup')}?unlock={number}").status_code == 200
    assert "wish" not in client.session
