"""The whole site in a folder of its own: durable PostgreSQL, two web workers, worker, clock, post office."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from briefings_site.cluster import Cluster, ClusterError
from briefings_site.demo.children import ROOT, start_keeper
from briefings_site.demo.claims import Claim
from briefings_site.demo.supervisor import child_environ, ready, web_command

from .parts import Part, children_of
from .post import PostOffice
from .prepared import Prepared

READY_WITHIN = 120.0
STOPPED_WITHIN = 10.0
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class HouseError(Exception):
    """The site under test could not be set up. Its text is for the person at the terminal."""


class House:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.logs = data_dir / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.port, smtp = free_port(), free_port()
        self.post = PostOffice(smtp)
        self.claim = Claim(data_dir, self.port)
        self.cluster = Cluster(data_dir)
        self.keeper: subprocess.Popen[bytes] | None = None
        self.environ = environ_of(self.claim, smtp)
        self.parts: dict[str, Part] = {}

    def open(self) -> None:
        prepared = Prepared(self.data_dir.parent)
        if not prepared.there:
            self.prepare(prepared)
        else:
            prepared.copy_to(self.data_dir)
        self.cluster.join(durable=True)
        self.keeper = start_keeper(self.data_dir)
        self.refuse_what_is_not_durable()
        self.run("address", "-m", "tests.chaos.newsroom", "--address-only")
        self.post.controller.start()
        self.add("web", *two_workers(web_command(self.claim)))
        self.add("worker", "manage.py", "db_worker", "--queue-name", "*", "--no-startup-delay")
        self.add("clock", "manage.py", "clock")
        self.await_readiness()

    def prepare(self, prepared: Prepared) -> None:
        self.cluster.join(durable=True)
        self.run("prepare", "-m", "briefings_site.demo.prepare")
        self.run("newsroom", "-m", "tests.chaos.newsroom")
        self.cluster.leave(os.getpid(), STOPPED_WITHIN)
        if self.cluster.running():
            raise HouseError(f"the server of {self.data_dir} would not stop")
        prepared.keep(self.data_dir)

    def add(self, name: str, *arguments: str) -> None:
        part = Part(name, [sys.executable, *arguments], self.environ, self.logs / f"{name}.log")
        self.parts[name] = part
        part.start()

    def run(self, name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command of the site to its end. Raises HouseError where it fails."""
        ended = self.command(*arguments)
        (self.logs / f"{name}.log").write_text(ended.stdout + ended.stderr)
        if ended.returncode:
            raise HouseError(f"{name} failed: {(ended.stdout + ended.stderr).strip()[-800:]}")
        return ended

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            start_new_session=True,
        )

    def ask(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.as_superuser, autocommit=True) as line:
            cursor = line.execute(sql, arguments or None)
            return cursor.fetchall() if cursor.description else []

    @property
    def as_superuser(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self.cluster.socket_dir), safe='/')}"

    def refuse_what_is_not_durable(self) -> None:
        for setting, wanted in DURABLE.items():
            [(found,)] = self.ask("SELECT current_setting(%s)", [setting])
            if found != wanted:
                raise HouseError(f"PostgreSQL runs with {setting} = {found}: nothing could be promised")

    def await_readiness(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not ready(self.port):
            if time.monotonic() > deadline:
                raise HouseError(f"not ready within {READY_WITHIN:.0f} seconds: see {self.logs}")
            time.sleep(0.1)

    def all_run(self) -> bool:
        return all(part.running for part in self.parts.values())

    def postmaster(self) -> int:
        return int((self.data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    def kill_server(self) -> None:
        """The postmaster and every process of its own, with no time for a last word."""
        postmaster = self.postmaster()
        for pid in (postmaster, *children_of(postmaster)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start_server(self) -> None:
        """Through the cluster's own door; a part that came back earlier may have started it already."""
        deadline = time.monotonic() + READY_WITHIN
        while True:
            again = Cluster(self.data_dir)
            try:
                again.join(durable=True)
                break
            except ClusterError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        self.cluster.leave(os.getpid())
        self.cluster = again

    def close(self) -> None:
        for part in self.parts.values():
            part.stopping.set()
        for part in self.parts.values():
            part.stop()
        if self.post.controller.server is not None:
            self.post.controller.stop()
        self.cluster.leave(os.getpid(), STOPPED_WITHIN)
        if self.keeper is not None:
            self.keeper.communicate()


def environ_of(claim: Claim, smtp: int) -> dict[str, str]:
    ours = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp}", "TRUSTED_PROXY_COUNT": "1", "LOG_LEVEL": "WARNING"}
    # Pictures are looked at by nobody here.
    ours["AVIF_SPEED"] = "10"
    environ = child_environ(claim) | ours | {"DJANGO_SETTINGS_MODULE": "briefings_site.settings.demo"}
    # Whoever starts the harness may have addresses of their own in the environment.
    return {name: value for name, value in environ.items() if name not in ("DATABASE_URL", "BASE_URL")}


def two_workers(command: Sequence[str]) -> list[str]:
    """The demo's web server as deploy/systemd has it: two, and one that dies is replaced beside the other."""
    changed = list(command)
    changed[changed.index("--workers") + 1] = "2"
    changed.insert(changed.index("--no-ws"), "--respawn-failed-workers")
    return changed


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
