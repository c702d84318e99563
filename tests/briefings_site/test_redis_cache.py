"""The cache as production has it, with a Redis that is not there and with one that comes back."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory, override_settings
from django_ratelimit.core import is_ratelimited
from redis.exceptions import RedisError

from briefings_site.redis_cache import Redis, counted
from briefings_site.settings.shared_cache import shared_cache
from tests.briefings_site.conftest import free_port
from tests.briefings_site.running import until


@pytest.fixture(autouse=True)
def nothing_known_of_redis() -> Iterator[None]:
    Redis.left_alone_until = 0.0
    yield
    Redis.left_alone_until = 0.0


def cache_at(port: int) -> Redis:
    config = shared_cache(f"redis://127.0.0.1:{port}/0")
    cache = Redis(config["LOCATION"], {"OPTIONS": config["OPTIONS"]})
    cache.counts.clear()
    return cache


@pytest.fixture
def away() -> Redis:
    return cache_at(free_port())


def test_limits_are_counted_here_while_redis_is_away(away: Redis) -> None:
    assert (away.add("rl:reader", 1, 60), away.add("rl:reader", 1, 60)) == (True, False)
    assert (away.incr("rl:reader"), away.get("rl:reader")) == (2, 2)
    away.set("allauth:rl:login", [1.0, 2.0], 60)
    assert (away.get("allauth:rl:login"), away.delete("allauth:rl:login")) == ([1.0, 2.0], True)
    assert away.get("allauth:rl:login", []) == []


def test_whoever_keeps_anything_else_hears_that_it_is_away(away: Redis) -> None:
    for attempt in (
        lambda: away.get("page"),
        lambda: away.set("page", "kept", 60),
        lambda: away.add("turn", 1),
    ):
        with pytest.raises(RedisError):
            attempt()


def test_wagtail_finds_the_roots_of_sites_itself(away: Redis) -> None:
    away.set("wagtail_site_root_paths", ["old"], 60)
    assert away.get("wagtail_site_root_paths") is None
    with pytest.raises(RedisError):
        away.delete("wagtail_site_root_paths")


def test_a_limit_holds_in_the_process_while_redis_is_away() -> None:
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.7")
    request.user = AnonymousUser()
    config = shared_cache(f"redis://127.0.0.1:{free_port()}/0")
    with override_settings(CACHES={"default": config}):
        asked = [
            is_ratelimited(request, group="away", key="ip", rate="3/h", increment=True) for _ in range(5)
        ]
    assert asked == [False, False, False, True, True]


def test_a_redis_that_did_not_answer_is_left_alone_for_a_moment(away: Redis) -> None:
    away.get("rl:reader")
    asked: list[str] = []
    counted("rl:reader", lambda: asked.append("Redis"), lambda: asked.append("here"))
    counted("page", lambda: asked.append("Redis"), lambda: asked.append("here"))
    assert asked == ["here", "Redis"]


def test_it_is_used_again_as_soon_as_it_is_back(tmp_path: Path) -> None:
    port = free_port()
    cache = cache_at(port)
    cache.add("rl:reader", 1, 60)
    assert cache.incr("rl:reader") == 2
    command = [
        "redis-server",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(tmp_path),
    ]
    try:
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("No redis-server found. Install Debian's redis-server.")
    try:
        until("Redis answers", lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, seconds=20)
        Redis.left_alone_until = 0.0
        cache.set("page", "kept", 60)
        assert cache.get("page") == "kept"
        assert cache.get("rl:reader") is None
        assert cache.add("rl:another", 1, 60)
        assert (cache.incr("rl:another"), cache.incr("rl:another", 3)) == (2, 5)
        with pytest.raises(ValueError, match="not found"):
            cache.incr("rl:nobody")
    finally:
        running.terminate()
        running.wait(timeout=10)
    Redis.left_alone_until = 0.0
    assert cache.get("rl:reader") == 2
