"""The site as it is deployed: granian by the unit of systemd, behind nginx by its own file."""

import configparser
import os
import shlex
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connections
from psycopg.sql import SQL, Identifier

from tests.acting import ROLES
from tests.briefings_site.conftest import ROOT, plain_environ
from tests.briefings_site.running import until

UNIT = ROOT / "deploy" / "systemd" / "marquee-web.service"
NGINX_CONF = ROOT / "deploy" / "nginx" / "marquee.conf"
# Workers that run side by side share a server.
DATABASE = f"test_behind_nginx_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
NEEDED = ("nginx", "openssl")


def programs() -> dict[str, str]:
    search = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    found = {name: shutil.which(name, path=search) for name in NEEDED}
    if missing := [name for name, path in found.items() if path is None]:
        what = f"No {' and no '.join(missing)} found: nothing is known of the site behind a shared cache."
        if os.environ.get("REQUIRE_NGINX") == "1":
            pytest.fail(f"{what} REQUIRE_NGINX=1 asks for it.")
        pytest.skip(f"{what} Install Debian's nginx-light.")
    return {name: path for name, path in found.items() if path}


@contextmanager
def a_database() -> Iterator[str]:
    """A copy of the tests' own, migrated already; its address for the application's role."""
    params = connections["default"].get_connection_params()
    connections.close_all()
    with connections["default"]._nodb_cursor() as cursor:
        server: psycopg.Connection = cursor.connection
        server.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(DATABASE)))
        copy = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        server.execute(copy.format(Identifier(DATABASE), Identifier(params["dbname"])))
    yield address_of(params)
    with connections["default"]._nodb_cursor() as cursor:
        drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(DATABASE))
        cursor.connection.execute(drop)


def address_of(params: Mapping[str, Any]) -> str:
    password = f":{quote(params['password'], safe='')}" if params.get("password") else ""
    where = {name: str(params[name]) for name in ("host", "port") if params.get(name)}
    query = "&".join(f"{name}={quote(value, safe='/')}" for name, value in where.items())
    return f"postgresql://{ROLES.application}{password}@/{DATABASE}?{query}"


def environment(data_dir: Path, *, database: str, tls_port: int) -> dict[str, str]:
    return plain_environ(
        DJANGO_SETTINGS_MODULE="tests.deployment.settings",
        DATA_DIR=str(data_dir),
        DATABASE_URL=database,
        SECRET_KEY="".join(chr(97 + number % 26) for number in range(60)),
        ALLOWED_HOSTS="localhost",
        BASE_URL=f"https://localhost:{tls_port}",
        CACHE_URL="redis://127.0.0.1:1/0",
        EMAIL_URL="smtp://127.0.0.1:1",
        STRIPE_SECRET_KEY="sk_test_nobodys0123456789",
        STRIPE_TEST_MODE_ALLOWED="1",
        STRIPE_WEBHOOK_SECRET="whsec_nobodys0123456789abcdef",
        TRUSTED_PROXY_COUNT="1",
        SECURE_PROXY_SSL_HEADER="X-Forwarded-Proto",
        PRIVATE_ACCEL_REDIRECT="/private-files",
        STAGING="1",
        LOG_LEVEL="INFO",
    )


@contextmanager
def process(
    name: str, command: list[str], environ: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen]:
    with (folder / f"{name}.log").open("wb") as log:
        running = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if name == "desk" else log,
            stderr=log,
            text=True,
        )
        try:
            yield running
        finally:
            running.terminate()
            running.wait(timeout=20)
            for pipe in (running.stdin, running.stdout):
                if pipe:
                    pipe.close()


def web_command(port: int) -> list[str]:
    """What systemd would start, at another port and with this Python."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read(UNIT)
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/granian")
    arguments[arguments.index("--port") + 1] = str(port)
    return [sys.executable, "-m", "granian", *arguments]


def ready(port: int) -> bool:
    """The site itself, without a proxy."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def certificate(openssl: str, folder: Path) -> Path:
    """Signed by nobody, for this machine and an hour or two."""
    kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "fullchain.pem")]
    command = [openssl, *kind.split(), "-addext", "subjectAltName=DNS:localhost", *files]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "fullchain.pem"


def nginx_conf(
    data_dir: Path, folder: Path, *, ports: Mapping[str, int], without: tuple[str, ...] = ()
) -> Path:
    """The file that is deployed, with other ports and paths; ``without`` some of its lines."""
    text = NGINX_CONF.read_text()
    for line in without:
        assert line in text
        text = text.replace(line, "")
    for what, instead in {
        "/etc/nginx/marquee-nodes.conf": f"{folder}/nodes.conf",
        "listen 443": f"listen 127.0.0.1:{ports['tls']}",
        "listen 80": f"listen 127.0.0.1:{ports['plain']}",
        "marquee.example": "localhost",
        "/var/cache/nginx/marquee": f"{folder}/cache",
        "/etc/ssl/marquee/": f"{data_dir}/",
        "/srv/marquee/var/": f"{data_dir}/",
    }.items():
        assert what in text
        text = text.replace(what, instead)
    (folder / "marquee.conf").write_text(text)
    nodes = (NGINX_CONF.parent / "nodes.conf").read_text()
    (folder / "nodes.conf").write_text(nodes.replace("127.0.0.1:8000", f"127.0.0.1:{ports['web']}"))
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user_line()))
    return folder / "nginx.conf"


def user_line() -> str:
    """Started by root, nginx would work as somebody who may not enter the tests' folder."""
    return "user root;" if os.geteuid() == 0 else ""


AROUND = """
{user}
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
    include /etc/nginx/mime.types;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/marquee.conf;
}}
"""


def await_answer(base_url: str, ca: Path, *, alive: subprocess.Popen) -> None:
    context = ssl.create_default_context(cafile=str(ca))

    def answers() -> bool:
        assert alive.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{base_url}/readyz", context=context, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    until(f"{base_url} answers", answers, seconds=60)
