"""Who gets a private file, and that nobody else learns a thing of it."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.test import Client, override_settings
from wagtail.models import GroupPagePermission, PageViewRestriction

from accounts.models import Membership, Tier, User
from articles.models import BriefingPage
from insights.models import PrivateFile
from insights.unlocks import Intent, give, unlock
from tests.newsroom import Newsroom, editor, member, reader

from .conftest import address, body, signed_in

NOTHING = 999_999


def owner_of(page: BriefingPage) -> User:
    someone = reader("owner@example.com", credits=1)
    unlock(reader=someone, page=page, intent=Intent(price=1))
    return someone


def given(page: BriefingPage) -> User:
    someone = reader("given@example.com")
    give(reader=someone, page=page)
    return someone


OPENS: dict[str, Callable[[BriefingPage], User]] = {
    "unlocked": owner_of,
    "given": given,
    "member": lambda page: member(),
    "editor": lambda page: editor(),
}
LOCKED: dict[str, Callable[[], Client]] = {
    "visitor": Client,
    "reader": lambda: signed_in(reader("poor@example.com")),
    "reader with credits": lambda: signed_in(reader("rich@example.com", credits=9)),
}


@pytest.mark.parametrize("who", OPENS)
def test_whoever_may_read_the_section_gets_its_files(
    who: str, shown: BriefingPage, exhibit: PrivateFile, attachment: PrivateFile
) -> None:
    client = signed_in(OPENS[who](shown))
    picture = client.get(address(shown, exhibit))
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/webp")
    assert body(picture)[8:12] == b"WEBP"
    assert body(client.get(address(shown, attachment))) == b"one,two,three"


@pytest.mark.parametrize("who", LOCKED)
def test_to_everyone_else_a_file_that_is_there_is_like_one_that_is_not(
    who: str, shown: BriefingPage, exhibit: PrivateFile, attachment: PrivateFile
) -> None:
    client = LOCKED[who]()
    nothing = told(client, f"/insights/{shown.pk}/files/{NOTHING}/480.webp")
    assert nothing[0] == 404
    for path in (
        address(shown, exhibit),
        address(shown, attachment),
        address(shown, exhibit, "document"),
        f"/insights/{NOTHING}/files/{exhibit.pk}/480.webp",
        f"/insights/{'9' * 30}/files/{'9' * 30}/x",
    ):
        assert told(client, path) == nothing


def told(client: Client, path: str) -> tuple[int, bytes, dict[str, str]]:
    answer = client.get(path)
    shaken = {"Content-Security-Policy", "Set-Cookie"}
    said = body(answer).replace(path.encode(), b"")
    return answer.status_code, without_tokens(said), {k: v for k, v in answer.items() if k not in shaken}


def without_tokens(html: bytes) -> bytes:
    lines = html.splitlines()
    return b"".join(line for line in lines if b"csrf" not in line and b"nonce" not in line)


def test_asking_for_what_is_there_costs_as_many_queries_as_for_what_is_not(
    shown: BriefingPage, exhibit: PrivateFile, django_assert_num_queries: Callable
) -> None:
    client = signed_in(reader())
    client.get(address(shown, exhibit))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as there:
        client.get(address(shown, exhibit))
    with CaptureQueriesContext(connection) as nowhere:
        client.get(f"/insights/{shown.pk}/files/{NOTHING}/480.webp")
    assert len(there) == len(nowhere)


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-3"},
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"},
        {"If-Match": "*"},
        {"Accept": "image/webp"},
        {"HX-Request": "true"},
    ],
)
@pytest.mark.parametrize("method", ["get", "head"])
def test_no_header_helps_without_the_right(
    shown: BriefingPage, exhibit: PrivateFile, method: str, headers: dict[str, str]
) -> None:
    answer = getattr(Client(), method)(address(shown, exhibit), headers=headers)
    assert answer.status_code == 404
    assert answer["Cache-Control"] == "private, no-store"
    for name in ("ETag", "Last-Modified", "Content-Range", "Accept-Ranges", "Content-Disposition"):
        assert name not in answer


def test_the_right_to_one_section_opens_no_other(
    newsroom: Newsroom, shown: BriefingPage, exhibit: PrivateFile, attachment: PrivateFile
) -> None:
    shown.key_insights_access = "public"
    shown.save_revision().publish()
    visitor = Client().get(address(shown, exhibit))
    assert (visitor.status_code, visitor["Cache-Control"]) == (200, "private, no-store")
    assert Client().get(address(shown, attachment)).status_code == 404


def test_a_file_has_no_address_on_a_page_it_does_not_stand_on(
    newsroom: Newsroom, shown: BriefingPage, exhibit: PrivateFile
) -> None:
    other = newsroom.publish("Open to all", key_insights_access="public", takeaways_access="public")
    assert signed_in(member()).get(address(other, exhibit)).status_code == 404


def test_a_file_of_a_draft_has_no_address_until_it_is_published(
    newsroom: Newsroom, shown: BriefingPage, exhibit: PrivateFile, attachment: PrivateFile
) -> None:
    shown.takeaways.pop()
    shown.save_revision()
    someone = signed_in(member())
    assert someone.get(address(shown, attachment)).status_code == 200
    shown.save_revision().publish()
    assert someone.get(address(shown, attachment)).status_code == 404


def test_an_unpublished_or_restricted_page_hands_out_nothing(
    newsroom: Newsroom, shown: BriefingPage, exhibit: PrivateFile
) -> None:
    someone = signed_in(owner_of(shown))
    restriction = PageViewRestriction.objects.create(page=shown, restriction_type="password", password="x")
    assert someone.get(address(shown, exhibit)).status_code == 404
    restriction.delete()
    assert someone.get(address(shown, exhibit)).status_code == 200
    shown.unpublish()
    assert someone.get(address(shown, exhibit)).status_code == 404


def test_an_alias_hands_out_its_files_and_stops_with_its_deletion(
    newsroom: Newsroom, shown: BriefingPage, exhibit: PrivateFile
) -> None:
    alias = shown.create_alias(parent=newsroom.technology)
    someone = signed_in(owner_of(shown))
    assert someone.get(address(alias, exhibit)).status_code == 200
    assert Client().get(address(alias, exhibit)).status_code == 404
    alias.delete()
    assert someone.get(address(alias, exhibit)).status_code == 404


def test_a_membership_that_ends_closes_the_address_at_the_next_request(
    shown: BriefingPage, exhibit: PrivateFile
) -> None:
    client = signed_in(member())
    assert client.get(address(shown, exhibit)).status_code == 200
    Tier.objects.update(opens_everything=False)
    assert client.get(address(shown, exhibit)).status_code == 404
    Tier.objects.update(opens_everything=True)
    Membership.objects.all().delete()
    assert client.get(address(shown, exhibit)).status_code == 404


def test_what_is_handed_out_is_kept_nowhere_and_runs_nothing(
    shown: BriefingPage, exhibit: PrivateFile, attachment: PrivateFile
) -> None:
    client = signed_in(owner_of(shown))
    for file in (exhibit, attachment):
        answer = client.get(address(shown, file))
        assert answer["Cache-Control"] == "private, no-store"
        assert "Cookie" in answer["Vary"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert not {"ETag", "Last-Modified"} & set(answer.headers)
    assert client.get(address(shown, exhibit))["Content-Disposition"] == "inline"
    told = client.get(address(shown, attachment))["Content-Disposition"]
    assert told == 'attachment; filename="model-clause.csv"'


@pytest.mark.parametrize(
    ("asked", "status", "said", "span"),
    [
        ("bytes=0-2", 206, b"one", "bytes 0-2/13"),
        ("bytes=4-", 206, b"two,three", "bytes 4-12/13"),
        ("bytes=-5", 206, b"three", "bytes 8-12/13"),
        ("bytes=-99", 200, b"one,two,three", None),
        ("bytes=0-99", 200, b"one,two,three", None),
        ("bytes=13-", 416, b"", "bytes */13"),
        ("bytes=-0", 416, b"", "bytes */13"),
        ("bytes=5-2", 416, b"", "bytes */13"),
        ("bytes=-", 200, b"one,two,three", None),
        ("bytes=0-1,3-4", 200, b"one,two,three", None),
        ("lines=0-1", 200, b"one,two,three", None),
        (f"bytes={'9' * 40}-", 200, b"one,two,three", None),
    ],
)
def test_a_part_of_a_file_can_be_asked_for(
    shown: BriefingPage, attachment: PrivateFile, asked: str, status: int, said: bytes, span: str | None
) -> None:
    client = signed_in(owner_of(shown))
    answer = client.get(address(shown, attachment), headers={"Range": asked})
    assert (answer.status_code, body(answer), answer.get("Content-Range")) == (status, said, span)
    assert answer["Cache-Control"] == "private, no-store"


def test_a_part_of_what_may_have_changed_is_the_whole(shown: BriefingPage, attachment: PrivateFile) -> None:
    client = signed_in(owner_of(shown))
    headers = {"Range": "bytes=0-2", "If-Range": '"anything"'}
    assert client.get(address(shown, attachment), headers=headers).status_code == 200


def test_head_says_what_get_says_without_the_bytes(shown: BriefingPage, attachment: PrivateFile) -> None:
    client = signed_in(owner_of(shown))
    head, get = client.head(address(shown, attachment)), client.get(address(shown, attachment))
    assert (head.status_code, head["Content-Length"], body(head)) == (200, "13", b"")
    assert head.headers == get.headers


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_file_is_only_read(shown: BriefingPage, exhibit: PrivateFile, method: str) -> None:
    assert getattr(signed_in(owner_of(shown)), method)(address(shown, exhibit)).status_code == 405


@pytest.mark.parametrize(
    "variant", ["1.webp", "document", "source", "..", "%2e%2e%2fx", "6.webp%00", "6.webp."]
)
def test_only_what_was_made_of_it_can_be_asked_for(
    shown: BriefingPage, exhibit: PrivateFile, variant: str
) -> None:
    assert signed_in(owner_of(shown)).get(address(shown, exhibit, variant)).status_code == 404


def test_bytes_that_are_gone_are_not_found(shown: BriefingPage, exhibit: PrivateFile) -> None:
    storages["private"].delete(next(iter(exhibit.variants.values())).name)
    assert signed_in(owner_of(shown)).get(address(shown, exhibit)).status_code == 404


@override_settings(PRIVATE_ACCEL_REDIRECT="/private-bytes")
def test_the_proxy_sends_the_bytes_where_it_can_and_only_after_the_same_question(
    shown: BriefingPage, attachment: PrivateFile
) -> None:
    answer = signed_in(owner_of(shown)).get(address(shown, attachment))
    assert answer["X-Accel-Redirect"] == f"/private-bytes/{attachment.folder}/document"
    assert (body(answer), answer["Cache-Control"]) == (b"", "private, no-store")
    refused = Client().get(address(shown, attachment))
    assert (refused.status_code, "X-Accel-Redirect" in refused) == (404, False)


def test_an_editor_of_another_desk_is_a_reader_here(
    newsroom: Newsroom, shown: BriefingPage, exhibit: PrivateFile
) -> None:
    someone = editor()
    GroupPagePermission.objects.update(page=newsroom.technology)
    client = signed_in(someone)
    assert client.get(address(shown, exhibit)).status_code == 404
    assert client.get(f"/admin/insights/files/{exhibit.pk}/6.webp").status_code == 404


def test_private_files_lie_where_no_address_leads() -> None:
    assert settings.PRIVATE_MEDIA_ROOT not in settings.MEDIA_ROOT.parents
    assert not settings.PRIVATE_MEDIA_ROOT.is_relative_to(settings.MEDIA_ROOT)
    assert not settings.PRIVATE_MEDIA_ROOT.is_relative_to(settings.STATIC_ROOT)
