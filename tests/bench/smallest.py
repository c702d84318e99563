"""By pgbench: the smallest unlock that is still right, and ours with nothing that guards it."""

import re
import subprocess
from pathlib import Path

from psycopg.sql import SQL, Identifier

from briefings_site.cluster import SUPERUSER, _programs

from . import cores
from .bench import Bench
from .load import Figures, LoadError
from .sizes import SIZES

CLIENTS = 8
LIMITS = Path(__file__).parent / "limits"
SMALLEST = "bench_smallest"
UNGUARDED = "run_unguarded"
# "tps = 5800.123 (without initial connection time)"
TPS = re.compile(r"^tps = ([\d.]+) ", re.MULTILINE)
NONE_FAILED = "number of failed transactions: 0 "
# They have an account and credits, all of them.
READERS = "SELECT min(id), max(id) FROM accounts_user WHERE email LIKE '%@bench.example.com'"
LATENCY = re.compile(r"^latency average = ([\d.]+) ms", re.MULTILINE)


def lay_the_smallest(bench: Bench) -> None:
    if bench.store.comment_on(SMALLEST) != "whole":
        bench.store.copy("template0", SMALLEST)
        bench.store.ask((LIMITS / "smallest_unlock.sql").read_text(), database=SMALLEST)
        bench.store.ask("VACUUM ANALYZE", database=SMALLEST)
        bench.store.ask(SQL("COMMENT ON DATABASE {} IS 'whole'").format(Identifier(SMALLEST)))


def lay_the_unguarded(bench: Bench) -> None:
    """A copy of the newsroom that everything is measured on, whose ledger agrees no longer afterwards."""
    bench.store.copy(bench.store.prepared(SIZES["right"]), UNGUARDED)
    bench.store.ask((LIMITS / "unguarded_unlock.sql").read_text(), database=UNGUARDED)


def smallest(bench: Bench) -> Figures:
    return by_pgbench(bench, SMALLEST, "smallest_unlock.pgbench")


def unguarded(bench: Bench) -> Figures:
    [whose] = bench.store.ask(READERS, database=UNGUARDED)
    return by_pgbench(bench, UNGUARDED, "unguarded_unlock.pgbench", first=whose[0], last=whose[1])


def by_pgbench(bench: Bench, database: str, script: str, **given: int) -> Figures:
    command = [str(_programs() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}"]
    command += [f"--time={max(1, round(bench.pace.seconds))}", f"--file={LIMITS / script}"]
    command += [f"--define={name}={value}" for name, value in given.items()]
    ended = subprocess.run(
        [*command, bench.store.url(database, SUPERUSER)],
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
