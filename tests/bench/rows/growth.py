"""A hundred times the briefings, a thousand times the entries: every figure again, small beside large."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

from tests.bench.bench import Bench, Site
from tests.bench.load import Figures, in_turns, written
from tests.bench.pages import members, paths_of, plain_readers, shows

from . import cold, hooks, readers, searching, unlocking, visitors

ROW = "growth"
AT_LEAST = 0.85
# All of the small newsroom: what grows is the past, not how many come at once.
READERS, MEMBERS = 90, 10
# The small one has 17,550 unlocks to give, for all turns of both kinds.
UNLOCKS = 1_000
# It finds a hundred times as much: its promise is its slowest answer, of which there is a row.
UNPROMISED = ("search",)

Ask = Callable[[Site], Figures]
# The other rows have taken theirs below it.
turns_of_search = count(100)


def measure(bench: Bench) -> None:
    small, large = bench.site("small"), bench.site("large")
    for site in (small, large):
        site.readers = site.readers[:READERS]
        warm(bench, site)
    compare(bench, dict(figures(bench)), small, large)
    with publishing_in((small, large)) as publish:
        compare(bench, dict(cold_figures(bench, publish)), small, large)


def warm(bench: Bench, site: Site) -> None:
    for asks in (read(site, unlocked=False), read(site, unlocked=True), homes(site)):
        readers.warm(site, asks)
    for path in visitors.paths().values():
        shows(site.running, path)
    # As many at once as later: each thread opens its connection to the database when it first needs one.
    bench.load(1).on(site.port, list(readers.requests_of(read(site, unlocked=False))))


def compare(bench: Bench, asked: dict[str, Ask], small: Site, large: Site) -> None:
    for name, ask in asked.items():
        # Once without counting: the first of its kind opens connections and makes plans.
        for site in (large, small):
            ask(site)
        both = {"large": lambda ask=ask: ask(large), "small": lambda ask=ask: ask(small)}
        turns = in_turns(bench.pace.growth_rounds, both)
        promise = {} if name in UNPROMISED else {"at_least": AT_LEAST}
        bench.beside(
            row=ROW,
            name=name,
            ours=turns["large"],
            limits=turns["small"],
            of="small",
            note=spent_on(turns),
            **promise,
        )


def spent_on(turns: dict[str, list[Figures]]) -> str:
    """By the turn that took the least: what else ran on the machine is in the others."""
    large, small = (min((one.spent for one in turns[which]), key=sum) for which in ("large", "small"))
    return f"{large}, small {small}: {sum(large) / max(sum(small), 1e-6):.2f}"


def figures(bench: Bench) -> Iterator[tuple[str, Ask]]:
    seconds = bench.pace.growth_seconds

    def load(requests: Callable[[Site], Iterable[bytes]]) -> Ask:
        return lambda site: bench.load(seconds).on(site.port, list(requests(site)))

    for name, path in visitors.paths().items():
        yield f"visitor, {name}", load(lambda site, path=path: [written(path)])
        yield f"visitor, {name}, 304", load(lambda site, path=path: [known(site, path)])
    yield "signed in, locked", load(lambda site: readers.requests_of(read(site, unlocked=False)))
    yield "signed in, open", load(lambda site: readers.requests_of(read(site, unlocked=True)))
    yield "a member's home", load(lambda site: readers.requests_of(homes(site)))
    yield "unlock in the domain", lambda site: unlocking.domain(bench, site, seconds, most=UNLOCKS)
    yield "unlock over HTTP", lambda site: unlocking.forms(bench, site, seconds)
    yield "webhook", lambda site: hooks.intake(bench, site, site.size.name, seconds)
    yield "search", lambda site: searching.once(bench, site, next(turns_of_search), seconds)


def known(site: Site, path: str) -> bytes:
    return written(path, headers={"If-None-Match": visitors.etag_of(site, path)})


def read(site: Site, *, unlocked: bool) -> dict[int, str]:
    return paths_of(plain_readers(site.size)[:READERS], site.size, unlocked=unlocked)


def homes(site: Site) -> dict[int, str]:
    return dict.fromkeys(members(site.size)[:MEMBERS], "/")


Publish = Callable[[Site], None]


@contextmanager
def publishing_in(sites: tuple[Site, Site]) -> Iterator[Publish]:
    one, other = sites
    with cold.publishing(one) as in_one, cold.publishing(other) as in_other:
        yield lambda site: in_one() if site is one else in_other()


def cold_figures(bench: Bench, publish: Publish) -> Iterator[tuple[str, Ask]]:
    for name, path in visitors.paths().items():
        yield f"cold, {name}", lambda site, path=path: coldly(bench, site, path, publish)


def coldly(bench: Bench, site: Site, path: str, publish: Publish) -> Figures:
    """How many such pages a second, were every one the first after a publish."""
    publish(site)
    before = bench.spent()
    taken = cold.stampede(site, path)
    spent = (bench.spent() - before).each_of(cold.AT_ONCE)
    figures = Figures(rate=1e3 / taken, p50=taken, p99=taken, longest=taken, requests=cold.AT_ONCE)
    return replace(figures, spent=spent)
