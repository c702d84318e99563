"""A signed-in reader: a briefing that is locked for them, one that is open, and a member's home."""

from collections.abc import Iterator, Sequence

from tests.bench.bench import Bench, Site
from tests.bench.load import Figures, in_turns, written
from tests.bench.names import session_of
from tests.bench.pages import cookie, members, paths_of, plain_readers, shows
from tests.bench.possible import first_reader
from tests.bench.queries import logged

ROW = "signed in"
MANY = 2_000
AT_MOST_QUERIES = 2
LOCKED, OPEN = b'data-gate="locked"', b'data-reason="unlocked"'


def measure(bench: Bench) -> None:
    site = bench.site("right")
    readers = spread(plain_readers(site.size))
    locked = paths_of(readers, site.size, unlocked=False)
    opened = paths_of(readers, site.size, unlocked=True)
    home = dict.fromkeys(spread(members(site.size)), "/")
    one(bench, site, "briefing, locked", locked, LOCKED, at_least=1.0, hope=2.0)
    one(bench, site, "briefing, open", opened, OPEN, at_least=1.0, hope=2.0)
    one(bench, site, "a member's home", home, b"Open to you", at_least=0.7, hope=1.0)


def spread(readers: Sequence[int]) -> list[int]:
    return list(readers[:: max(1, len(readers) // MANY)])[:MANY]


def one(
    bench: Bench, site: Site, name: str, asks: dict[int, str], mark: bytes, *, at_least: float, hope: float
) -> None:
    reader, path = next(iter(asks.items()))
    body = shows(site.running, path, mark, headers=cookie(reader))
    page = name.replace(" ", "-").replace(",", "").replace("'", "")
    (bench.pages / page).write_bytes(body)
    warm(site, asks)
    # Before the turns: a server goes on for a while after whoever asked has gone.
    with logged(bench.store) as so_far:
        shows(site.running, path, mark, headers=cookie(reader))
        asked = len(so_far())
    bench.found(row=ROW, name=f"{name}: queries", figure=asked, unit="queries", at_most=AT_MOST_QUERIES)
    turns = beside_three_reads(bench, site, asks, page)
    bench.beside(
        row=ROW,
        name=name,
        ours=turns["site"],
        limits=turns["reads"],
        of="three ORM reads",
        at_least=at_least,
        hope=hope,
        note=f"{len(body) / 1024:.0f} KB, {len(asks)} readers, {turns['site'][-1].spent}",
    )


def beside_three_reads(bench: Bench, site: Site, asks: dict[int, str], page: str) -> dict[str, list[Figures]]:
    load = bench.load()
    requests, reads = list(requests_of(asks)), list(three_reads(bench, site, asks, page))
    return in_turns(
        bench.pace.rounds,
        {
            "site": lambda: load.on(site.port, requests),
            "reads": lambda: load.on(bench.bare.port, reads),
        },
    )


def warm(site: Site, asks: dict[int, str]) -> None:
    """Every page once: what is measured is a site that has run for a while."""
    for path, reader in {path: reader for reader, path in asks.items()}.items():
        shows(site.running, path, headers=cookie(reader))


def requests_of(asks: dict[int, str]) -> Iterator[bytes]:
    for reader, path in asks.items():
        yield written(path, headers=cookie(reader))


def three_reads(bench: Bench, site: Site, asks: dict[int, str], page: str) -> Iterator[bytes]:
    """The same readers, and as many briefings."""
    first = first_reader(bench, site)
    pages = bench.store.ask(
        "SELECT page_ptr_id FROM articles_briefingpage ORDER BY 1 LIMIT %s",
        [len(asks)],
        database=site.database,
    )
    for place, reader in enumerate(asks):
        (briefing,) = pages[place % len(pages)]
        path = f"/reads/{first + reader}/{briefing}/{page}"
        yield written(path, headers={"Cookie": f"session={session_of(reader)}"})
