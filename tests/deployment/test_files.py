"""The files of deploy/ for several machines: what can be known of them without the machines."""

import configparser
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.briefings_site.conftest import ROOT, free_port
from tests.briefings_site.running import until
from tests.cluster import files

from . import running

DEPLOY = ROOT / "deploy"
SERVERS = ("postgres-1", "postgres-2", "postgres-3")
OURS = ("accounts", "articles", "briefings_site", "credits", "insights")
# What a session keeps between transactions. A pooler gives the session to somebody else.
KEPT_IN_A_SESSION = re.compile(
    r"pg_(?:try_)?advisory_lock|\bLISTEN [a-z\"]|CREATE TEMP|\bPREPARE [a-z]+ AS|\bSET SESSION|WITH HOLD"
)
# These go round the pooler, as the owner or at the making of a database.
ROUND_IT = {"briefings_site/roles.py", "briefings_site/cluster.py", "briefings_site/owner.py"}


def unit(name: str) -> str:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "systemd" / name)
    return parser["Service"]["ExecStart"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())
    return found


def test_units_of_several_are_the_units_of_one_with_a_name_or_a_port() -> None:
    one = unit("marquee-web.service").replace("--host 127.0.0.1 --port 8000", "--host 0.0.0.0 --port %i")
    assert unit("marquee-web@.service") == one
    assert unit("marquee-worker@.service") == unit("marquee-worker.service") + " --worker-id %H-%i"


def test_the_image_runs_what_the_unit_runs() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    site = text.partition("AS site\n")[2].partition("\nFROM ")[0]
    found = re.search(r"^CMD \[(.*?)\]$", site, re.DOTALL | re.MULTILINE)
    assert found is not None
    command = [word for word in yaml.safe_load(f"[{found[1].replace(chr(92), '')}]") if word != "0.0.0.0"]
    _, *arguments = shlex.split(unit("marquee-web.service"))
    assert command == ["granian", *(word for word in arguments if word != "127.0.0.1")]
    assert re.search(r"^USER marquee$", site, re.MULTILINE)


def test_the_image_has_every_floor_and_no_test() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    lines = re.findall(r"^COPY ([a-z].*) \S+$", text, re.MULTILINE)
    copied = {word for line in lines for word in line.split()}
    assert {*OURS, "templates", "manage.py", "uv.lock", "pyproject.toml"} <= copied
    assert not [word for word in copied if not (ROOT / word).exists()]
    assert not copied & {"tests", "var", "."}


