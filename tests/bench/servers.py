"""What runs while it is measured: the site and its limits by granian, nginx, Redis."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.house import free_port
from tests.deployment.running import web_command

from . import cores, nginx
from .running import Running


class Servers:
    """All of a run, which end with it."""

    def __init__(self, logs: Path, tools: Mapping[str, str]) -> None:
        self.logs, self.tools = logs, tools
        logs.mkdir(parents=True, exist_ok=True)
        self.running = ExitStack()
        self.measured: list[Running] = []

    def site(self, name: str, environ: Mapping[str, str]) -> Running:
        """As systemd starts it, whose unit says how memory is taken."""
        command = one_worker(web_command(port := free_port()))
        environ = {**environ, "MALLOC_ARENA_MAX": "1"}
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
        command = self.conf("nginx", port, nginx.files_of(pages))
        return self.begin("nginx", command, port=port).await_answer("/")

    def front(self, site: int, media: Path) -> Running:
        """As deploy/nginx: pictures from the disk, all else from the site."""
        port = free_port()
        command = self.conf("front", port, nginx.front_of(site, media))
        return self.begin("front", command, port=port, on=cores.OTHERS).await_answer("/livez")

    def conf(self, name: str, port: int, place: str) -> list[str]:
        """Written, and the command that runs by it."""
        conf = self.logs / f"{name}.conf"
        conf.write_text(nginx.conf(name, port, self.logs, place))
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
