"""What a CDN is told: by headers how long it may keep a page, and by a purge that it may no longer."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings
from wagtail.models import PageViewRestriction

from accounts.models import Tier
from articles.cdn import AtCloudflare, ByAddress, ByKey
from articles.models import BriefingPage
from articles.purging import ONCE_MORE, SOON, Waiting, longest_seen, purge_cdn
from tests.newsroom import Newsroom

pytestmark = pytest.mark.django_db
FOR_A_CDN = ("Surrogate-Key", "Surrogate-Control", "CDN-Cache-Control")


class Edge(ThreadingHTTPServer):
    """A cache that writes down what it is told to forget, and answers as it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Told)
        self.told: list[tuple[str, str, str | None, str | None]] = []
        self.status = 200
        self.body = ""
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Told(BaseHTTPRequestHandler):
    server: Edge

    def do_PURGE(self) -> None:
        said = self.headers
        self.server.told.append((self.path, said["Host"], said["Surrogate-Key"], said["Fastly-Key"]))
        self.server.bodies.append(self.rfile.read(int(said["Content-Length"] or 0)))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    do_POST = do_PURGE  # noqa: N815 (the names are http.server's)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def edge() -> Iterator[Edge]:
    with Edge() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def nothing_ordered(settings: Settings) -> None:
    Waiting.until = 0.0
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}


@pytest.fixture
def by_key(settings: Settings, edge: Edge) -> None:
    settings.WAGTAILFRONTENDCACHE = {
        "keys": {"BACKEND": "articles.cdn.ByKey", "LOCATION": edge.url, "AUTH": "Fastly-Key: secret"}
    }


@pytest.fixture
def by_address(settings: Settings, edge: Edge) -> None:
    settings.WAGTAILFRONTENDCACHE = {"addresses": {"BACKEND": "articles.cdn.ByAddress", "LOCATION": edge.url}}


def test_without_one_pages_say_nothing_to_it_and_nothing_is_ordered(newsroom: Newsroom) -> None:
    newsroom.publish("A briefing")
    response = Client().get("/")
    assert not [name for name in FOR_A_CDN if name in response.headers]
    assert ordered() == []


def test_with_one_a_visitors_page_says_how_long_and_browsers_ask_as_before(
    newsroom: Newsroom, by_key: None, settings: Settings
) -> None:
    newsroom.publish("A briefing")
    settings.CDN_SECONDS, settings.CDN_STALE_SECONDS = 50, 7
    for path in ("/", "/entertainment/", "/entertainment/a-briefing/", "/feed/"):
        for response in (Client().get(path), Client().get(path)):
            assert [response.headers[name] for name in FOR_A_CDN] == [
                "site",
                "max-age=50, stale-while-revalidate=7",
                "max-age=50, stale-while-revalidate=7",
            ]
            assert response.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
            assert "Cookie" in response.headers["Vary"]


def test_what_is_not_for_all_says_nothing_to_it(newsroom: Newsroom, by_key: None) -> None:
    page = newsroom.publish("A briefing")
    signed_in = Client(headers={"cookie": "sessionid=x"})
    PageViewRestriction.objects.create(page=newsroom.technology, restriction_type="login")
    others = [
        signed_in.get(page.url),
        Client().get("/nothing/"),
        Client().get("/technology/"),
        Client().get("/accounts/login/"),
        Client().get("/?utm_source=x"),
        Client().post(page.url),
    ]
    for response in others:
        assert not [name for name in FOR_A_CDN if name in response.headers]


def ordered() -> list[Any]:
    return list(DBTaskResult.objects.filter(task_path="articles.purging.purge_cdn").order_by("run_after"))


def publish(newsroom: Newsroom) -> None:
    newsroom.publish("Another")


def unpublish(newsroom: Newsroom) -> None:
    BriefingPage.objects.get(slug="a-briefing").unpublish()


def restrict(newsroom: Newsroom) -> None:
    PageViewRestriction.objects.create(page=newsroom.entertainment, restriction_type="login")


def price(newsroom: Newsroom) -> None:
    Tier.objects.create(name="Club", slug="club")


@pytest.mark.parametrize("change", [publish, unpublish, restrict, price])
def test_every_change_orders_two_purges_when_it_is_committed(
    newsroom: Newsroom,
    by_key: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    change: Any,
) -> None:
    newsroom.publish("A briefing")
    with django_capture_on_commit_callbacks(execute=True):
        change(newsroom)
        assert ordered() == []
    soon, once_more = (task.run_after.timestamp() - time.time() for task in ordered())
    assert 0.2 < soon <= SOON
    assert soon + 5 < once_more <= ONCE_MORE


def test_a_purge_tells_it_the_key_and_who_tells(edge: Edge, by_key: None) -> None:
    purge_cdn.call(time.time() + 60)
    assert edge.told == [("/", edge.told[0][1], "site", "secret")]
    assert ordered() == []


