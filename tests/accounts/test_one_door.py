import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.signals import arrived, arriving
from credits.statements import spendable

from .conftest import PASSWORD, latest_code, make_reader, register

pytestmark = pytest.mark.django_db
CODE_PAGE = "/accounts/login/code/confirm/"


def test_sign_up_asks_for_one_thing(client: Client) -> None:
    page = client.get("/accounts/signup/").content.decode()
    main = page[page.index("<main") :]
    assert re.findall(r'<input[^>]* name="(\w+)"', main) == ["csrfmiddlewaretoken", "email"]


def test_a_stranger_gets_in_with_the_code_and_has_starter_credits(client: Client) -> None:
    assert register(client, "New.Person@Example.com") == "/"
    user = User.objects.get(email="new.person@example.com")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert user.emailaddress_set.get().verified
    assert not user.has_usable_password()
    assert spendable(user.wallet_id) == 3


@pytest.mark.parametrize(("length", "status"), [(254, 302), (255, 200), (320, 200)])
def test_an_address_longer_than_any_is_refused_at_once(client: Client, length: int, status: int) -> None:
    email = "@example.com".rjust(length, "z")
    answer = client.post("/accounts/signup/", {"email": email})
    assert answer.status_code == status
    if status == 302:
        assert register(Client(), email) == "/"
    else:
        assert "No address is as long" in answer.content.decode()
        assert mail.outbox == []


def test_nobody_exists_before_the_code_is_proven(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    assert not User.objects.exists()


def test_signing_up_again_signs_in(client: Client, reader: User) -> None:
    register(client, "READER@example.com")
    assert client.session["_auth_user_id"] == str(reader.pk)
    assert User.objects.count() == 1


def test_known_and_unknown_addresses_get_one_answer(reader: User) -> None:
    assert answer_to("reader@example.com") == answer_to("nobody@example.com")


def answer_to(email: str) -> list[object]:
    """All that a visitor sees or is sent, without the address and the code themselves."""
    client = Client()
    asked = client.post("/accounts/signup/", {"email": email})
    page = client.get(asked.url)
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode()).replace(email, "")
    sent = mail.outbox[-1]
    told = re.sub(r"[A-Z]{4}-[A-Z]{4}", "", sent.body)
    return [asked.status_code, asked.url, asked.headers.keys(), page.status_code, body, sent.subject, told]


def test_sign_up_asks_the_database_the_same_for_known_and_unknown(reader: User) -> None:
    known, unknown = statements_of_sign_up("reader@example.com"), statements_of_sign_up("nobody@example.com")
    assert known == unknown
    assert not [sql for sql in known if "accounts_user" in sql or "emailaddress" in sql]


