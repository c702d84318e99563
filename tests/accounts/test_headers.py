"""What the answers of every address say of being kept, before visitors and before readers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from accounts.closing import close_account
from accounts.models import ReaderSession, User
from insights.unlocks import Intent, unlock
from tests.newsroom import Newsroom, editor, member, reader

NOT_TO_PRESS = ("logout", "delete", "unpublish")


def patterns(found: Any, before: str = "") -> Iterator[str]:
    for pattern in found:
        whole = before + pattern.pattern.regex.pattern.removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield re.sub(r"<[^>]+>", "1", simplify_regex(whole))
        else:
            yield from patterns(pattern.url_patterns, whole)


def addresses() -> list[str]:
    every = {path for path in patterns(get_resolver().url_patterns) if not path.startswith("/media/")}
    return sorted(path for path in every if not any(word in path for word in NOT_TO_PRESS))


def signed_in(someone: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(someone)
    return client


def is_kept_nowhere(answer: Any) -> bool:
    said = answer["Cache-Control"]
    return "private" in said and "no-store" in said and "Cookie" in answer["Vary"]


def test_before_a_reader_no_address_lets_its_answer_be_kept(newsroom: Newsroom) -> None:
    client = signed_in(reader())
    asked = addresses()
    assert len(asked) > 150
    assert [path for path in asked if not is_kept_nowhere(client.get(path))] == []


def test_before_a_visitor_only_what_is_declared_public_may_be_kept(newsroom: Newsroom) -> None:
    page = newsroom.publish()
    may_be = {"/", "/feed/", "/sitemap.xml", "/news-sitemap.xml", "/robots.txt", "/entertainment/", page.url}
    kept = set()
    for path in {*addresses(), *may_be, "/entertainment/nothing/", "/entertainment"}:
        answer = Client(raise_request_exception=False).get(path)
        if "no-store" not in answer["Cache-Control"]:
            kept.add(path)
            assert "must-revalidate" in answer["Cache-Control"], path
            assert not answer.cookies, path
    assert kept <= may_be


DECEPTIVE = [
    "{page}y.css",
    "{page}y.css?z.js",
    "{page};y.css",
    "{page}%2fy.css",
    "{page}%00.css",
    "{page}..%2fy.css",
    "{page}.css",
    "{page}%23y.css",
    "{page}%3fy.css",
    "{page}y.css/",
    "{page}./",
    "{bare}.css",
    "{bare};y.css",
    "{bare}%3by.png",
    "{bare}%0a.css",
    "/credits/a.js",
    "/credits;a.js",
    "/credits/%2e%2e/static/x.css",
    "/library/;x.png",
    "/library/x.png",
    "/library%2fx.png",
    "/account/..%2fstatic/x.css",
    "/account/../static/x.css",
    "/static/..%2faccount/",
    "/static/../account/",
    "/static/%2e%2e/account/",
    "//account/x.css",
    "/account//x.css",
    "/account/.",
    "/account/..;/static/x.css",
    "/static%2f..%2faccount/",
    "/admin/x.css",
    "/insights/1/files/1/x.css",
    "/unlock/1/x.css",
]


@pytest.mark.parametrize("pattern", DECEPTIVE)
def test_an_address_dressed_as_a_file_is_never_kept(newsroom: Newsroom, pattern: str) -> None:
    page, someone = newsroom.publish(), reader(credits=1)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    path = pattern.format(page=page.url, bare=page.url.rstrip("/"))
    for client in (signed_in(someone), Client(raise_request_exception=False)):
        answer = client.get(path)
        assert answer.status_code in (200, 301, 302, 404), path
        assert "no-store" in answer.headers.get("Cache-Control", ""), path
        if client.session.get("_auth_user_id") is None:
            assert newsroom.found_in(answer.content.decode()) == set()


def test_no_validator_of_one_readers_page_answers_another(newsroom: Newsroom) -> None:
    page = newsroom.publish()
    open_ = signed_in(member()).get(page.url)
    visitor = Client().get(page.url)
    assert not {"ETag", "Last-Modified"} & set(open_.headers)
    poor = signed_in(reader("poor@example.com"))
    for headers in (
        {"If-None-Match": visitor["ETag"]},
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"},
        {"Range": "bytes=0-9", "If-Range": visitor["ETag"]},
    ):
        answer = poor.get(page.url, headers=headers)
        assert answer.status_code == 200
        assert newsroom.found_in(answer.content.decode()) == set()
        assert answer.content != visitor.content


@pytest.mark.parametrize("status", [403, 404, 405])
def test_errors_carry_nothing_gated_and_are_kept_nowhere(newsroom: Newsroom, status: int) -> None:
    page = newsroom.publish()
    someone = member()
    for client in (signed_in(someone), Client(enforce_csrf_checks=True)):
        answer = an_error(status, client, page)
        assert is_kept_nowhere(answer)
        assert newsroom.found_in(answer.content.decode()) == set()


def an_error(status: int, client: Client, page: Any) -> Any:
    match status:
        case 403:
            client = Client(enforce_csrf_checks=True)
            answer = client.post(reverse("unlock", args=[page.pk]))
        case 404:
            answer = client.get(f"{page.url}nothing/")
        case _:
            answer = client.get(reverse("unlock", args=[page.pk]))
    assert answer.status_code == status
    return answer


def test_an_error_of_ours_carries_nothing_gated(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    page = newsroom.publish()

    def breaks(*args: object) -> None:
        raise RuntimeError(str(newsroom.canaries))

    monkeypatch.setattr("articles.reading.access_for", breaks)
    answer = signed_in(member()).get(page.url)
    assert answer.status_code == 500
    assert is_kept_nowhere(answer)
    assert newsroom.found_in(answer.content.decode()) == set()


@pytest.mark.parametrize("door", ["/accounts/logout/", "/admin/logout/"])
def test_every_door_out_clears_what_the_browser_kept(newsroom: Newsroom, door: str) -> None:
    answer = signed_in(reader()).post(door)
    assert answer["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize("how", ["signed out elsewhere", "deactivated", "closed", "new password"])
def test_a_browser_that_was_signed_out_elsewhere_is_cleared_at_its_next_request(
    newsroom: Newsroom, how: str
) -> None:
    someone = reader()
    client = signed_in(someone)
    assert "Clear-Site-Data" not in client.get("/library/")
    match how:
        case "signed out elsewhere":
            ReaderSession.objects.all().delete()
        case "deactivated":
            User.objects.update(is_active=False)
        case "closed":
            close_account(someone)
        case _:
            someone.set_password("quite-another-password")
            someone.save()
    answer = client.get("/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get("/")


def test_what_wagtail_could_serve_besides_is_not_mounted(newsroom: Newsroom) -> None:
    page = newsroom.publish()
    for path in ("/api/v2/pages/", "/api/v2/documents/", "/oembed/", f"/pages/{page.pk}/", "/_util/"):
        assert Client().get(path).status_code == 404
    assert not settings.WAGTAIL_I18N_ENABLED
    assert getattr(type(page), "api_fields", []) == []


def test_an_editor_who_previews_as_a_visitor_stays_signed_in(newsroom: Newsroom) -> None:
    page, client = newsroom.publish(), signed_in(editor())
    preview = reverse("wagtailadmin_pages:view_draft", args=[page.pk])
    for _ in range(2):
        answer = client.get(preview, {"mode": "visitor"})
        assert answer.status_code == 200
        assert "Clear-Site-Data" not in answer
