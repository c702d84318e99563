"""A hundred times the briefings, a thousand times the entries: every figure again, small beside large."""

from collections.abc import Callable

from tests.bench.bench import Bench, Site
from tests.bench.load import Figures, Load, in_turns, written
from tests.bench.pages import members, paths_of, plain_readers, shows

from . import cold, hooks, readers, searching, unlocking, visitors

ROW = "growth"
AT_LEAST = 0.85
# Of the small newsroom, so that as many are asked for in both.
READERS, MEMBERS = 90, 10
# It finds a hundred times as much: its promise is its slowest answer, of which there is a row.
UNPROMISED = ("search",)


def measure(bench: Bench) -> None:
    small, large = bench.site("small"), bench.site("large")
    for site in (small, large):
        for asks in (read(site, unlocked=False), read(site, unlocked=True), homes(site)):
            readers.warm(site, asks)
        for path in visitors.paths().values():
            shows(site.running, path)
    for name, figure in figures(bench).items():
        turns = in_turns(
            bench.pace.growth_rounds,
            {"large": lambda ask=figure: ask(large), "small": lambda ask=figure: ask(small)},
        )
        promise = {} if name in UNPROMISED else {"at_least": AT_LEAST}
        bench.beside(
            row=ROW,
            name=name,
            ours=turns["large"],
            limits=turns["small"],
            of="small",
            note=f"{turns['large'][-1].spent}, small {turns['small'][-1].spent}",
            **promise,
        )


def figures(bench: Bench) -> dict[str, Callable[[Site], Figures]]:
    seconds = bench.pace.growth_seconds
    load = bench.load(seconds)
    visited: dict[str, Callable[[Site], Figures]] = {
        f"visitor, {name}": lambda site, path=path: load.on(site.port, [written(path)])
        for name, path in visitors.paths().items()
    }
    return visited | {
        "signed in, locked": lambda site: load.on(
            site.port, list(readers.requests_of(read(site, unlocked=False)))
        ),
        "signed in, open": lambda site: load.on(
            site.port, list(readers.requests_of(read(site, unlocked=True)))
        ),
        "a member's home": lambda site: by_readers(load, site, homes(site)),
        "unlock in the domain": lambda site: unlocking.domain(bench, site, seconds),
        "unlock over HTTP": lambda site: unlocking.forms(bench, site, seconds),
        "webhook": lambda site: hooks.intake(bench, site, site.size.name, seconds),
        "search": lambda site: searching.once(bench, site, 9, seconds),
        "cold home": lambda site: coldly(bench, site),
    }


def by_readers(load: Load, site: Site, asks: dict[int, str]) -> Figures:
    return load.on(site.port, list(readers.requests_of(asks)))


def read(site: Site, *, unlocked: bool) -> dict[int, str]:
    return paths_of(plain_readers(site.size)[:READERS], site.size, unlocked=unlocked)


def homes(site: Site) -> dict[int, str]:
    return dict.fromkeys(members(site.size)[:MEMBERS], "/")


def coldly(bench: Bench, site: Site) -> Figures:
    """How many homes a second, were every one the first after a publish."""
    with cold.publishing(site) as publish:
        publish()
        taken = cold.stampede(site, "/")
    return Figures(rate=1e3 / taken, p50=taken, p99=taken, longest=taken, requests=cold.AT_ONCE)
