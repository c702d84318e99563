from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from briefings_site.canary.asking import Line, Person
from briefings_site.canary.entering import enter
from briefings_site.canary.manifest import Manifest
from tests.briefings_site.conftest import free_port

from . import running

# What a cache without these would do that goes by HTTP's headers alone, as most do.
THE_SECOND_RULE = (
    "proxy_cache_bypass $personal $has_the_page;",
    "proxy_no_cache $personal $has_the_page;",
    "proxy_set_header If-None-Match $validator;",
)


@dataclass
class Deployment:
    """``fronts`` are addresses of one site: behind nginx as deployed, and behind a careless one."""

    fronts: dict[str, str]
    ca: Path
    folder: Path
    manifest_file: Path
    environ: dict[str, str]
    tell: Callable[[str], None]

    @property
    def manifest(self) -> Manifest:
        return Manifest.read(self.manifest_file)

    def line(self, front: str) -> Line:
        return Line(self.fronts[front], ca=str(self.ca))

    def come(self, front: str, kind: str = "visitor") -> Person:
        """Signed in at the address that the site knows as its own, whatever front is asked afterwards."""
        person = Person(self.line("as deployed"))
        enter(person, self.manifest.readers[kind], session_cookie=self.manifest.session_cookie)
        person.line = self.line(front)
        return person


@pytest.fixture(scope="package")
def deployment(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    programs = running.programs()
    data_dir = tmp_path_factory.mktemp("deployment")
    ports = {name: free_port() for name in ("web", "tls", "plain", "careless tls", "careless plain")}
    with ExitStack() as started:
        started.enter_context(django_db_blocker.unblock())
        database = started.enter_context(running.a_database())
        environ = running.environment(data_dir, database=database, tls_port=ports["tls"])
        ca = running.certificate(programs["openssl"], data_dir)
        make_folders(data_dir)
        tell = started.enter_context(a_desk(data_dir, environ))
        web = started.enter_context(
            running.process("web", running.web_command(ports["web"]), environ, data_dir)
        )
        fronts = {"as deployed": ports["tls"], "careless": ports["careless tls"]}
        for name, tls in fronts.items():
            folder = data_dir / name.replace(" ", "-")
            folder.mkdir()
            plain = ports["plain" if name == "as deployed" else "careless plain"]
            conf = running.nginx_conf(
                data_dir,
                folder,
                ports={"web": ports["web"], "tls": tls, "plain": plain},
                without=THE_SECOND_RULE if name == "careless" else (),
            )
            command = [programs["nginx"], "-p", str(folder), "-c", str(conf)]
            started.enter_context(running.process(f"nginx-{folder.name}", command, environ, data_dir))
            running.await_answer(f"https://localhost:{tls}", ca, alive=web)
        yield Deployment(
            {name: f"https://localhost:{tls}" for name, tls in fronts.items()},
            ca,
            data_dir,
            data_dir / "manifest.json",
            environ,
            tell,
        )


def make_folders(data_dir: Path) -> None:
    for name in ("static", "media/images", "media/documents", "private", "mail"):
        (data_dir / name).mkdir(parents=True)
    (data_dir / "static" / "house.css").write_text("body { color: black }")
    (data_dir / "media" / "documents" / "secret.txt").write_text("Only the site hands this out.")


class a_desk:  # noqa: N801
    """Runs tests/deployment/desk.py, and waits until each thing told to it is done."""

    def __init__(self, data_dir: Path, environ: dict[str, str]) -> None:
        command = [running.sys.executable, "-m", "tests.deployment.desk", str(data_dir / "manifest.json")]
        self.context = running.process("desk", command, environ, data_dir)
        self.log = data_dir / "desk.log"

    def __enter__(self) -> Callable[[str], None]:
        self.process = self.context.__enter__()
        self.hear("ready")
        return self.tell

    def tell(self, what: str) -> None:
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        self.hear("done")

    def hear(self, expected: str) -> None:
        assert self.process.stdout.readline().strip() == expected, self.log.read_text()[-4000:]

    def __exit__(self, *error: Any) -> None:
        self.context.__exit__(*error)
