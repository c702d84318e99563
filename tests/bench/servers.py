"""What runs while it is measured: the site and its limits by granian, nginx, Redis."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from briefings_site.demo.children import ROOT
from tests.chaos.house import free_port
from tests.deployment.running import web_command

from . import cores
from .environment import HOST

READY_WITHIN = 120.0
STOPPED_WITHIN = 20.0
BEHIND_A_PROXY = {"Host": HOST, "X-Forwarded-Proto": "https"}


class ServerError(Exception):
    """A server did not start. Its text is for the person at the terminal."""


class Running:
    """A process with a log of its own, on the cores it was told."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        logs: Path,
        on: set[int],
        environ: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.name, self.port = name, port
        self.log = logs / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: cores.pin(0, on),
            )

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: Any) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def await_answer(self, path: str) -> "Running":
        """Raises ServerError."""
        deadline = time.monotonic() + READY_WITHIN
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace").strip()[-1500:]
                raise ServerError(f"{self.name} does not answer at {path}: {said}")
            try:
                if asked(self.port, path)[0] < http.client.INTERNAL_SERVER_ERROR:
                    return self
            except OSError:
                pass
            time.sleep(0.1)

    @property
    def is_up(self) -> bool:
        return self.process.poll() is None

    @property
    def workers(self) -> list[int]:
        """The processes that answer, not the one that watches them."""
        return cores.children_of(self.process.pid) or [self.process.pid]


def asked(
    port: int, path: str, *, headers: Mapping[str, str] | None = None, method: str = "GET", body: bytes = b""
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers by lower-case name, and body."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request(method, path, body=body or None, headers={**BEHIND_A_PROXY, **(headers or {})})
        answer = line.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        line.close()


class Servers:
    """All of a run, which end with it."""

    def __init__(self, logs: Path, tools: Mapping[str, str]) -> None:
        self.logs, self.tools = logs, tools
        logs.mkdir(parents=True, exist_ok=True)
        self.running = ExitStack()
        self.measured: list[Running] = []

    def site(self, name: str, environ: Mapping[str, str]) -> Running:
        command = one_worker(web_command(port := free_port()))
        return self.begin(name, command, port=port, environ=environ).await_answer("/livez")

    def limit(self, name: str, environ: Mapping[str, str], *, await_at: str) -> Running:
        command = one_worker(web_command(port := free_port()))
        command[-1] = "tests.bench.limits.wsgi:application"
        return self.begin(name, command, port=port, environ=environ).await_answer(await_at)

    def redis(self) -> Running:
        port = free_port()
        command = [self.tools["redis-server"], "--port", str(port), "--save", "", "--appendonly", "no"]
        command += ["--bind", "127.0.0.1"]
        redis = self.begin("redis", command, port=port, on=cores.OTHERS)
        time.sleep(0.3)
        return redis

    def nginx(self, pages: Path) -> Running:
        port = free_port()
        return self.begin("nginx", self.conf("nginx", port, f"root {pages};"), port=port).await_answer("/")

    def front(self, site: int, media: Path) -> Running:
        """As deploy/nginx: pictures from the disk, all else from the site."""
        port = free_port()
        command = self.conf("front", port, FRONT.format(site=site, media=media))
        return self.begin("front", command, port=port, on=cores.OTHERS).await_answer("/livez")

    def conf(self, name: str, port: int, place: str) -> list[str]:
        """Written, and the command that runs by it."""
        conf = self.logs / f"{name}.conf"
        around = {"port": port, "folder": self.logs, "name": name, "user": user_line()}
        conf.write_text(AROUND.format(place=place, **around))
        return [self.tools["nginx"], "-c", str(conf), "-e", str(self.logs / "nginx-error.log")]

    def begin(
        self,
        name: str,
        command: Sequence[str],
        *,
        port: int,
        environ: Mapping[str, str] | None = None,
        on: set[int] | None = None,
    ) -> Running:
        on = cores.MEASURED if on is None else on
        started = Running(name, command, logs=self.logs, on=on, environ=environ, port=port)
        if on == cores.MEASURED:
            self.measured.append(started)
        return self.running.enter_context(started)

    def close(self) -> None:
        self.running.close()


def one_worker(command: Sequence[str]) -> list[str]:
    """As systemd starts it, but for the number of workers."""
    changed = list(command)
    changed[changed.index("--workers") + 1] = "1"
    assert changed[0] == sys.executable
    return changed


def user_line() -> str:
    return "user root;" if os.geteuid() == 0 else ""


FRONT = """
        location /media/ {{ alias {media}/; }}
        location / {{
            proxy_pass http://127.0.0.1:{site};
            proxy_set_header Host marquee.example;
            proxy_set_header X-Forwarded-Proto https;
        }}
"""
AROUND = """
{user}
daemon off;
worker_processes 1;
pid {folder}/{name}.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000;
    include /etc/nginx/mime.types;
    default_type text/html;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    open_file_cache max=100;
    server {{
        listen 127.0.0.1:{port};
        {place}
    }}
}}
"""
