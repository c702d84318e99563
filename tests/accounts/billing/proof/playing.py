"""A scene is played again and again, and its news is delivered differently each time. It ends the same.

A scene does things at Stripe and here; where it yields, news may come in, or wait. Each way of delivering
starts from the same state, of our tables and of the local Stripe.
"""

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import permutations

import pytest
from django.db import transaction

from accounts.billing.models import BillingAlert

from .stage import Has, News, Stage

# Yielded where the scene cannot go on before all news so far was heard.
HEARD = "heard"

Play = Callable[[Stage], Iterator[str | None]]

# So many orders of a scene's events, and all where it has few. `make proof` plays a dozen, and all of four.
SAMPLED = int(os.environ.get("PROOF_ORDERS", "1"))
ALL_ORDERS_OF = 4 if SAMPLED >= 12 else 3
# Each of so many is looked at by itself: a club's look at Stripe costs a handful of calls.
FEW = 8
SEEDS_BETWEEN = range(1, 1 + max(1, SAMPLED // 3))


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`ends`: what each reader has. `parked`: what stands in the reasons of events left to a person."""

    play: Play
    ends: dict[str, Has]
    parked: tuple[str, ...] = ()
    alerts: frozenset[str] = frozenset()
    every_order: bool = False

    def __str__(self) -> str:
        return self.play.__name__


SCENES: list[Scene] = []


def scene(
    *, parked: Sequence[str] = (), alerts: Iterable[str] = (), every_order: bool = False, **ends: Has
) -> Callable[[Play], Play]:
    def register(play: Play) -> Play:
        SCENES.append(
            Scene(
                play=play,
                ends=ends,
                parked=tuple(parked),
                alerts=frozenset(alerts),
                every_order=every_order,
            )
        )
        return play

    return register


def perform(scene: Scene, stage: Stage) -> None:
    """Every way that the news may come."""
    with kept(stage, "beginning"):
        play_with(scene, stage, lambda: stage.deliver_all())
        ends_well(scene, stage, "in order, as it happened")
    for seed in SEEDS_BETWEEN:
        chance = random.Random(seed)
        with kept(stage, "beginning"):
            play_with(scene, stage, lambda chance=chance: stage.deliver_some(chance))
            ends_well(scene, stage, f"some meanwhile, by seed {seed}")
    play_with(scene, stage, stage.listen)
    for number, told in enumerate(orders_of(stage.waiting, every=scene.every_order)):
        with kept(stage, "end"):
            in_one_order(stage, told, number)
            ends_well(scene, stage, f"in the order {[news.type for news in told]}")


def play_with(scene: Scene, stage: Stage, meanwhile: Callable[[], None]) -> None:
    for asked in scene.play(stage):
        stage.deliver_all() if asked == HEARD else meanwhile()
    stage.listen()


def in_one_order(stage: Stage, told: Sequence[News], number: int) -> None:
    """Each event comes twice, and one of them as another event of the same: as it is worked, or before."""
    stage.waiting = []
    chance = random.Random(number)
    twice = list(told)
    for news in told:
        twice.insert(chance.randint(twice.index(news) + 1, len(twice)), news)
    if told:
        twice.append(told[number % len(told)].told_again_as_another())
    one_by_one = number % 2 and (len(told) <= FEW or SAMPLED >= 12)
    (stage.deliver if one_by_one else stage.deliver_at_once)(twice)


def orders_of(news: Sequence[News], *, every: bool) -> Iterator[tuple[News, ...]]:
    """What nothing follows from comes first, once: its place is of no matter."""
    idle = tuple(one for one in news if not one.concerns_us)
    ours = [one for one in news if one.concerns_us]
    if every or len(ours) <= ALL_ORDERS_OF:
        yield from (idle + order for order in permutations(ours))
        return
    chance = random.Random(len(ours))
    yield tuple(reversed(ours))
    for _ in range(SAMPLED - 1):
        yield tuple(chance.sample(ours, len(ours)))


def ends_well(scene: Scene, stage: Stage, how: str) -> None:
    stage.deliver_all()
    stage.do_what_is_due()
    stage.deliver_all()
    stage.nothing_is_broken()
    found = {name: stage.has(name) for name in scene.ends}
    differing = differences(found, scene.ends)
    hold(not differing, scene, how, differing)
    reasons = stage.parked()
    unexpected = {why for why in reasons if not any(word in why for word in scene.parked)}
    missing = {word for word in scene.parked if not any(word in why for why in reasons)}
    hold(not unexpected and not missing, scene, how, f"parked for {reasons}")
    subjects = set(BillingAlert.objects.values_list("subject", flat=True))
    wanted = scene.alerts | ({PARKED} if scene.parked else set())
    hold(subjects == wanted, scene, how, f"alerts {subjects}")


PARKED = "an event is parked"


def hold(condition: bool, scene: Scene, how: str, otherwise: str) -> None:
    if not condition:
        pytest.fail(f"{scene}, {how}: {otherwise}")


def differences(found: dict[str, Has], wanted: dict[str, Has]) -> str:
    pairs = [(name, asdict(found[name]), asdict(wanted[name])) for name in wanted]
    return "; ".join(
        f"{name} has {what} {has[what]!r} instead of {due[what]!r}"
        for name, has, due in pairs
        for what in has
        if has[what] != due[what] and due[what] is not None
    )


@contextmanager
def kept(stage: Stage, name: str) -> Iterator[None]:
    """Whatever happens inside is undone, here and at Stripe."""
    stage.emulator.snapshot(name)
    before = (list(stage.waiting), list(stage.delivered), stage.ahead, dict(stage.readers), stage.newsroom)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    stage.emulator.restore(name)
    stage.waiting, stage.delivered, stage.ahead, stage.readers, stage.newsroom = before
    stage.monkeypatch.undo()
    stage.pass_days(0)
