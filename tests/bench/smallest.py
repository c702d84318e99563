"""The smallest unlock that is still right, by pgbench."""

import re
import subprocess
from pathlib import Path

from psycopg.sql import SQL, Identifier

from briefings_site.cluster import SUPERUSER, _programs

from . import cores
from .bench import Bench
from .load import Figures, LoadError

CLIENTS = 8
LIMITS = Path(__file__).parent / "limits"
SMALLEST = "bench_smallest"
# "tps = 5800.123 (without initial connection time)"
TPS = re.compile(r"^tps = ([\d.]+) ", re.MULTILINE)
NONE_FAILED = "number of failed transactions: 0 "
LATENCY = re.compile(r"^latency average = ([\d.]+) ms", re.MULTILINE)


def lay_the_smallest(bench: Bench) -> None:
    if bench.store.comment_on(SMALLEST) != "whole":
        bench.store.copy("template0", SMALLEST)
        bench.store.ask((LIMITS / "smallest_unlock.sql").read_text(), database=SMALLEST)
        bench.store.ask("VACUUM ANALYZE", database=SMALLEST)
        bench.store.ask(SQL("COMMENT ON DATABASE {} IS 'whole'").format(Identifier(SMALLEST)))


def smallest(bench: Bench) -> Figures:
    command = [str(_programs() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}"]
    command += [f"--time={max(1, round(bench.pace.seconds))}", f"--file={LIMITS / 'smallest_unlock.pgbench'}"]
    ended = subprocess.run(
        [*command, bench.store.url(SMALLEST, SUPERUSER)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: cores.pin(0, cores.MEASURED),
    )
    return told_by_pgbench(ended.stdout + ended.stderr)


def told_by_pgbench(output: str) -> Figures:
    rate, latency = TPS.search(output), LATENCY.search(output)
    if rate is None or latency is None or NONE_FAILED not in output:
        raise LoadError(f"pgbench told no figures: {output.strip()[-500:]}")
    middle = float(latency[1])
    return Figures(rate=float(rate[1]), p50=middle, p99=middle, longest=middle, requests=0)
