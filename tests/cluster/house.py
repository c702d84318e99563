"""The whole site on several machines that are one: each part has a folder, a port and a life of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from briefings_site.cluster import ROLES, SYSTEM_USER
from briefings_site.demo.children import Child
from tests.briefings_site.conftest import ROOT, free_port
from tests.briefings_site.running import until
from tests.chaos.parts import Part, children_of
from tests.chaos.prepared import Prepared
from tests.deployment import running

from . import files
from .postgres import HOST, Server
from .programs import programs
from .roles import DATABASE, PASSWORD, make_roles, write_passwords

PREPARED = ("postgres", "shared", "sessions.json", "canaries.json")
SHARED = ("media", "private", "static", "mail")
NODES = ("web-1", "web-2")
OTHERS = ("worker-1", "worker-2", "clock")
READY_WITHIN = 300.0
USERLIST = 'SELECT format(\'"%%s" "%%s"\', rolname, rolpassword) FROM pg_authid WHERE rolname = %s'


class HouseError(Exception):
    """The cluster could not be set up. Its text is for the person at the terminal."""


class House:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = programs()
        self.logs = folder / "logs"
        self.logs.mkdir()
        names = ("tls", "plain", "pgbouncer", "redis", *NODES)
        self.ports = {name: free_port() for name in names}
        self.servers = [
            Server(f"marquee_{number}", folder / "postgres" / str(number), free_port(), self.passwords)
            for number in (1, 2, 3)
        ]
        self.parts: dict[str, Part] = {}
        self.sessions: dict[str, str] = {}

    @property
    def base_url(self) -> str:
        return f"https://localhost:{self.ports['tls']}"

    @property
    def ca(self) -> Path:
        return self.folder / "shared" / "fullchain.pem"

    @property
    def passwords(self) -> Path:
        return self.folder / "pgpass"

    @property
    def manifest(self) -> Path:
        return self.folder / "canaries.json"

    @property
    def primary(self) -> Server:
        """Whichever PgBouncer leads to."""
        text = (self.folder / "pgbouncer" / "databases.ini").read_text()
        return next(server for server in self.servers if f"port={server.port} " in text)

    @property
    def replica(self) -> Server:
        """Where visitors' pages are read, as the environment of the web nodes has it."""
        return self.servers[1]

    def open(self) -> None:
        files.open_to_others(self.folder)
        write_passwords(self.passwords)
        prepared = Prepared(self.folder.parent, PREPARED)
        if prepared.there:
            prepared.copy_to(self.folder)
            self.servers[0].configure()
        else:
            self.servers[0].create()
        self.make_folders()
        self.add_server(self.servers[0])
        # Nobody follows yet, and whoever waits for a follower would wait for ever.
        self.wait_for_followers(self.servers[0], False)
        if not prepared.there:
            make_roles(self.servers[0])
        self.start_beside()
        if not prepared.there:
            self.prepare()
            self.stop_server(self.servers[0])
            prepared.keep(self.folder)
            self.add_server(self.servers[0])
        self.start_followers()
        self.start_site()

    def start_site(self) -> None:
        self.sessions = json.loads((self.folder / "sessions.json").read_text())
        self.run("address", "-m", "tests.cluster.newsroom")
        for node in NODES:
            self.add(node, one_worker(running.web_command(self.ports[node])), self.environ_of(node))
        for name in OTHERS:
            self.add(name, [sys.executable, "manage.py", *self.work_of(name)], self.environ_of(name))
        for node in NODES:
            self.await_node(node)
        running.certificate(self.programs["openssl"], self.folder / "shared")
        self.start_nginx()

    def make_folders(self) -> None:
        (self.folder / "shared" / "media" / "images").mkdir(parents=True, exist_ok=True)
        for shared in SHARED:
            (self.folder / "shared" / shared).mkdir(exist_ok=True)
        for name in (*NODES, *OTHERS, "hand"):
            (self.folder / name).mkdir()
            for shared in SHARED:
                (self.folder / name / shared).symlink_to(self.folder / "shared" / shared)

    def wait_for_followers(self, server: Server, wanted: bool) -> None:
        change = "RESET synchronous_standby_names" if wanted else "SET synchronous_standby_names = ''"
        server.ask(f"ALTER SYSTEM {change}")
        server.ask("SELECT pg_reload_conf()")

    def start_followers(self) -> None:
        first, *followers = self.servers
        for follower in followers:
            follower.follow(first)
            self.add_server(follower)
        self.wait_for_followers(first, True)

    def add_server(self, server: Server) -> None:
        self.add(server.name, server.command(), server.environ)
        server.await_answer()

    def start_beside(self) -> None:
        folder = self.folder / "pgbouncer"
        folder.mkdir()
        [(line,)] = self.servers[0].ask(USERLIST, [ROLES.application])
        options = files.pgbouncer(folder, port=self.ports["pgbouncer"], userlist=line + "\n")
        files.databases(folder, port=self.servers[0].port)
        # It will not run as root, and Debian's package brings no user for it.
        if os.geteuid() == 0:
            shutil.chown(folder, SYSTEM_USER)
            options = ["--user", SYSTEM_USER, *options]
        self.add("pgbouncer", [self.programs["pgbouncer"], *options], os.environ)
        self.start_redis()

    def start_redis(self) -> None:
        conf = files.redis(self.folder, port=self.ports["redis"])
        self.add("redis", [self.programs["redis-server"], *conf], os.environ)

    def start_nginx(self) -> None:
        folder = self.folder / "nginx"
        folder.mkdir()
        nodes = [self.ports[node] for node in NODES]
        options = files.nginx(self.folder / "shared", folder, ports=self.ports, nodes=nodes)
        self.add("nginx", [self.programs["nginx"], *options], os.environ)
        running.await_answer(self.base_url, self.ca, alive=self.child_of("nginx").process)

    def prepare(self) -> None:
        owner = {"DATABASE_OWNER_URL": self.servers[0].url(ROLES.owner, DATABASE, password=PASSWORD)}
        self.manage("migrate", "--verbosity", "0", extra=owner)
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.run("newsroom", "-m", "tests.cluster.newsroom", str(self.folder / "sessions.json"))
        self.manage("plant_canaries", str(self.manifest))

    def work_of(self, name: str) -> list[str]:
        if name == "clock":
            return ["clock"]
        return ["db_worker", "--queue-name", "*", "--worker-id", name, "--no-startup-delay"]

    def environ_of(self, name: str) -> dict[str, str]:
        """Each part has a data folder of its own, as on a machine of its own; media are shared."""
        through = f"{HOST}:{self.ports['pgbouncer']}"
        site = running.environment(
            self.folder / name,
            database=f"postgresql://{ROLES.application}:{quote(PASSWORD)}@{through}/{DATABASE}",
            tls_port=self.ports["tls"],
        )
        return site | {
            "DJANGO_SETTINGS_MODULE": "tests.cluster.settings",
            "CACHE_URL": f"redis://{HOST}:{self.ports['redis']}/0",
            "DATABASE_REPLICA_URL": self.replica.url(ROLES.application, DATABASE, password=PASSWORD),
            "DATABASE_TRANSACTION_POOLING": "1",
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": "WARNING",
        }

    def add(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        part = Part(name, command, environ, self.logs / f"{name}.log")
        self.parts[name] = part
        part.start()

    def manage(self, *arguments: str, extra: Mapping[str, str] | None = None) -> str:
        return self.run(arguments[0], "manage.py", *arguments, extra=extra)

    def run(self, name: str, *arguments: str, extra: Mapping[str, str] | None = None) -> str:
        ended = self.command(*arguments, extra=extra)
        if ended.returncode:
            raise HouseError(f"{name} failed: {(ended.stdout + ended.stderr).strip()[-1500:]}")
        return ended.stdout.strip()

    def command(
        self, *arguments: str, extra: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """A command of the site to its end, by hand."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environ_of("hand") | dict(extra or {}),
            capture_output=True,
            text=True,
            start_new_session=True,
        )

    def ask(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.primary.ask(sql, arguments, database=DATABASE)

    def await_node(self, node: str) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not running.ready(self.ports[node]):
            if time.monotonic() > deadline:
                raise HouseError(f"{node} was not ready within {READY_WITHIN:.0f} seconds: see {self.logs}")
            time.sleep(0.1)

    def child_of(self, name: str) -> Child:
        """It is started in a thread of its own."""
        until(f"{name} is started", lambda: self.parts[name].running, seconds=READY_WITHIN)
        child = self.parts[name].child
        assert child is not None
        return child

    def stop_server(self, server: Server) -> None:
        """Fast: a server that is asked politely waits for everybody to go."""
        self.parts[server.name].held.set()
        child = self.child_of(server.name)
        child.process.send_signal(signal.SIGINT)
        child.process.wait(timeout=READY_WITHIN)
        self.parts.pop(server.name).stop()

    def kill(self, name: str, *, hold: bool = False) -> tuple[float, float]:
        """With all of its processes, and no time for a last word. When it was struck, and when gone."""
        if hold:
            self.parts[name].held.set()
        child = self.child_of(name)
        doomed = (child.pid, *children_of(child.pid))
        struck = time.monotonic()
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # The kernel closes a process's sockets a moment after it was killed, and before it is gone.
        until(f"{name} is gone", lambda: not any(lives(pid) for pid in doomed), seconds=READY_WITHIN)
        return struck, time.monotonic()

    def close(self) -> None:
        order = ["nginx", *NODES, *OTHERS, "pgbouncer", "redis", *(server.name for server in self.servers)]
        parts = [self.parts[name] for name in order if name in self.parts]
        for part in parts:
            part.stopping.set()
        for part in parts:
            part.stop()


def one_worker(command: Sequence[str]) -> list[str]:
    """Two nodes of one are two; a machine for tests has few cores."""
    changed = list(command)
    changed[changed.index("--workers") + 1] = "1"
    return changed


def lives(pid: int) -> bool:
    """One that is dead and not buried has closed everything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
