"""All that people do, at once: as requests, each kind as often as it may be among a hundred."""

import random
from collections.abc import Callable, Iterator

from .bench import Bench, Site
from .load import written
from .pages import cookie, members, path_of, plain_readers
from .possible import pages_of, possible
from .rows import hooks, searching, unlocking

SHARES = {"visitor": 50, "reader": 25, "home": 8, "search": 5, "unlock": 5, "event": 5, "account": 2}
# Of any newsroom the listings are read as often as all briefings together.
LISTINGS = ["/", "/technology/", "/feed/"]

Kinds = dict[str, Callable[[], bytes]]


def mixture(bench: Bench, site: Site, turn: int, length: int) -> Iterator[bytes]:
    """The briefings are read evenly, from first to last: what is kept of them is as much as can be."""
    dice = random.Random(f"mixture {turn}")
    kinds = {**of_visitors(site, dice), **of_readers(site, dice), **once_each(bench, site, turn, length)}
    for kind in dice.choices(list(SHARES), list(SHARES.values()), k=length):
        yield kinds[kind]()


def of_visitors(site: Site, dice: random.Random) -> Kinds:
    def visitor() -> bytes:
        path = dice.choice([*LISTINGS, *(path_of(dice.randrange(site.size.briefings)) for _ in LISTINGS)])
        return written(path, headers=dice.choice([{}, {"Accept-Encoding": "gzip"}]))

    return {"visitor": visitor}


def of_readers(site: Site, dice: random.Random) -> Kinds:
    plain, club = plain_readers(site.size), members(site.size)

    def asked_by(readers: list[int], path: str) -> bytes:
        return written(path, headers=cookie(dice.choice(readers)))

    return {
        "reader": lambda: asked_by(plain, path_of(dice.randrange(site.size.briefings))),
        "home": lambda: asked_by(club, dice.choice(["/", path_of(dice.randrange(site.size.briefings))])),
        "account": lambda: asked_by(plain, "/account/"),
    }


def once_each(bench: Bench, site: Site, turn: int, length: int) -> Kinds:
    """None of these is done twice, and no address searches more often than it may."""
    words = searching.pairs(1_000 + turn)
    events = hooks.events(f"mixture{turn}", length)
    pages = pages_of(bench, site)
    unlocks = possible(site, length * SHARES["unlock"] // 50)
    addresses = (f"10.{turn}.{place // 250}.{place % 250}" for place in range(length))

    def search() -> bytes:
        return written(f"/search/?q={next(words)}", headers={"X-Forwarded-For": next(addresses)})

    def unlock() -> bytes:
        site.unlocked += 1
        reader, number = next(unlocks)
        return unlocking.form(pages[number][0], reader)

    return {"search": search, "unlock": unlock, "event": lambda: next(events)}
