"""What all measurements of a run share."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median

import redis

from .findings import Finding
from .load import Figures, Load, drift_of, ratio_of
from .pages import plain_readers
from .record import Record
from .running import Running
from .servers import Servers
from .sizes import SIZES, Size
from .spent import Spent, seconds_of
from .store import Store

# What the site's own form comes down to.
POSTING = """
SELECT outcome FROM unlock_briefing(
    %(reader)s::bigint, %(key)s::uuid, 1, %(title)s, 'Unlocked', 'form', true, 'as agreed',
    now() - interval '14 days', now()
)
"""


@dataclass(frozen=True)
class Pace:
    rounds: int
    seconds: float
    memory_seconds: float
    # Growth compares small differences: more and shorter turns.
    growth_rounds: int
    growth_seconds: float


WHOLE = Pace(rounds=3, seconds=4, memory_seconds=600, growth_rounds=5, growth_seconds=2)
QUICK = Pace(rounds=2, seconds=2, memory_seconds=45, growth_rounds=3, growth_seconds=2)


@dataclass
class Site:
    """A newsroom with a server of its own, on a copy of its data that this run may write to."""

    size: Size
    database: str
    running: Running
    environ: Mapping[str, str]
    # Those who unlock, and how many unlocks of the list of all that they can make are used up.
    readers: Sequence[int]
    unlocked: int = 0

    @property
    def port(self) -> int:
        return self.running.port


@dataclass
class Bench:
    store: Store
    servers: Servers
    pace: Pace
    say: Callable[[str], None]
    record: Record
    sites: dict[str, Site] = field(default_factory=dict)

    @property
    def tools(self) -> Mapping[str, str]:
        return self.servers.tools

    @cached_property
    def cache(self) -> Running:
        return self.servers.redis()

    def forget_limits(self, site: "Site") -> None:
        """Who unlocked sixty times this minute may go on: it was not they who did."""
        with redis.Redis.from_url(site.environ["CACHE_URL"]) as kept:
            counted = list(kept.scan_iter(match="*:rl:*", count=10_000))
            if counted:
                kept.delete(*counted)

    @cached_property
    def pages(self) -> Path:
        """The folder of what the limits answer with."""
        folder = self.servers.logs / "pages"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        # Servers ask whether one answers by asking for these.
        (folder / "ready").write_bytes(b"ready")
        (folder / "index.html").write_bytes(b"ready")
        return folder

    @property
    def quick(self) -> bool:
        return self.pace is QUICK

    def site(self, name: str) -> Site:
        """Opened anew if it is down: what brought it down was one row's failure."""
        if name not in self.sites or not self.sites[name].running.is_up:
            self.sites[name] = self._open(name)
        return self.sites[name]

    def _open(self, name: str) -> Site:
        size = SIZES[name]
        database = f"run_{name}"
        self.store.copy(self.store.prepared(size), database)
        number = 1 + list(SIZES).index(name)
        environ = self.store.environ(database, cache=f"redis://127.0.0.1:{self.cache.port}/{number}")
        running = self.servers.site(f"site-{name}", environ)
        return Site(size, database, running, environ, plain_readers(size))

    @cached_property
    def bare(self) -> Running:
        return self._limit("bare", {})

    @cached_property
    def usual(self) -> Running:
        return self._limit("usual", {"BENCH_MIDDLEWARE": "usual"})

    @cached_property
    def nginx(self) -> Running:
        return self.servers.nginx(self.pages)

    def _limit(self, name: str, more: Mapping[str, str]) -> Running:
        right = self.site("right")
        known = {"BENCH_PAGES": str(self.pages), "BENCH_POSTING": POSTING}
        environ = {**right.environ, **known, **more}
        return self.servers.limit(name, environ, await_at="/bytes/ready")

    def load(self, seconds: float | None = None) -> Load:
        return Load(self.tools["wrk"], seconds or self.pace.seconds, self.spent)

    def spent(self) -> Spent:
        """By all that is measured. Only one of them is at work at a time, with the database."""
        site = sum(seconds_of(each.process.pid) for each in self.servers.measured)
        return Spent(site, seconds_of(self.store.postmaster))

    def beside(
        self, *, row: str, name: str, ours: Sequence[Figures], limits: Sequence[Figures], **facts: object
    ) -> None:
        """What was measured in turns with its limit."""
        rates, theirs = [one.rate for one in ours], [one.rate for one in limits]
        self.found(
            row=row,
            name=name,
            figure=median(rates),
            unit="/s",
            limit=median(theirs),
            ratio=ratio_of(rates, theirs),
            drift=drift_of(theirs),
            **facts,
        )

    def found(self, **facts: object) -> None:
        one = Finding(**facts)  # type: ignore[arg-type]
        self.record.add(one)
        ratio = "" if one.ratio is None else f", {one.ratio:.2f}"
        self.say(f"{one.key}: {one.figure:,.1f} {one.unit}{ratio}" + (f" ({one.note})" if one.note else ""))
