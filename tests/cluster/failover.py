"""The primary is lost while readers buy; a follower takes its place; the former primary comes back."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from subprocess import CompletedProcess

import psycopg

from briefings_site.cluster import SYSTEM_USER
from tests.chaos.quiet import drain
from tests.chaos.verify import findings

from .postgres import FAILOVER, HOST, REPLICATION, Server
from .roles import DATABASE
from .stage import Finding, Stage, nothing_failed, went_well

# A pool of the site's gives up a line that is gone within its five seconds.
SETTLED_AFTER = 6.0
NOT_ACKNOWLEDGED_FOR = 3.0
FOLLOWING = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"


def failover(stage: Stage) -> Iterator[Finding]:
    house, former = stage.house, stage.house.primary
    with stage.load("failover") as load:
        time.sleep(stage.seconds / 3)
        bought = load.bought()
        window = load.tally.windows.open("primary killed")
        struck, _ = house.kill(former.name, hold=True)
        done = promote(stage, former)
        promoted = time.monotonic()
        recovered = load.await_purchase()
        time.sleep(SETTLED_AFTER)
        window.ended = time.monotonic()
        time.sleep(stage.seconds / 3)
    yield went_well(done, "a follower is promoted, and the pooler led to it")
    seen = f"{promoted - struck:.1f}s to promote, {recovered - struck:.1f}s to the next unlock"
    yield Finding("the site goes on by itself", seen, house.primary is not former)
    yield nothing_failed(load, "nothing fails once it has")
    # A task that lost the primary under it is taken up by its worker, once that has started again.
    drain(house.ask)
    broken = list(findings(house.ask, stage.journal))
    kept = f"{len(stage.journal.opened())} acknowledged in all, {bought} just before the kill"
    yield Finding("no acknowledged unlock is lost", broken[0] if broken else kept, not broken)
    yield stage.ledger()
    yield from come_back(stage, former)


def promote(stage: Stage, former: Server) -> CompletedProcess[str]:
    house = stage.house
    pooler = house.child_of("pgbouncer")
    followers = [
        f"host={HOST} port={server.port} user={FAILOVER}" for server in house.servers if server is not former
    ]
    return stage.script(
        "postgresql/failover.sh",
        *followers,
        DATABASES=str(house.folder / "pgbouncer" / "databases.ini"),
        RELOAD_POOLER=f"kill -HUP {pooler.pid}",
    )


def come_back(stage: Stage, former: Server) -> Iterator[Finding]:
    """As it fell, then as a follower."""
    part = stage.house.parts[former.name]
    part.held.clear()
    former.await_answer()
    acknowledged = threading.Event()
    threading.Thread(target=write_to, args=(former, acknowledged), daemon=True).start()
    alone = not acknowledged.wait(NOT_ACKNOWLEDGED_FOR)
    yield Finding(
        "the former primary acknowledges nothing", "a commit there waits" if alone else "it did", alone
    )
    part.held.set()
    assert part.child is not None
    part.child.process.send_signal(signal.SIGQUIT)
    part.child.process.wait(timeout=30)
    yield went_well(rejoin(stage, former), "it is set back to where they parted")
    part.held.clear()
    former.await_answer()
    [(follows,)] = former.ask("SELECT pg_is_in_recovery()")
    deadline = time.monotonic() + 30
    while (following := stage.house.primary.ask(FOLLOWING)) != [(2,)] and time.monotonic() < deadline:
        time.sleep(0.2)
    yield Finding(
        "it comes back as a follower", f"two follow: {following == [(2,)]}", follows and following == [(2,)]
    )


def rejoin(stage: Stage, former: Server) -> CompletedProcess[str]:
    primary = f"host={HOST} port={stage.house.primary.port} user={REPLICATION}"
    arguments = [str(former.folder), primary, former.name]
    return stage.script("postgresql/rejoin.sh", *arguments, user=SYSTEM_USER if os.geteuid() == 0 else None)


def write_to(server: Server, acknowledged: threading.Event) -> None:
    try:
        server.ask("CREATE TABLE nobody_was_told (number int)", database=DATABASE)
        acknowledged.set()
    except psycopg.Error:
        return