def statements_of_sign_up(email: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        Client().post("/accounts/signup/", {"email": email})
    return [re.sub(r"'[^']*'|_x\d+", "", query["sql"]) for query in queries]


def test_a_wrong_code_can_be_corrected(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    wrong = client.post(CODE_PAGE, {"code": "BBBB-BBBB"})
    assert "That is not the code we sent" in wrong.content.decode()
    assert client.post(CODE_PAGE, {"code": latest_code().lower().replace("-", " ")}).status_code == 302
    assert "_auth_user_id" in client.session


def test_after_five_wrong_codes_one_starts_again(client: Client) -> None:
    client.post("/accounts/signup/?next=/club/", {"email": "new@example.com"})
    answers = [client.post(f"{CODE_PAGE}?next=/club/", {"code": "BBBB-BBBB"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 302]
    assert answers[-1].url == "/accounts/login/?next=%2Fclub%2F"
    assert "one wrong code too many" in client.get(answers[-1].url).content.decode()
    assert client.post(CODE_PAGE, {"code": latest_code()}).url == "/accounts/login/"
    assert "_auth_user_id" not in client.session


def test_a_new_code_takes_the_place_of_the_old(client: Client, code: Callable[[], str]) -> None:
    client.post("/accounts/signup/?unlock=7&next=/x/", {"email": "new@example.com"})
    first = code()
    again = client.post(f"{CODE_PAGE}?unlock=7&next=/x/", {"action": "resend"})
    assert again.url == f"{CODE_PAGE}?next=%2Fx%2F&unlock=7"
    assert "A new code is on its way" in client.get(again.url).content.decode()
    assert code() != first
    assert client.post(again.url, {"code": first}).status_code == 200
    assert client.post(again.url, {"code": code()}).url == "/x/"


def test_three_new_codes_are_the_most(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    for _ in range(5):
        client.post(CODE_PAGE, {"action": "resend"})
    assert len(mail.outbox) == 4


def test_a_code_runs_out_and_the_page_says_so(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    turn_back(client, 16 * 60)
    answer = client.post(CODE_PAGE, {"code": latest_code()}, follow=True)
    assert answer.redirect_chain[0][0] == "/accounts/login/"
    assert "That code has run out" in answer.content.decode()


def test_a_code_sent_again_has_its_own_quarter_of_an_hour(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    turn_back(client, 14 * 60)
    client.post(CODE_PAGE, {"action": "resend"})
    turn_back(client, 14 * 60)
    assert client.post(CODE_PAGE, {"code": latest_code()}).url == "/"


def turn_back(client: Client, seconds: int) -> None:
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["at"] -= seconds
    session.save()


def test_the_sign_in_page_leads_back_to_an_awaited_code(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    assert client.get("/accounts/login/?next=/x/").url == f"{CODE_PAGE}?next=%2Fx%2F"
    assert client.get("/accounts/signup/").status_code == 200, "and sign-up is the way to another address"
    assert client.get("/accounts/login/").status_code == 200


def test_a_password_signs_in(client: Client, reader: User) -> None:
    answer = client.post(
        "/accounts/login/?next=/club/", {"login": "Reader@example.com", "password": PASSWORD}
    )
    assert answer.url == "/club/"
    assert client.session.get_expiry_age() == 14 * 24 * 3600


def test_a_wrong_password_says_what_to_do(client: Client, reader: User) -> None:
    answer = client.post("/accounts/login/", {"login": "reader@example.com", "password": "wrong"})
    assert "leave the password empty and we email you a code" in answer.content.decode()


def test_without_a_password_the_sign_in_page_sends_a_code(client: Client, reader: User) -> None:
    asked = client.post("/accounts/login/?next=/x/&unlock=4", {"login": "reader@example.com"})
    assert asked.url == f"{CODE_PAGE}?next=%2Fx%2F&unlock=4"
    assert client.post(asked.url, {"code": latest_code()}).url == "/x/"


def test_an_unknown_address_is_told_by_mail_alone(client: Client) -> None:
    asked = client.post("/accounts/login/code/", {"email": "nobody@example.com"})
    assert asked.url == CODE_PAGE
    assert "No account has this address" in mail.outbox[-1].body
    assert client.post(CODE_PAGE, {"code": "BBBB-BBBB"}).status_code == 200


def test_an_address_that_another_only_claims_is_not_theirs(client: Client) -> None:
    claimant = make_reader("claimant@example.com")
    claimant.emailaddress_set.create(email="victim@example.com", verified=False)
    register(client, "victim@example.com")
    assert client.session["_auth_user_id"] == str(User.objects.get(email="victim@example.com").pk)


def test_a_reader_whom_staff_made_confirms_the_address_with_the_same_code(client: Client) -> None:
    made = User.objects.create_user("made@example.com")
    asked = client.post("/accounts/login/", {"login": "made@example.com"})
    client.post(asked.url, {"code": latest_code()})
    assert client.session["_auth_user_id"] == str(made.pk)
    assert len(mail.outbox) == 1


def test_a_switched_off_reader_is_told_after_the_code(client: Client, reader: User) -> None:
    User.objects.update(is_active=False)
    assert register(client, "reader@example.com") == "/accounts/inactive/"
    assert "This account is closed" in client.get("/accounts/inactive/").content.decode()


def test_what_the_visitor_did_survives_the_whole_way_in(client: Client) -> None:
    client.get("/accounts/signup/")
    session = client.session
    session["kept"] = {"page": 7}
    session.save()
    client.cookies["sessionid"] = session.session_key
    client.post("/accounts/signup/", {"email": "new@example.com"})
    client.post(CODE_PAGE, {"code": "wrong"})
    client.post(CODE_PAGE, {"action": "resend"})
    client.get("/accounts/signup/")
    register(client, "other@example.com")
    assert client.session["_auth_user_id"]
    assert client.session["kept"] == {"page": 7}


def test_the_query_goes_along_between_the_doors(client: Client) -> None:
    query = "?next=%2Fentertainment%2Fx%2F&amp;unlock=12"
    for page, others in {
        "/accounts/signup/": ["/accounts/signup/", "/accounts/login/"],
        "/accounts/login/": ["/accounts/login/", "/accounts/signup/"],
        "/accounts/login/code/": ["/accounts/login/code/", "/accounts/login/"],
    }.items():
        html = client.get(f"{page}?unlock=12&next=/entertainment/x/").content.decode()
        for other in others:
            assert f'"{other}{query}"' in html


def test_an_address_elsewhere_is_not_carried_along(client: Client) -> None:
    html = client.get("/accounts/signup/?next=https://evil.example/").content.decode()
    assert "evil.example" not in html
    assert register(client, "new@example.com", "?next=https://evil.example/") == "/"


class Note:
    title, price = "A <briefing>", 2


def test_the_wish_is_shown_where_one_arrives(client: Client) -> None:
    def note(request: Any, **kwargs: Any) -> None:
        request.wish = Note

    with receiving(arriving, note):
        for page in ("/accounts/signup/", "/accounts/login/"):
            assert (
                "After the code, “A &lt;briefing&gt;” opens for 2 credits."
                in client.get(page).content.decode()
            )


def test_a_receiver_of_the_arrival_says_where_to_go_and_finds_the_starter_credits(client: Client) -> None:
    balances = []

    def lead(request: Any, user: User, **kwargs: Any) -> str:
        balances.append(spendable(user.wallet_id))
        return "/entertainment/x/#insights"

    with receiving(arrived, lead):
        assert register(client, "new@example.com", "?next=/club/") == "/entertainment/x/#insights"
    assert balances == [3]


def test_a_fragment_in_next_survives(client: Client) -> None:
    assert register(client, "new@example.com", f"?next={quote('/entertainment/x/#insights')}") == (
        "/entertainment/x/#insights"
    )


@contextmanager
def receiving(signal: Any, receiver: Any) -> Iterator[None]:
    signal.connect(receiver)
    try:
        yield
    finally:
        signal.disconnect(receiver)


def test_too_many_codes_for_one_address_are_refused(client: Client) -> None:
    for _ in range(5):
        client.post("/accounts/signup/", {"email": "new@example.com"})
    refused = client.post("/accounts/signup/", {"email": "new@example.com"})
    assert "Too many tries" in refused.content.decode()
    assert len(mail.outbox) == 5


def test_too_many_sign_ups_from_one_place_are_429(client: Client) -> None:
    statuses = {
        client.post("/accounts/signup/", {"email": f"n{n}@example.com"}).status_code for n in range(61)
    }
    assert statuses == {302, 429}


def test_the_newsrooms_door_is_the_same_door(client: Client, reader: User) -> None:
    assert client.get("/admin/login/?next=/admin/pages/").url == "/accounts/login/?next=/admin/pages/"
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).url == "/accounts/login/"
    client.force_login(reader)
    turned_away = client.get("/admin/", follow=True)
    assert turned_away.redirect_chain[-1][0] == "/account/"


def test_guesses_at_one_password_end_soon(client: Client, reader: User) -> None:
    for _ in range(5):
        client.post("/accounts/login/", {"login": "reader@example.com", "password": "wrong"})
    answer = client.post("/accounts/login/", {"login": "reader@example.com", "password": PASSWORD})
    assert "Too many tries" in answer.content.decode()


def test_signing_out_is_a_post_and_empties_the_browsers_cache(signed_in: Client) -> None:
    assert signed_in.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in signed_in.session
    answer = signed_in.post("/accounts/logout/")
    assert (answer.url, answer["Clear-Site-Data"]) == (
        "/accounts/signed-out/",
        '"cache", "storage"',
    )
    assert "forget the pages it kept" in signed_in.get(answer.url).content.decode()
    assert "_auth_user_id" not in signed_in.session


def test_the_code_is_not_in_a_page_or_the_subject(client: Client) -> None:
    asked = client.post("/accounts/signup/", {"email": "new@example.com"})
    assert latest_code() not in client.get(asked.url).content.decode()
    assert latest_code() not in mail.outbox[-1].subject
    assert mail.outbox[-1].subject == "Your code for Marquee"
