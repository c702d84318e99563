"""Before Django the form that unlocks is answered as behind it: the same status, headers and consequences."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as house
from django.contrib.auth.models import Group
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction, Site

from accounts import signed_in
from accounts.models import ReaderSession, User
from articles import unlock_front
from articles.models import BriefingPage
from articles.unlock_front import A_FORM, UnlockFront, form_facts
from credits.statements import spendable
from insights import views
from insights.models import Unlock
from insights.stakes import stakes_of
from tests.newsroom import Newsroom, editor, member, reader

from .test_reader_front import Overheard, cookie_of
from .test_reader_front import django as django

pytestmark = pytest.mark.django_db
SECRET = "c" * 32
Answer = tuple[str, dict[str, str]]


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    return newsroom.publish("A briefing")


@pytest.fixture
def front(briefing: BriefingPage, django: Overheard, monkeypatch: pytest.MonkeyPatch) -> UnlockFront:
    """One form was answered by Django, so that it is known how."""
    monkeypatch.setattr(signed_in, "_remembered", {})
    front = UnlockFront(django)
    pressed(front, reader("first@example.com", credits=1), briefing)
    django.calls = 0
    return front


def pressed(application: Any, someone: User, page: BriefingPage, **how: Any) -> Answer:
    return pressed_in(application, session_of(someone), page, **how)


def session_of(someone: User) -> str:
    client = Client()
    client.force_login(someone)
    return cookie_of(client)


def pressed_in(
    application: Any, session: str, page: BriefingPage, *, price: int = 1, token: str = SECRET, **more: str
) -> Answer:
    cookies = SimpleCookie({house.CSRF_COOKIE_NAME: SECRET, house.SESSION_COOKIE_NAME: session})
    line = cookies.output(header="", sep=";") + more.pop("cookies", "")
    form = urlencode({"csrfmiddlewaretoken": token, "price": price})
    factory = RequestFactory(headers={"Cookie": line, **more})
    request = factory.post(reverse("unlock", args=[page.pk]), form, content_type=A_FORM)
    said: list[Any] = []
    list(application(request.environ, lambda *head: said.append(head)))
    return said[0][0], dict(said[0][1])


def unsigned(answer: Answer) -> Answer:
    """What was left in the cookie is signed with the second it was left in."""
    status, headers = answer
    return status, headers | {"Set-Cookie": re.sub(r":[^;]*;", ":;", headers["Set-Cookie"])}


def test_it_says_what_django_says(briefing: BriefingPage, front: UnlockFront, django: Overheard) -> None:
    one, another = (reader(f"{name}@example.com", credits=3) for name in "ab")
    short = pressed(front, one, briefing)
    assert django.calls == 0
    assert unsigned(short) == unsigned(pressed(django, another, briefing))
    assert short[1]["Location"] == f"{briefing.url}#insights"
    rows = Unlock.objects.filter(reader__in=[one, another])
    assert len(set(rows.values_list("briefing_key", "title", "price", "reason", "way"))) == 1
    assert spendable(one.wallet_id) == spendable(another.wallet_id) == 2


def test_it_costs_two_questions(
    newsroom: Newsroom, briefing: BriefingPage, front: UnlockFront, django: Overheard
) -> None:
    session = session_of(reader("a@example.com", credits=3))
    for page in briefing, newsroom.publish("Another"):
        with CaptureQueriesContext(connection) as queries:
            assert pressed_in(front, session, page)[0] == "303 See Other"
        assert len(queries) == 2
    assert django.calls == 0


def test_pressed_twice_it_is_paid_once(briefing: BriefingPage, front: UnlockFront) -> None:
    someone = reader("a@example.com", credits=3)
    assert [pressed(front, someone, briefing)[0] for _ in range(2)] == ["303 See Other"] * 2
    assert spendable(someone.wallet_id) == 2


def forged(front: Any, someone: User, page: BriefingPage) -> Answer:
    return pressed(front, someone, page, token="d" * 32)


def from_elsewhere(front: Any, someone: User, page: BriefingPage) -> Answer:
    return pressed(front, someone, page, Origin="https://elsewhere.example")


def to_another_host(front: Any, someone: User, page: BriefingPage) -> Answer:
    return pressed(front, someone, page, Host="elsewhere.example")


def too_dear(front: Any, someone: User, page: BriefingPage) -> Answer:
    return pressed(front, someone, page, price=0)


def by_script(front: Any, someone: User, page: BriefingPage) -> Answer:
    return pressed(front, someone, page, **{"HX-Request": "true"}, price=0)


def with_something_to_say(front: Any, someone: User, page: BriefingPage) -> Answer:
    return pressed(front, someone, page, price=0, cookies="; messages=x")


def on_a_page_for_few(front: Any, someone: User, page: BriefingPage) -> Answer:
    restriction = PageViewRestriction.objects.create(page=page, restriction_type="groups")
    restriction.groups.add(Group.objects.get(name="Moderators"))
    return pressed(front, someone, page)


def on_a_page_that_is_gone(front: Any, someone: User, page: BriefingPage) -> Answer:
    page.unpublish()
    return pressed(front, someone, page)


def in_a_session_that_ended(front: Any, someone: User, page: BriefingPage) -> Answer:
    session = seen_session(someone)
    ReaderSession.objects.filter(pk=session).update(expire_date=timezone.now())
    return pressed_in(front, session, page)


def with_the_password_of_before(front: Any, someone: User, page: BriefingPage) -> Answer:
    session = seen_session(someone)
    someone.set_password("another")
    someone.save(update_fields=["password"])
    return pressed_in(front, session, page)


def closed_meanwhile(front: Any, someone: User, page: BriefingPage) -> Answer:
    session = seen_session(someone)
    User.objects.filter(pk=someone.pk).update(is_active=False)
    return pressed_in(front, session, page)


def in_anothers_data(front: Any, someone: User, page: BriefingPage) -> Answer:
    """What was remembered of the session is no longer what it says."""
    session = seen_session(someone)
    ReaderSession.objects.filter(pk=session).update(session_data="nonsense")
    return pressed_in(front, session, page)


def seen_session(someone: User) -> str:
    session = session_of(someone)
    signed_in.known(session, ReaderSession.objects.get(pk=session).session_data)
    return session


@pytest.mark.parametrize(
    ("press", "status"),
    [
        (forged, 403),
        (from_elsewhere, 403),
        (to_another_host, 400),
        (too_dear, 303),
        (by_script, 200),
        (with_something_to_say, 303),
        (on_a_page_for_few, 404),
        (on_a_page_that_is_gone, 404),
        (in_a_session_that_ended, 303),
        (with_the_password_of_before, 303),
        (closed_meanwhile, 303),
        (in_anothers_data, 303),
    ],
)
def test_what_is_unusual_goes_to_django_and_spends_nothing(
    press: Callable[..., Answer], status: int, briefing: BriefingPage, front: UnlockFront, django: Overheard
) -> None:
    someone = reader("a@example.com", credits=3)
    assert press(front, someone, briefing)[0].startswith(str(status))
    assert django.calls == 1
    assert spendable(someone.wallet_id) == 3
    assert not Unlock.objects.filter(reader=someone).exists()


def test_a_row_that_names_another_is_not_believed(
    briefing: BriefingPage, front: UnlockFront, django: Overheard
) -> None:
    """Not even where both have one password. The data say whose it is."""
    someone, other = (reader(f"{name}@example.com", credits=3) for name in "ab")
    session = seen_session(someone)
    User.objects.filter(pk=other.pk).update(password=User.objects.get(pk=someone.pk).password)
    ReaderSession.objects.filter(pk=session).update(reader=other)
    pressed_in(front, session, briefing)
    assert django.calls == 1
    assert [spendable(one.wallet_id) for one in (someone, other)] == [2, 3]


@pytest.mark.parametrize("who", [member, editor])
def test_whoever_may_read_it_anyway_goes_to_django(
    who: Callable[[], User], briefing: BriefingPage, front: UnlockFront, django: Overheard
) -> None:
    someone = who()
    assert "Nothing was spent" in decoded(pressed(front, someone, briefing))
    assert django.calls == 1
    assert not Unlock.objects.filter(reader=someone).exists()


def decoded(answer: Answer) -> str:
    """What the next page will say."""
    request = RequestFactory().get("/")
    request.COOKIES = {"messages": SimpleCookie(answer[1]["Set-Cookie"])["messages"].value}
    return " ".join(str(message) for message in CookieStorage(request))


def test_one_limit_counts_both_ways_and_a_form_once(
    briefing: BriefingPage, front: UnlockFront, django: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in views, unlock_front:
        monkeypatch.setattr(module, "A_MINUTE", "4/d")
    session = session_of(reader("a@example.com", credits=1))
    answers = [pressed_in(one, session, briefing)[0][:3] for one in (front, front, django, front, front)]
    assert answers == ["303"] * 4 + ["429"]


def test_its_facts_are_those_of_the_page(newsroom: Newsroom, briefing: BriefingPage) -> None:
    session = session_of(reader(credits=1))
    partly = newsroom.publish(
        "Partly", takeaways=[], executive_actions_access="public", key_insights_access="registered", price=2
    )
    bare = newsroom.publish("Bare", key_insights=[], takeaways=[], executive_actions=[])
    heavy = newsroom.publish("Heavy", illustrated=True, takeaways=[])
    for page in briefing, partly, bare, heavy:
        facts = form_facts(session, page.pk)
        assert facts is not None
        assert (facts.stakes, facts.url, facts.are_the_readers) == (stakes_of(page), page.url, True)


def test_an_empty_section_weighs_less_than_any_that_holds_something(newsroom: Newsroom) -> None:
    """Of heavier ones form_facts does not look inside: see a_block in 0009_a_sessions_reader.sql."""
    newsroom.publish("Bare", key_insights=[], takeaways=[], executive_actions=[])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_column_size(key_insights) FROM articles_briefingpage")
        assert cursor.fetchone()[0] < 20
        cursor.execute(
            "SELECT max(pg_column_size(empty::jsonb)) FROM unnest(ARRAY['null', '{}', '[]', '\"\"']) empty"
        )
        assert cursor.fetchone()[0] < 20


def test_there_are_none_of_an_alias_nor_where_sites_share_a_house(
    newsroom: Newsroom, briefing: BriefingPage
) -> None:
    session = session_of(reader(credits=1))
    alias = briefing.create_alias(parent=newsroom.technology)
    assert form_facts(session, alias.pk) is None
    assert form_facts(session, newsroom.home.pk) is None
    assert form_facts(session, briefing.pk) is not None
    Site.objects.create(hostname="second.example", root_page=newsroom.home)
    assert form_facts(session, briefing.pk) is None
