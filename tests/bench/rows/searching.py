"""Search for two words, rare ones and frequent ones: each pair asked once, then some again and again."""

import random
from collections.abc import Iterable, Iterator
from itertools import cycle, islice

from tests.bench.bench import Bench, Site
from tests.bench.load import Figures, LoadError, written
from tests.bench.running import asked
from tests.bench.sizes import SIZES
from tests.bench.words import vocabulary, weights

ROW = "search"
CONNECTIONS = 8
PAIRS = 30_000
FEW = 100
AT_MOST_MS = 50.0
COMMONEST = 6
# Long to write, and promised nothing of: searched where it is there.
ARCHIVE = SIZES["archive"]


def measure(bench: Bench) -> None:
    slowest(bench, bench.site("right"), at_most=AT_MOST_MS)
    if bench.store.has(ARCHIVE):
        slowest(bench, bench.site(ARCHIVE.name), at_most=None)
    else:
        bench.say("the archive is not searched: python -m tests.bench.data archive writes it")


def slowest(bench: Bench, site: Site, *, at_most: float | None) -> None:
    answers(site)
    name = f"p99 over {site.size.briefings:,} briefings"
    # A process that has just begun makes its plans and the rows of its cards. Told apart.
    tell(bench, f"{name}, in the first seconds", [once(bench, site, bench.pace.rounds)], at_most=None)
    turns = [once(bench, site, turn) for turn in range(bench.pace.rounds)]
    tell(bench, name, turns, at_most=at_most)
    tell(bench, f"{name}, asked again", [again(bench, site, len(turns) + 1)], at_most=None)


def tell(bench: Bench, name: str, turns: list[Figures], *, at_most: float | None) -> None:
    bench.found(
        row=ROW,
        name=name,
        figure=max(one.p99 for one in turns),
        unit="ms",
        at_most=at_most,
        note=f"{sum(one.rate for one in turns) / len(turns):.0f}/s, p50 {turns[0].p50:.1f} ms, "
        f"longest {max(one.longest for one in turns):.0f} ms, {turns[-1].spent}",
    )


def once(bench: Bench, site: Site, turn: int, seconds: float | None = None) -> Figures:
    return bench.load(seconds).on(site.port, asking(turn, pairs(turn)), connections=CONNECTIONS, once=True)


def again(bench: Bench, site: Site, turn: int) -> Figures:
    """The same few by many: what was found for one is at hand for the next."""
    few = islice(cycle(islice(pairs(turn), FEW)), PAIRS)
    return bench.load().on(site.port, asking(turn, few), connections=CONNECTIONS, once=True)


def asking(turn: int, pairs: Iterable[str]) -> list[bytes]:
    """Each from an address of its own: one address may search twice a second."""
    return [
        written(f"/search/?q={one}", headers={"X-Forwarded-For": f"10.{turn}.{place // 250}.{place % 250}"})
        for place, one in enumerate(pairs)
    ]


def pairs(turn: int) -> Iterator[str]:
    """As frequent as they stand in stories, but for the very commonest, which nobody looks for."""
    dice = random.Random(f"searches {turn}")
    before = weights()[COMMONEST - 1]
    shares = [share - before for share in weights()[COMMONEST:]]
    drawn = dice.choices(vocabulary()[COMMONEST:], cum_weights=shares, k=2 * PAIRS)
    yield from dict.fromkeys(f"{one}+{other}" for one, other in zip(drawn[::2], drawn[1::2], strict=True))


def answers(site: Site) -> None:
    """Raises LoadError where the words that every story has are not found."""
    status, _, body = asked(site.port, f"/search/?q={'+'.join(vocabulary()[:1])}")
    if status != 200 or b"/briefing-" not in body:
        raise LoadError(f"search answers {status} and finds nothing: it is not what is to be measured")
