"""A PostgreSQL server of the cluster: made, following, killed, by the programs of the wheel."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from briefings_site.cluster import SUPERUSER, Cluster, _programs
from tests.briefings_site.conftest import ROOT
from tests.briefings_site.running import until

from .files import rewritten

DEPLOY = ROOT / "deploy" / "postgresql"
HOST = "127.0.0.1"
REPLICATION = "marquee_replication"
FAILOVER = "marquee_failover"
STARTED_WITHIN = 60.0
# Smaller than on a machine of its own.
SMALL = """
shared_buffers = 64MB
max_connections = 120
wal_keep_size = 256MB
max_wal_size = 256MB
log_min_messages = warning
unix_socket_directories = ''
listen_addresses = '127.0.0.1'
"""
# The wheel's PostgreSQL speaks no TLS.
ON_THIS_MACHINE = {"hostssl": "host", "10.0.0.0/24": "127.0.0.1/32"}
# What the socket is to somebody on the server's own machine.
OUR_OWN_HAND = f"host all {SUPERUSER} 127.0.0.1/32 trust\n"


class Server:
    """``name`` is what it calls itself when it follows another, and what a primary waits for."""

    def __init__(self, name: str, folder: Path, port: int, passwords: Path) -> None:
        self.name = name
        self.folder = folder
        self.port = port
        self.environ = {**os.environ, "PGPASSFILE": str(passwords)}

    def create(self, *, superuser: str = SUPERUSER) -> None:
        self._make_folder()
        self.run("initdb", f"--username={superuser}", "--auth=trust", "--encoding=UTF8", "--no-sync",
                 "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-locale", "--lc-ctype=C.UTF-8",
                 "--no-instructions", f"--pgdata={self.folder}")  # fmt: skip
        self.configure()

    def follow(self, primary: "Server") -> None:
        """A copy of the primary as it is now, that goes on following it."""
        self._make_folder()
        source = f"--dbname={primary.conninfo(REPLICATION)} application_name={self.name}"
        options = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        self.run("pg_basebackup", f"--pgdata={self.folder}", *options, source)
        self.configure()

    def configure(self) -> None:
        """As deployed, but small, and at a port."""
        own = f"cluster_name = '{self.name}'\nport = {self.port}\n"
        (self.folder / "postgresql.conf").write_text((DEPLOY / "marquee.conf").read_text() + SMALL + own)
        who_may_come = rewritten((DEPLOY / "pg_hba.conf").read_text(), ON_THIS_MACHINE)
        (self.folder / "pg_hba.conf").write_text(who_may_come + OUR_OWN_HAND)

    def command(self) -> list[str]:
        """The server in the foreground, as PostgreSQL's own user where we are root."""
        server = [str(_programs() / "postgres"), "-D", str(self.folder)]
        if os.geteuid() != 0:
            return server
        who = self._owner()
        ids = [f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", "--pdeathsig=INT"]
        return ["setpriv", *ids, *server]

    def conninfo(self, user: str = SUPERUSER, database: str = "postgres") -> str:
        return f"host={HOST} port={self.port} user={user} dbname={database}"

    def url(self, user: str = SUPERUSER, database: str = "postgres", *, password: str = "") -> str:
        return f"postgresql://{user}:{quote(password)}@{HOST}:{self.port}/{database}"

    def ask(self, sql: str, arguments: Any = (), *, database: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(database=database), autocommit=True, connect_timeout=5) as line:
            cursor = line.execute(sql, arguments or None)
            return cursor.fetchall() if cursor.description else []

    def answers(self) -> bool:
        try:
            return self.ask("SELECT 1") == [(1,)]
        except psycopg.Error:
            return False

    def await_answer(self) -> None:
        until(f"{self.name} answers", self.answers, seconds=STARTED_WITHIN)

    def run(self, program: str, *arguments: str) -> None:
        who = self._owner() if os.geteuid() == 0 else None
        subprocess.run(
            [str(_programs() / program), *arguments],
            check=True,
            cwd="/",
            env=self.environ,
            capture_output=True,
            user=who and who.pw_uid,
            group=who and who.pw_gid,
            extra_groups=[] if who else None,
        )

    def _make_folder(self) -> None:
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, mode=0o700)
        if os.geteuid() == 0:
            Cluster(self.folder.parent)._open_the_way()
            os.chown(self.folder, self._owner().pw_uid, self._owner().pw_gid)

    def _owner(self) -> pwd.struct_passwd:
        """As whom root runs the embedded server."""
        return Cluster(self.folder.parent)._owner()
