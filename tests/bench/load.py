"""wrk and what it says."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from . import cores
from .environment import HOST
from .spent import NOTHING, Spent

SCRIPT = Path(__file__).parent / "lua" / "load.lua"
CONNECTIONS, THREADS = 32, 2
# Seconds. Longer is an answer that failed.
PATIENCE = 10
TOLD = "FIGURES "


class LoadError(Exception):
    """What was measured is not what was meant."""


@dataclass(frozen=True)
class Figures:
    """Latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    longest: float
    requests: int
    # Of those that may be sent once: so many from the beginning are used up.
    taken: int = 0
    # For each request.
    spent: Spent = NOTHING


@dataclass(frozen=True)
class Load:
    wrk: str
    seconds: float
    # What all that is measured has spent so far.
    meter: Callable[[], Spent] = Spent
    patience: int = PATIENCE

    def on(
        self,
        port: int,
        requests: Sequence[bytes],
        *,
        connections: int = CONNECTIONS,
        once: bool = False,
        pause: int = 0,
    ) -> Figures:
        """``pause``: milliseconds between an answer and the same connection's next request, about.

        Raises LoadError where an answer was an error, or the requests did not suffice.
        """
        threads = min(THREADS, connections)
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"".join(one + b"\0" for one in requests))
            file.flush()
            command = [
                self.wrk,
                f"-t{threads}",
                f"-c{connections}",
                f"-d{max(1, round(self.seconds))}s",
                f"--timeout={self.patience}s",
            ]
            command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--", file.name]
            command += ["once" if once else "again", str(threads), str(pause)]
            before = self.meter()
            ended = subprocess.run(
                command, capture_output=True, text=True, preexec_fn=lambda: cores.pin(0, cores.OTHERS)
            )
            spent = self.meter() - before
        figures = figures_in(ended.stdout, told=ended.stderr)
        return replace(figures, spent=spent.each_of(figures.requests))


def figures_in(output: str, *, told: str = "") -> Figures:
    line = next((line for line in output.splitlines() if line.startswith(TOLD)), None)
    if line is None:
        raise LoadError(f"wrk told no figures: {(output + told).strip()[-300:]}")
    said = json.loads(line.removeprefix(TOLD))
    if said["refused"] or said["failed"]:
        raise LoadError(
            f"of {said['requests']} requests {said['refused']} were refused, {said['failed']} failed"
        )
    if not said["requests"]:
        raise LoadError("nothing was answered in time")
    if said["ran_out"]:
        raise LoadError("there were not enough requests of which each may be sent once")
    return Figures(
        rate=said["requests"] / said["microseconds"] * 1e6,
        p50=said["p50"] / 1e3,
        p99=said["p99"] / 1e3,
        longest=said["longest"] / 1e3,
        requests=said["requests"],
        taken=said["taken"],
    )


def written(
    path: str, *, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """A request as it goes over the line, from behind a proxy that speaks HTTPS."""
    lines = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7", **(headers or {})}
    if body:
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


Measure = Callable[[], Figures]


def in_turns(rounds: int, measures: Mapping[str, Measure]) -> dict[str, list[Figures]]:
    """Each in its turn, there and back again, so that what the machine does meanwhile meets all alike."""
    found: dict[str, list[Figures]] = {name: [] for name in measures}
    for turn in range(rounds):
        for name in list(measures)[:: -1 if turn % 2 else 1]:
            found[name].append(measures[name]())
    return found


def ratio_of(ours: Sequence[float], limits: Sequence[float]) -> float:
    """The median of the rounds' own ratios: what slows both in a round cancels out."""
    return median(our / limit for our, limit in zip(ours, limits, strict=True))


def drift_of(values: Sequence[float]) -> float:
    """How far apart the rounds were, as a part of their median."""
    return (max(values) - min(values)) / median(values)
