"""The stand-in as a process: what it keeps, how fast it is there, and where it must not be."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from briefings_site.demo import local_stripe

from ..emulator import PATIENCE, ROOT, Emulator, start_emulator
from .conftest import client
from .test_delivery import Listener
from .test_delivery import listener as listener

START_WITHIN = 2.0


def test_a_second_start_finds_all_again(tmp_path: Path) -> None:
    arguments = ("--data", str(tmp_path))
    process, address = start_emulator(None, *arguments)
    asking = client(address).v1
    made = asking.customers.create({"email": "a@example.com"}, {"idempotency_key": "kept"}).id
    Emulator(address).advance(seconds=43_200)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    began = time.monotonic()
    process, address = start_emulator(None, *arguments)
    assert time.monotonic() - began < START_WITHIN
    asking = client(address).v1
    assert asking.customers.create({"email": "a@example.com"}, {"idempotency_key": "kept"}).id == made
    [event] = asking.events.list({}).data
    assert event.type == "customer.created"
    assert Emulator(address).advance(seconds=0) > time.time() + 40_000
    process.terminate()
    assert process.wait(PATIENCE) == -signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["stripe.json"]


def test_production_cannot_load_it() -> None:
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "briefings_site.settings.production"}
    ended = subprocess.run(
        [sys.executable, "-c", "import briefings_site.demo.stripe"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "is not for production" in ended.stderr.splitlines()[-1]


def test_a_demo_keeps_its_port_while_that_is_free(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as site:
        beside = site.getsockname()[1]
        first = local_stripe.choose_port(tmp_path, beside)
        assert local_stripe.choose_port(tmp_path, beside + 100) == first
        with socket.create_server(("127.0.0.1", first)):
            other = local_stripe.choose_port(tmp_path, beside - 1)
        assert other not in (first, beside)
        assert local_stripe.kept_port(tmp_path) == other


@pytest.mark.parametrize("named", ["STRIPE_API_BASE", "STRIPE_SECRET_KEY"])
def test_a_demo_that_is_told_of_a_stripe_takes_that(tmp_path: Path, named: str) -> None:
    local_stripe.choose_port(tmp_path, 1)
    assert local_stripe.settings_beside(tmp_path, {})["STRIPE_SECRET_KEY"] == local_stripe.SECRET_KEY
    assert local_stripe.settings_beside(tmp_path, {named: "x"}) == {}
    assert not local_stripe.wanted({named: "x"})


def test_what_was_not_delivered_is_posted_after_a_new_start(tmp_path: Path, listener: Listener) -> None:
    arguments = ("--data", str(tmp_path), "--webhook", listener.url)
    listener.refusals = 1_000
    process, address = start_emulator(None, *arguments)
    client(address).v1.customers.create({})
    process.kill()
    process.wait(PATIENCE)
    listener.refusals = 0
    process, address = start_emulator(None, *arguments)
    Emulator(address).await_deliveries()
    process.terminate()
    process.wait(PATIENCE)
    assert listener.kinds() == ["customer.created"]