def test_no_image_is_shown_the_data_or_the_secrets_beside_it() -> None:
    text = (DEPLOY / "Containerfile.dockerignore").read_text()
    left_out = {line for line in text.splitlines() if not line.startswith("#")}
    secrets = {"var", "deploy/compose/environment", "deploy/compose/.env"}
    assert secrets | {"deploy/compose/pgbouncer/userlist.txt"} <= left_out
    copied = re.findall(r"^COPY ([a-z].*) \S+$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    assert not left_out & {word for line in copied for word in line.split()}


def test_the_proxy_may_read_what_the_site_gives_its_group() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    parts = {part.partition("\n")[0].rpartition(" ")[2]: part for part in text.split("\nFROM ")[1:]}
    assert "groupadd --gid 10001 marquee && useradd --uid 10001 --gid marquee" in parts["site"]
    assert "groupadd --gid 10001 marquee && usermod --append --groups marquee nginx" in parts["front"]


def test_everything_of_the_site_goes_through_the_pooler_but_migrations(compose: dict[str, Any]) -> None:
    services = compose["services"]
    site = {name: each for name, each in services.items() if each.get("image") == "marquee"}
    assert set(site) == {"web-1", "web-2", "worker-1", "worker-2", "clock", "migrate"}
    for name, each in site.items():
        through = "@pgbouncer:6432/" in each["environment"]["DATABASE_URL"]
        assert (through, "DATABASE_OWNER_URL" in each["environment"]) == (
            name != "migrate",
            name == "migrate",
        )
        assert each["environment"]["DATABASE_TRANSACTION_POOLING"] == "1"
    assert set(services) - set(site) == {
        "nginx",
        "pgbouncer",
        "redis",
        "failover",
        *SERVERS,
    }


def test_no_part_of_the_site_that_stays_is_told_the_owners_password(compose: dict[str, Any]) -> None:
    environment = (DEPLOY / "compose" / "environment.example").read_text()
    passwords = re.findall(r"^(\w+)=$", (DEPLOY / "compose" / "passwords.example").read_text(), re.MULTILINE)
    assert set(passwords) == {f"{role}_PASSWORD" for role in ("APP", "OWNER", "REPLICATION", "FAILOVER")}
    assert not [name for name in passwords if name in environment]
    told = {name for name, each in compose["services"].items() if "OWNER_PASSWORD" in str(each)}
    assert told == {"migrate", "postgres-1"}
    assert not [name for name in SERVERS if "env_file" in compose["services"][name]]


def test_whoever_fails_over_is_let_in_and_is_no_superuser() -> None:
    lines = [line.split() for line in (DEPLOY / "postgresql" / "pg_hba.conf").read_text().splitlines()]
    remote = {user for _, _, user, *_ in (line for line in lines if line and line[0] == "hostssl")}
    made = re.findall(r"^CREATE ROLE (\w+)", (DEPLOY / "postgresql" / "roles.sql").read_text(), re.MULTILINE)
    assert remote == {"marquee_app,marquee_owner", *made}
    assert "user=marquee_failover" in (DEPLOY / "postgresql" / "failover.sh").read_text()


def test_what_compose_mounts_is_there(compose: dict[str, Any]) -> None:
    given_by_the_operator = {"./tls"}
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            there = source in compose["volumes"] or (DEPLOY / "compose" / source).exists()
            assert there or source in given_by_the_operator, source


def test_workers_have_names_of_their_own(compose: dict[str, Any]) -> None:
    named = [compose["services"][f"worker-{number}"]["command"][-1] for number in (1, 2)]
    assert named == ["worker-1", "worker-2"]


def test_nothing_of_ours_is_kept_in_a_session_of_the_database() -> None:
    sources = [path for floor in OURS for end in ("py", "sql") for path in (ROOT / floor).rglob(f"*.{end}")]
    found = {str(path.relative_to(ROOT)) for path in sources if KEPT_IN_A_SESSION.search(path.read_text())}
    assert found <= ROUND_IT


def test_a_commit_waits_for_one_of_the_others_and_for_the_disk() -> None:
    text = (DEPLOY / "postgresql" / "marquee.conf").read_text()
    settings = dict(re.findall(r"^(\w+) = (.*)$", text, re.MULTILINE))
    assert (settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"]) == ("on",) * 3
    assert settings["synchronous_standby_names"] == "'ANY 1 (marquee_1, marquee_2, marquee_3)'"


def test_redis_keeps_nothing_on_disk() -> None:
    text = (DEPLOY / "redis" / "marquee.conf").read_text()
    assert re.search(r'^save ""$', text, re.MULTILINE)
    assert re.search(r"^appendonly no$", text, re.MULTILINE)


def test_nginx_takes_the_configuration_with_two_nodes(tmp_path: Path) -> None:
    programs = running.programs()
    running.certificate(programs["openssl"], tmp_path)
    ports = {name: free_port() for name in ("tls", "plain")}
    options = files.nginx(tmp_path, tmp_path, ports=ports, nodes=[free_port(), free_port()])
    said = subprocess.run([programs["nginx"], *options, "-t"], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert (tmp_path / "nodes.conf").read_text().count("max_fails=1") == 2


def node(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environ = {"NODES": str(tmp_path / "nodes.conf"), "NGINX": "true", "PIDFILE": str(tmp_path / "pid")}
    (tmp_path / "pid").write_text("0")
    search = {"PATH": "/usr/bin:/bin"}
    command = ["sh", str(DEPLOY / "nginx" / "node.sh"), *arguments]
    return subprocess.run(command, env=environ | search, capture_output=True, text=True)


def test_a_node_is_taken_out_and_put_back_and_never_the_last_one(tmp_path: Path) -> None:
    nodes = tmp_path / "nodes.conf"
    both = "server 10.0.0.11:8000 max_fails=1;\nserver 10.0.0.12:8000 max_fails=1;\n"
    nodes.write_text(both)
    assert node(tmp_path, "down", "10.0.0.11:8000").returncode == 0
    assert nodes.read_text() == both.replace("max_fails=1;", "max_fails=1 down;", 1)
    refused = node(tmp_path, "down", "10.0.0.12:8000")
    assert (refused.returncode, "the last node" in refused.stderr) == (1, True)
    assert node(tmp_path, "down", "10.0.0.13:8000").returncode == 1
    assert node(tmp_path, "up", "10.0.0.11:8000").returncode == 0
    assert nodes.read_text() == both


def test_pgbouncer_takes_the_configuration(tmp_path: Path) -> None:
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("No pgbouncer found. Install Debian's pgbouncer.")
    port = free_port()
    options = files.pgbouncer(tmp_path, port=port, userlist='"marquee_app" "secret"\n')
    files.databases(tmp_path, port=free_port())
    # Quiet, in the foreground; as root it would refuse to run, once it has read everything.
    process = subprocess.Popen([program, *options], stderr=subprocess.PIPE, text=True)
    try:
        until("PgBouncer says something", lambda: (tmp_path / "pgbouncer.log").exists(), seconds=10)
        time.sleep(0.1)
    finally:
        process.terminate()
        said = process.communicate(timeout=10)[1] + (tmp_path / "pgbouncer.log").read_text()
    assert "process up" in said or "should not run as root" in said, said
    assert "unknown parameter" not in said, said
    assert "parse" not in said.lower(), said


PSQL = """#!/bin/sh
echo "$*" >> "$SAID"
case "$*" in
    *pg_is_in_recovery*|*pg_promote*) echo t ;;
    *pg_stat_wal_receiver*) echo 0 ;;
    *cluster_name*) echo marquee_3 ;;
    *host=10.0.0.22*pg_last_wal*) echo 2 ;;
    *) echo 1 ;;
esac
"""


def test_whoever_fails_over_need_not_name_the_usual_port(tmp_path: Path) -> None:
    (tmp_path / "psql").write_text(PSQL)
    (tmp_path / "psql").chmod(0o755)
    followers = [f"host=10.0.0.{number} user=marquee_failover" for number in (23, 22)]
    environ = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "SAID": str(tmp_path / "said"),
        "DATABASES": str(tmp_path / "databases.ini"),
        "RELOAD_POOLER": "true",
    }
    command = ["sh", str(DEPLOY / "postgresql" / "failover.sh"), *followers]
    subprocess.run(command, env=environ, check=True, capture_output=True)
    told = "primary_conninfo = 'host=10.0.0.22 port=5432 user=marquee_replication application_name=marquee_3'"
    assert told in (tmp_path / "said").read_text()
    assert "host=10.0.0.22 port=5432 dbname=marquee" in (tmp_path / "databases.ini").read_text()
