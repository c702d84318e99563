"""Reading from a replica: a real one, of a small primary of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.cache import cache
from django.db import OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from wagtail.models import CollectionViewRestriction, Page, PageViewRestriction

from accounts.models import Membership, ReaderSession, Tier, User
from articles import replicas, versions
from articles.models import BriefingPage, PublicText
from articles.replicas import reading_what_is_public
from articles.versions import version
from briefings_site.settings.several import replica as replica_settings
from credits.models import LedgerAccount
from insights.models import Unlock
from tests.briefings_site.conftest import free_port
from tests.cluster.postgres import Server
from tests.cluster.roles import make_roles, write_passwords

pytestmark = pytest.mark.xdist_group("replicas")

PUBLIC = (BriefingPage, PublicText, Page, PageViewRestriction)
NEVER = (User, ReaderSession, Tier, Membership, Unlock, LedgerAccount, CollectionViewRestriction)
POSITION = "SELECT to_hex((pg_current_wal_insert_lsn() - '0/0')::bigint)"


@contextmanager
def running(server: Server) -> Iterator[Server]:
    with (server.folder.parent / f"{server.name}.log").open("w") as log:
        process = subprocess.Popen(server.command(), cwd="/", stdout=log, stderr=log)
        try:
            server.await_answer()
            yield server
        finally:
            process.send_signal(2)
            process.wait(timeout=30)


@pytest.fixture(autouse=True)
def any_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Tests' transactions know no database that is added while they run. Nothing is written here."""
    with django_db_blocker.unblock():
        yield
        connections["default"].close()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    """A primary, and a replica that it does not wait for."""
    folder = site_settings.DATA_DIR / f"replicas-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    folder.mkdir(mode=0o755, exist_ok=True)
    passwords = folder / "pgpass"
    write_passwords(passwords)
    primary = Server("marquee_1", folder / "primary", free_port(), passwords)
    replica = Server("marquee_2", folder / "replica", free_port(), passwords)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        primary.create()
        with (primary.folder / "postgresql.conf").open("a") as conf:
            conf.write("synchronous_standby_names = ''\n")
        stack.enter_context(running(primary))
        make_roles(primary)
        replica.follow(primary)
        stack.enter_context(running(replica))
        yield primary, replica


@pytest.fixture
def primary(servers: tuple[Server, Server]) -> Server:
    return servers[0]


@pytest.fixture
def replica(servers: tuple[Server, Server], settings: Any) -> Iterator[Server]:
    with the_replica_is(servers[1], settings):
        yield servers[1]


@contextmanager
def the_replica_is(server: Server, settings: Any) -> Iterator[None]:
    known = replicas.furthest
    url = server.url(user="postgres")
    connections.settings["replica"] = connections.configure_settings(
        {"default": connections.settings["default"], "replica": replica_settings(url)}
    )["replica"]
    settings.DATABASE_ROUTERS = ["articles.replicas.Router"]
    replicas.furthest, replicas.left_alone_until = replicas.Furthest(), 0.0
    try:
        yield
    finally:
        connections["replica"].close()
        del connections["replica"]
        del connections.settings["replica"]
        replicas.furthest, replicas.left_alone_until = known, 0.0


def asked(model: Any = BriefingPage) -> str:
    return str(model._default_manager.all().db)


def what_is_published_now(primary: Server) -> str:
    [(position,)] = primary.ask(POSITION)
    return f"a-version@{position}"


