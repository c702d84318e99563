"""The files of deploy/, with this machine's ports and folders in the place of others."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.briefings_site.conftest import ROOT
from tests.deployment.running import nginx_conf

DEPLOY = ROOT / "deploy"
ON_THIS_MACHINE = {
    # The wheel's PostgreSQL speaks no TLS.
    "server_tls_sslmode = require": "server_tls_sslmode = disable",
    "/etc/pgbouncer/": "{folder}/",
    "/var/log/postgresql/": "{folder}/",
    "/run/postgresql/": "{folder}/",
    "unix_socket_dir = /run/postgresql": "unix_socket_dir =",
}


def rewritten(text: str, changes: Mapping[str, str]) -> str:
    """Whatever is to be changed has to be there."""
    for what, instead in changes.items():
        assert what in text, what
        text = text.replace(what, instead)
    return text


def pgbouncer(folder: Path, *, port: int, userlist: str) -> list[str]:
    """Its command line without the program, once ``databases.ini`` is written as well."""
    changes = {what: instead.format(folder=folder) for what, instead in ON_THIS_MACHINE.items()}
    text = (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text()
    text = rewritten(text, changes | {"listen_port = 6432": f"listen_port = {port}"})
    (folder / "pgbouncer.ini").write_text(text)
    (folder / "userlist.txt").write_text(userlist)
    return [str(folder / "pgbouncer.ini")]


def databases(folder: Path, *, port: int) -> None:
    text = (DEPLOY / "pgbouncer" / "databases.ini").read_text()
    place = {"host=10.0.0.21 port=5432": f"host=127.0.0.1 port={port}"}
    (folder / "databases.ini").write_text(rewritten(text, place))


def redis(folder: Path, *, port: int) -> list[str]:
    text = (DEPLOY / "redis" / "marquee.conf").read_text()
    conf = folder / "redis.conf"
    conf.write_text(rewritten(text, {"port 6379": f"port {port}"}) + f"dir {folder}\n")
    return [str(conf)]


def nginx(data_dir: Path, folder: Path, *, ports: Mapping[str, int], nodes: list[int]) -> list[str]:
    """``data_dir`` holds the certificate and what nginx itself serves."""
    conf = nginx_conf(data_dir, folder, ports={**ports, "web": nodes[0]})
    lines = [f"server 127.0.0.1:{node} max_fails=1 fail_timeout=2s;\n" for node in nodes]
    (folder / "nodes.conf").write_text("".join(lines))
    return ["-p", str(folder), "-c", str(conf)]


def open_to_others(folder: Path) -> None:
    """Servers that will not run as root work as users of their own, and must be able to pass."""
    if os.geteuid() == 0:
        for each in (folder, *folder.parents):
            each.chmod(each.stat().st_mode | 0o011)
