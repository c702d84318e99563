import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from briefings_site.cluster import SUPERUSER, Cluster, ClusterError, started

from .conftest import ROOT, Run, plain_environ

USE = "import sys; from pathlib import Path; from briefings_site.cluster import started; "
START = USE + "print(started(Path(sys.argv[1]), durable=False).url('me'), flush=True); sys.stdin.read()"


def another_user(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(folder)],
        cwd=ROOT,
        env=plain_environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def test_the_last_user_stops_the_server_and_no_other(tmp_path: Path) -> None:
    first = another_user(tmp_path)
    second = another_user(tmp_path)
    cluster = Cluster(tmp_path)
    first.communicate()
    assert cluster.running()
    with psycopg.connect(cluster.url(SUPERUSER)) as connection:
        assert connection.execute("SELECT 'É' ILIKE 'é'").fetchone() == (True,)
    second.communicate()
    assert not cluster.running()


def test_a_killed_user_is_no_user_and_its_server_is_found_again(tmp_path: Path) -> None:
    killed = another_user(tmp_path)
    killed.kill()
    killed.communicate()
    assert Cluster(tmp_path).running()
    another_user(tmp_path).communicate()
    assert not Cluster(tmp_path).running()


def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 30)
    user = another_user(folder)
    assert not Cluster(folder).socket_dir.is_relative_to(folder)
    user.communicate()


def test_a_cluster_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    mark = tmp_path / "postgres" / "PG_VERSION"
    mark.parent.mkdir()
    mark.write_text("16\n")
    with pytest.raises(ClusterError, match="PostgreSQL 16, and this release runs 18"):
        started(tmp_path)
    assert [path.name for path in mark.parent.iterdir()] == ["PG_VERSION"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letters.txt").write_text("mine")
    with pytest.raises(ClusterError, match="holds no PostgreSQL cluster"):
        started(tmp_path)


def test_management_commands_say_it_in_one_line(run: Run) -> None:
    ended = run("manage.py", "check", DATA_DIR="/dev/null/nowhere")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "cannot use /dev/null/nowhere as DATA_DIR" in ended.stderr
