"""Unlocks that have not been made: reader after reader, briefing after briefing, none of them twice."""

from collections.abc import Iterator

from .bench import Bench, Site
from .load import LoadError
from .names import STRIDE

DEAREST = 9


def possible(site: Site, wanted: int) -> Iterator[tuple[int, int]]:
    """``wanted`` pairs of reader and number of a briefing. Who makes some adds them to ``site.unlocked``."""
    if wanted > left(site):
        raise LoadError(f"{site.database} has no {wanted} unlocks left to be made")
    for place in range(site.unlocked, site.unlocked + wanted):
        reader = site.readers[place % len(site.readers)]
        step = site.size.deeds + place // len(site.readers)
        yield reader, (reader + step * STRIDE) % site.size.briefings


def left(site: Site) -> int:
    return len(site.readers) * (site.size.briefings - site.size.deeds) - site.unlocked


def pages_of(bench: Bench, site: Site) -> list[tuple[int, str, str]]:
    """By number: id, key and headline."""
    return bench.store.ask(
        "SELECT p.id, p.translation_key::text, p.title FROM articles_briefingpage b "
        "JOIN wagtailcore_page p ON p.id = b.page_ptr_id ORDER BY p.id",
        database=site.database,
    )


def first_reader(bench: Bench, site: Site) -> int:
    """The id of reader 0; all others follow in order."""
    [(first,)] = bench.store.ask(
        "SELECT id FROM accounts_user WHERE email = 'reader-0@bench.example.com'", database=site.database
    )
    return int(first)