def caught_up(primary: Server, replica: Server) -> None:
    replica.ask("SELECT pg_wal_replay_resume()")
    [(position,)] = primary.ask("SELECT pg_current_wal_insert_lsn()::text")
    for _ in range(500):
        if replica.ask("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [position]) == [(True,)]:
            return
        replica.ask("SELECT pg_sleep(0.02)")
    raise AssertionError("the replica did not catch up")


def test_what_is_public_is_read_from_the_replica_and_nothing_else_ever(replica: Server) -> None:
    with reading_what_is_public():
        assert {asked(model) for model in PUBLIC} == {"replica"}
        assert {asked(model) for model in NEVER} == {"default"}


def test_whoever_did_not_say_that_they_read_what_is_public_asks_the_primary(replica: Server) -> None:
    assert {asked(model) for model in (*PUBLIC, *NEVER)} == {"default"}
    with reading_what_is_public():
        found = BriefingPage.objects.all()
        assert found.db == "replica"
    assert found.all().db == "default"


def test_nothing_is_written_to_the_replica(replica: Server) -> None:
    with reading_what_is_public():
        assert replicas.Router().db_for_write(BriefingPage) == "default"
        with pytest.raises(Exception, match="read-only"), connections["replica"].cursor() as cursor:
            cursor.execute("CREATE TABLE mine (number int)")
    assert not replicas.Router().allow_migrate("replica", "articles")


def test_a_replica_that_lags_behind_what_is_published_is_not_asked(primary: Server, replica: Server) -> None:
    replica.ask("SELECT pg_wal_replay_pause()")
    with reading_what_is_public():
        assert asked() == "replica"
    primary.ask("CREATE TABLE published ()")
    replicas.note(what_is_published_now(primary))
    with reading_what_is_public():
        assert asked() == "default"
    caught_up(primary, replica)
    with reading_what_is_public():
        assert asked() == "replica"
    primary.ask("DROP TABLE published")


def test_a_version_that_comes_in_the_middle_of_a_page_counts_from_there(
    primary: Server, replica: Server
) -> None:
    replica.ask("SELECT pg_wal_replay_pause()")
    with reading_what_is_public():
        assert asked() == "replica"
        primary.ask("CREATE TABLE published ()")
        replicas.note(what_is_published_now(primary))
        assert asked() == "default"
        caught_up(primary, replica)
        assert asked() == "default"
    primary.ask("DROP TABLE published")


def test_an_older_version_takes_nothing_back(primary: Server, replica: Server) -> None:
    replicas.note("newer@ffffffffffff")
    replicas.note(what_is_published_now(primary))
    with reading_what_is_public():
        assert asked() == "default"


def test_where_a_version_has_no_position_the_primarys_own_counts(replica: Server) -> None:
    """The tests' own server stands in for a primary here, and is another one than the replica's."""
    before, after = replicas.position_mark(), "a version made while the primary was away"
    replicas.note(after)
    with reading_what_is_public():
        asked()
    assert replicas.furthest.position >= int(before.removeprefix("@"), 16) > 0
    assert replicas.furthest.unplaced == ""


def test_a_version_carries_the_position_and_whoever_reads_it_needs_that(replica: Server) -> None:
    cache.clear()
    word = version()
    assert int(word.partition("@")[2], 16) == replicas.furthest.position > 0
    replicas.furthest, versions.mind.trusted = replicas.Furthest(), None
    assert version() == word
    assert replicas.furthest.position == int(word.partition("@")[2], 16)


def test_a_server_that_follows_nobody_is_no_replica(primary: Server, settings: Any) -> None:
    with the_replica_is(primary, settings), reading_what_is_public():
        assert asked() == "default"


def test_a_replica_that_is_away_is_left_alone_for_a_while(settings: Any, servers: Any) -> None:
    nobody = Server("nobody", servers[0].folder, free_port(), servers[0].folder)
    with the_replica_is(nobody, settings), reading_what_is_public():
        assert asked() == "default"
        assert replicas.left_alone_until > 0


def a_page(request: HttpRequest) -> HttpResponse:
    """Reads something, and at the word of the test loses its line to the replica before it reads again."""
    first = asked()
    if first == "replica" and request.GET.get("cut"):
        connections["replica"].connection.close()
    with connections[first].cursor() as cursor:
        cursor.execute("SELECT 1")
    if request.GET.get("broken"):
        raise OperationalError("not the replica's fault")
    return HttpResponse(first)


urlpatterns = [path("page", a_page), path("search/", a_page, name="search")]


@pytest.fixture
def site(replica: Server, settings: Any) -> Client:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["articles.replicas.PublicReads"]
    return Client(raise_request_exception=False)


def test_a_visitors_page_is_read_from_the_replica_and_a_readers_is_not(site: Client) -> None:
    assert site.get("/page").content == b"replica"
    assert site.post("/page").content == b"default"
    site.cookies[site_settings.SESSION_COOKIE_NAME] = "somebody"
    assert site.get("/page").content == b"default"
    assert site.get("/search/").content == b"replica"


def test_a_page_that_loses_the_replica_is_made_from_the_primary(site: Client) -> None:
    assert site.get("/page?cut=1").content == b"default"
    assert site.get("/page").content == b"default"
    replicas.left_alone_until = 0.0
    connections["replica"].close()
    assert site.get("/page").content == b"replica"


def test_a_page_that_fails_on_the_primary_too_fails_once_more_and_no_more(site: Client) -> None:
    assert site.get("/page?broken=1").status_code == 500