def test_one_that_takes_a_post_is_sent_one(edge: Edge) -> None:
    ByKey({"LOCATION": f"{edge.url}service/1/purge", "METHOD": "POST"}).purge("https://any.example/")
    assert [(path, key) for path, _, key, _ in edge.told] == [("/service/1/purge", "site")]


def test_one_that_does_not_answer_well_is_told_again_until_nothing_old_can_be_left(
    edge: Edge, by_key: None
) -> None:
    edge.status = 503
    until = time.time() + longest_seen()
    purge_cdn.call(until, 3)
    (again,) = ordered()
    assert again.args_kwargs["args"] == [until, 4, []]
    assert 0 < again.run_after.timestamp() - time.time() < 15
    purge_cdn.call(time.time() - 1, 9)
    assert len(ordered()) == 1


def test_all_are_told_though_one_is_not_there(edge: Edge, by_key: None, settings: Settings) -> None:
    gone = {"BACKEND": "articles.cdn.ByKey", "LOCATION": "http://127.0.0.1:1/"}
    settings.WAGTAILFRONTENDCACHE = {"gone": gone} | settings.WAGTAILFRONTENDCACHE
    purge_cdn.call(time.time() + 60)
    assert len(edge.told) == len(ordered()) == 1


def test_who_knows_no_keys_is_told_every_address(newsroom: Newsroom, edge: Edge, by_address: None) -> None:
    newsroom.publish("A briefing").move(newsroom.technology, pos="last-child")
    newsroom.publish("Withdrawn").unpublish()
    purge_cdn.call(time.time() + 60)
    assert {path for path, *_ in edge.told} >= {
        "/",
        "/feed/",
        "/entertainment/",
        "/entertainment/feed/",
        "/entertainment/?page=1",
        "/technology/a-briefing/",
        "/entertainment/a-briefing/",
        "/entertainment/withdrawn/",
    }
    assert {host for _, host, *_ in edge.told} == {"testserver"}


def test_addresses_are_told_again_where_it_did_not_answer_well(
    newsroom: Newsroom, edge: Edge, by_address: None
) -> None:
    newsroom.publish("A briefing")
    edge.status = 503
    until = time.time() + longest_seen()
    purge_cdn.call(until, 1)
    assert "/entertainment/a-briefing/" in {path for path, *_ in edge.told}
    (again,) = ordered()
    assert again.args_kwargs["args"] == [until, 2, []]
    edge.status = 404
    purge_cdn.call(until, 2)
    assert len(ordered()) == 1


def test_addresses_are_not_tried_one_after_the_other_where_nobody_is(settings: Settings) -> None:
    nobody = ByAddress({"LOCATION": "http://127.0.0.1:1"})
    with pytest.raises(OSError, match="refused"):
        nobody.purge_batch(["https://site.example/a/", "no address at all"])


@pytest.mark.parametrize(("status", "body"), [(200, '{"success": false}'), (200, "<html>"), (500, "")])
def test_cloudflare_is_told_by_address_and_what_it_refuses_is_known(
    edge: Edge, status: int, body: str
) -> None:
    cloudflare = AtCloudflare({"ZONEID": "z", "BEARER_TOKEN": "t"})
    cloudflare.cloudflare_purge_endpoint_url = f"{edge.url}zones/z/purge_cache"
    addresses = [f"https://site.example/{number}/" for number in range(31)]
    edge.body = '{"success": true}'
    cloudflare.purge_batch(addresses)
    assert [path for path, *_ in edge.told] == ["/zones/z/purge_cache"] * 2
    assert [address for part in edge.bodies for address in json.loads(part)["files"]] == addresses
    edge.status, edge.body = status, body
    with pytest.raises(OSError, match=r"Cloudflare said|500"):
        cloudflare.purge_batch(addresses)


def test_what_is_deleted_for_good_is_told_by_the_address_it_had(
    newsroom: Newsroom,
    edge: Edge,
    by_address: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    newsroom.publish("A briefing")
    newsroom.publish("Another")
    with django_capture_on_commit_callbacks(execute=True):
        newsroom.entertainment.delete()
    told = [task.args_kwargs["args"][2] for task in ordered()]
    assert sorted(len(gone) > 0 for gone in told) == [False, False, True, True]
    purge_cdn.call(time.time() + 60, 0, max(told, key=len))
    assert {path for path, *_ in edge.told} == {
        "/entertainment/",
        "/entertainment/feed/",
        "/entertainment/?page=1",
        "/entertainment/a-briefing/",
        "/entertainment/another/",
    }


def test_who_knows_keys_is_not_told_of_each_that_is_deleted(
    newsroom: Newsroom,
    by_key: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    page = newsroom.publish("A briefing")
    with django_capture_on_commit_callbacks(execute=True):
        page.delete()
    assert [task.args_kwargs["args"][2] for task in ordered()] == [[], []]
