import http.client
import signal
import socket
from pathlib import Path

import psycopg
import pytest

from briefings_site.cluster import SUPERUSER, Cluster

from .conftest import Run, free_port
from .running import Demo, demo, processes, until

# To prepare a demo is most of what these cost: one worker does it once.
pytestmark = pytest.mark.xdist_group("supervisor")


# Not the module's: tests of other modules are run in between.
@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def refuse(run: Run, **environ: str) -> str:
    ended = run("-m", "briefings_site.demo", **environ)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr


def lines_to_the_database(data_dir: Path) -> dict[str, int]:
    """By role. The superuser's own are left out: each process that joins the server looks for the roles."""
    with psycopg.connect(Cluster(data_dir).url(SUPERUSER)) as database:
        lines = database.execute(
            "SELECT usename::text, count(*) FROM pg_stat_activity"
            " WHERE datname IS NOT NULL AND usename <> current_user GROUP BY 1"
        )
        return dict(lines.fetchall())


def test_a_taken_port_is_one_line_and_touches_nothing(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} is taken" in refuse(run, DATA_DIR=str(tmp_path), PORT=str(port))
    assert not (tmp_path / "postgres").exists()


def test_a_port_that_is_no_port_is_one_line(run: Run, tmp_path: Path) -> None:
    assert "PORT must be a number" in refuse(run, DATA_DIR=str(tmp_path), PORT="eighty")


def test_a_folder_that_cannot_be_written_is_one_line(run: Run) -> None:
    assert "cannot write to DATA_DIR /proc/nowhere" in refuse(
        run, DATA_DIR="/proc/nowhere", PORT=str(free_port())
    )


def test_a_cluster_of_another_version_is_one_line_and_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    mark = tmp_path / "postgres" / "PG_VERSION"
    mark.parent.mkdir()
    mark.write_text("16\n")
    assert "PostgreSQL 16" in refuse(run, DATA_DIR=str(tmp_path), PORT=str(free_port()))
    assert list(mark.parent.iterdir()) == [mark]
    assert processes(tmp_path) == {}


def test_a_demo_serves_shares_its_database_and_stops_whole(data_dir: Path, run: Run) -> None:
    with demo(data_dir) as running:
        line = http.client.HTTPConnection("127.0.0.1", running.port)
        line.request("GET", "/readyz")
        assert line.getresponse().status == 200
        assert "reader@example.com" in running.output()
        assert "another demo (process" in refuse(run, DATA_DIR=str(data_dir), PORT=str(free_port()))
        found = run("manage.py", "wallet", "reader@example.com", DATA_DIR=str(data_dir))
        assert found.returncode == 0, found.stderr
        lines = lines_to_the_database(data_dir)
        assert lines.pop("marquee_app") > 0
        assert lines == {"marquee_owner": 1}, "the supervisor's, to see the server end"
        checked = run("manage.py", "check", "--database", "default", DATA_DIR=str(data_dir))
        assert "no issues" in checked.stdout
        running.process.send_signal(signal.SIGTERM)
        assert (running.end(), running.errors()) == (0, [])
    assert processes(data_dir) == {}


def test_a_killed_supervisor_leaves_nobody(data_dir: Path) -> None:
    with demo(data_dir) as running:
        running.process.kill()
        running.end()
        until("its processes are gone", lambda: processes(data_dir) == {}, seconds=20)


@pytest.mark.parametrize(
    ("victim", "name"),
    [("granian", "web"), ("postgres -D", "the database server"), ("manage.py clock", "clock")],
)
def test_a_killed_part_ends_all_with_one_line(data_dir: Path, victim: str, name: str) -> None:
    with demo(data_dir) as running:
        until("all of it runs", lambda: victim in " ".join(processes(data_dir).values()), seconds=20)
        running.kill(victim)
        assert running.end() == 1
    [line] = running.errors()
    assert line.startswith(f"demo: {name} ")
    assert processes(data_dir) == {}


def test_a_stop_asked_for_during_the_start_is_kept(tmp_path: Path) -> None:
    early = Demo(tmp_path)
    until(
        "it has begun to prepare",
        lambda: any("demo.prepare" in line for line in processes(tmp_path).values()),
        seconds=30,
    )
    early.process.send_signal(signal.SIGINT)
    assert (early.end(), early.errors()) == (0, [])
    assert processes(tmp_path) == {}
