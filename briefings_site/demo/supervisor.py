"""``make demo``: one process that starts everything, watches it, and stops all of it."""

import http.client
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import psycopg

from briefings_site.cluster import ROLES, Cluster, ClusterError

from . import local_stripe, stamp
from .banner import banner
from .children import Child, start_keeper, stop
from .claims import Claim, DemoError, claim_folder, claim_port

HOST = "127.0.0.1"
PATIENCE = 10.0
READY_WITHIN = 60.0
TICK = 0.2


def main() -> int:
    supervisor = Supervisor()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, supervisor.ask_to_stop)
    try:
        claim = Claim.from_environ(os.environ)
        with claim_folder(claim):
            claim_port(claim.port, host=HOST)
            supervisor.run(claim)
    except (DemoError, ClusterError) as error:
        print(f"demo: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


class Supervisor:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.asked = threading.Event()
        self.speaking = threading.Lock()
        self.environ: Mapping[str, str] = {}
        self.children: list[Child] = []
        self.cluster: Cluster | None = None
        self.keeper: subprocess.Popen[bytes] | None = None
        self.line_to_database: psycopg.Connection | None = None

    def ask_to_stop(self, *_: object) -> None:
        self.asked.set()

    def say(self, who: str, what: str) -> None:
        with self.speaking:
            print(f"{time.monotonic() - self.began:6.1f}s  {who:<8}  {what}", flush=True)

    def run(self, claim: Claim) -> None:
        self.environ = child_environ(claim)
        try:
            if not os.environ.get("DATABASE_URL"):
                self.start_cluster(claim.data_dir)
            self.start_stripe(claim)
            self.prepare(claim.data_dir)
            self.serve(claim)
            self.watch()
        finally:
            self.stop_everything()

    def start_cluster(self, data_dir: Path) -> None:
        self.say("database", f"starting PostgreSQL in {data_dir / 'postgres'}")
        self.cluster = Cluster(data_dir)
        self.cluster.join(durable=True)
        self.keeper = start_keeper(data_dir)
        self.line_to_database = psycopg.connect(self.cluster.url(ROLES.owner), autocommit=True)

    def start_stripe(self, claim: Claim) -> None:
        if self.asked.is_set() or not local_stripe.wanted(self.environ):
            return
        port = local_stripe.choose_port(claim.data_dir, claim.port)
        site = f"http://{HOST}:{claim.port}"
        self.spawn("stripe", *local_stripe.command(port, data_dir=claim.data_dir, site=site))
        self.environ = {**self.environ, **local_stripe.settings(port)}

    def prepare(self, data_dir: Path) -> None:
        if self.asked.is_set():
            return
        # Nobody tells us when a server of somebody else's is changed, so there it is always done.
        ours = self.line_to_database
        if ours is not None and stamp.prepared(data_dir, ours):
            self.say("prepare", "nothing changed since the last start")
            return
        child = self.spawn("prepare", "-m", "briefings_site.demo.prepare", LOG_LEVEL="WARNING")
        while not child.ended() and not self.asked.wait(TICK):
            self.check_database()
        if child.ended():
            self.finish_preparing(child)
            if ours is not None:
                stamp.keep(data_dir, ours)

    def finish_preparing(self, child: Child) -> None:
        child.relay.join()
        self.children.remove(child)
        if child.process.returncode:
            raise DemoError(f"preparing failed ({child.how()}): the lines above say why")

    def serve(self, claim: Claim) -> None:
        if self.asked.is_set():
            return
        self.say("web", "starting")
        self.spawn("web", *web_command(claim))
        if not self.await_readiness(claim.port):
            return
        if local_stripe.wanted(os.environ):
            self.fill_stripe()
        self.say("demo", "ready; starting worker and clock")
        self.spawn("worker", "manage.py", "db_worker", "--queue-name", "*", "--no-startup-delay")
        self.spawn("clock", "manage.py", "clock")
        stripe = self.environ.get("STRIPE_API_BASE", "") if local_stripe.wanted(os.environ) else ""
        print(banner(f"http://{HOST}:{claim.port}", claim.data_dir, stripe), flush=True)

    def fill_stripe(self) -> None:
        """Nothing can be bought before it knows our prices; a site that sells nothing can still be read."""
        child = self.spawn("sync", "manage.py", "stripe_sync", LOG_LEVEL="WARNING")
        while not child.ended() and not self.asked.wait(TICK):
            self.check_database()
        if child.ended():
            child.relay.join()
            self.children.remove(child)
            if child.process.returncode:
                self.say("demo", "the local Stripe does not have our prices: the lines above say why")

    def spawn(self, name: str, *arguments: str, **environ: str) -> Child:
        child = Child(name, [sys.executable, *arguments], {**self.environ, **environ}, self.say)
        self.children.append(child)
        return child

    def await_readiness(self, port: int) -> bool:
        """False when asked to stop meanwhile. Raises DemoError."""
        deadline = time.monotonic() + READY_WITHIN
        while not self.asked.wait(TICK):
            self.check()
            if ready(port):
                return True
            if time.monotonic() > deadline:
                raise DemoError(f"the site did not become ready within {READY_WITHIN:.0f} seconds")
        return False

    def watch(self) -> None:
        while not self.asked.wait(TICK):
            self.check()

    def check(self) -> None:
        dead = [child for child in self.children if child.ended()]
        # A worker that lost its database ends too: name the cause, not what follows from it.
        self.check_database()
        for child in dead:
            raise DemoError(f"{child.name} (process {child.pid}) ended, {child.how()}: all is stopped")

    def check_database(self) -> None:
        """Our idle connection becomes readable when the server closes it, also when it was killed."""
        if self.line_to_database is None:
            return
        readable, _, _ = select.select([self.line_to_database.fileno()], [], [], 0)
        if readable:
            raise DemoError("the database server ended: all is stopped")

    def stop_everything(self) -> None:
        self.say("demo", "stopping")
        stop(self.children, patience=PATIENCE)
        if self.line_to_database is not None:
            self.line_to_database.close()
        if self.cluster is not None:
            self.cluster.leave(os.getpid())
        if self.keeper is not None:
            self.keeper.communicate()
        self.say("demo", "stopped")


def child_environ(claim: Claim) -> dict[str, str]:
    ours = {"DATA_DIR": str(claim.data_dir), "PORT": str(claim.port), "PYTHONUNBUFFERED": "1"}
    return {"DJANGO_SETTINGS_MODULE": "briefings_site.settings.demo"} | os.environ | ours


def web_command(claim: Claim) -> list[str]:
    images = claim.data_dir / "media" / "images"
    images.mkdir(parents=True, exist_ok=True)
    options = {
        "interface": "wsgi",
        "host": HOST,
        "port": str(claim.port),
        "workers": "1",
        "blocking-threads": "4",
        "log-level": "warning",
        "static-path-route": "/media/images",
        "static-path-mount": str(images),
        "static-path-expires": "31536000",
    }
    flags = [text for name, value in options.items() for text in (f"--{name}", value)]
    return ["-m", "granian", *flags, "--no-ws", "briefings_site.wsgi:application"]


def ready(port: int) -> bool:
    line = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
