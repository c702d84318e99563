"""The families of the demo artwork: each paints one bold flat pattern in three colours."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

Point = tuple[float, float]

PALETTE = {
    "black": "#101214",
    "cream": "#e9e4d4",
    "amber": "#ffc53d",
    "red": "#c7432b",
    "blue": "#2f6df6",
    "pink": "#f09bb3",
}

# Drawn three times too large and averaged down: Pillow's own shapes have hard, stepped edges.
OVERSAMPLING = 3


@dataclass(frozen=True)
class Scheme:
    ground: str
    figure: str
    accent: str


class Dice:
    """Small whole numbers read off a digest, in order, so that a slug always rolls the same."""

    def __init__(self, digest: bytes) -> None:
        self._bytes = iter(digest)

    def between(self, low: int, high: int) -> int:
        return low + next(self._bytes) % (high - low + 1)


class Pen:
    """Draws in units of a hundredth of the picture's height; `wide` is how many fit across."""

    def __init__(self, *, width: int, height: int, ground: str) -> None:
        size = (width * OVERSAMPLING, height * OVERSAMPLING)
        self._size = (width, height)
        self._unit = size[1] / 100
        self._image = Image.new("RGB", size, PALETTE[ground])
        self._draw = ImageDraw.Draw(self._image)
        self.wide = 100 * width / height

    def polygon(self, points: list[Point], *, colour: str) -> None:
        self._draw.polygon([(x * self._unit, y * self._unit) for x, y in points], fill=PALETTE[colour])

    def box(self, left: float, top: float, *, width: float, height: float, colour: str) -> None:
        right, bottom = left + width, top + height
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour=colour)

    def disc(self, x: float, y: float, *, radius: float, colour: str) -> None:
        self._draw.ellipse(self._around(x, y, radius), fill=PALETTE[colour])

    def wedge(self, x: float, y: float, *, radius: float, start: float, sweep: float, colour: str) -> None:
        """`start` and `sweep` are degrees clockwise from three o'clock."""
        self._draw.pieslice(self._around(x, y, radius), start, start + sweep, fill=PALETTE[colour])

    def finish(self) -> Image.Image:
        return self._image.resize(self._size, Image.Resampling.BOX)

    def _around(self, x: float, y: float, radius: float) -> tuple[float, float, float, float]:
        unit = self._unit
        return (x - radius) * unit, (y - radius) * unit, (x + radius) * unit, (y + radius) * unit


def steps_across(length: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(length / step) + 1)]


def stripes(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    period = pen.wide / dice.between(6, 9)
    for x in steps_across(pen.wide, period):
        pen.box(x, 0, width=period * 0.42, height=100, colour=scheme.figure)
        pen.box(x + period * 0.64, 0, width=period * 0.14, height=100, colour=scheme.accent)


def arcs(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    x, period = pen.wide * dice.between(15, 85) / 100, dice.between(18, 24)
    for ring in range(math.ceil(pen.wide * 1.4 / period), 0, -1):
        pen.disc(x, 104, radius=ring * period, colour=scheme.figure)
        pen.disc(x, 104, radius=(ring - 0.45) * period, colour=scheme.ground)
    pen.disc(x, 104, radius=period * 0.55, colour=scheme.accent)


def cones(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    x, y, tilt = pen.wide * dice.between(30, 70) / 100, dice.between(30, 70), dice.between(0, 40)
    for number in range(9):
        colour = (scheme.ground, scheme.figure, scheme.accent)[number % 3]
        pen.wedge(x, y, radius=250, start=tilt + number * 40, sweep=40, colour=colour)


def dots(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    rows, marked = dice.between(4, 5), dice.between(1, 3)
    pitch = 100 / rows
    columns = round(pen.wide / pitch)
    left = (pen.wide - columns * pitch) / 2
    for column in range(columns):
        radius = pitch * (0.14 + 0.34 * column / columns)
        for row in range(rows):
            colour = scheme.accent if row == marked else scheme.figure
            pen.disc(left + (column + 0.5) * pitch, (row + 0.5) * pitch, radius=radius, colour=colour)


def waves(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    period, height, lift = pen.wide / dice.between(2, 3), 100 / dice.between(4, 5), dice.between(6, 9)

    def crest(y: float) -> list[Point]:
        xs = steps_across(pen.wide, 0.5)
        return [(x, y + lift * math.sin(2 * math.pi * x / period)) for x in xs]

    for band, y in enumerate(steps_across(120, height)):
        colour = scheme.accent if band == 2 else scheme.figure
        pen.polygon(crest(y) + crest(y + height * 0.5)[::-1], colour=colour)


def steps(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    count = dice.between(6, 8)
    width, rise = pen.wide / count, 100 / (count + 0.5)
    for step in range(count):
        top = 100 - (step + 1) * rise
        pen.box(step * width, top, width=width + 0.1, height=100, colour=scheme.figure)
        pen.box(step * width, top, width=width + 0.1, height=rise * 0.38, colour=scheme.accent)


def checks(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    side, lean = 100 / dice.between(4, 5), dice.between(3, 4)
    for column in range(math.ceil(pen.wide / side)):
        for row in range(math.ceil(100 / side)):
            colour = scheme.accent if (column + row) % (2 * lean) == 0 else scheme.figure
            if (column + row) % 2 == 0:
                pen.box(column * side, row * side, width=side, height=side, colour=colour)


def chevrons(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    period, marked = pen.wide / dice.between(4, 6), dice.between(2, 4)
    for number in range(-4, 10):
        left, width = number * period, period * 0.5
        colour = scheme.accent if number == marked else scheme.figure
        outer = [(left, 0.0), (left + 45, 50.0), (left, 100.0)]
        pen.polygon(outer + [(x + width, y) for x, y in outer[::-1]], colour=colour)


def quarters(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    side = 100 / dice.between(3, 4)
    for column in range(math.ceil(pen.wide / side)):
        for row in range(math.ceil(100 / side)):
            turn = dice.between(0, 3)
            x = (column + (turn in (1, 2))) * side
            y = (row + (turn in (2, 3))) * side
            colour = scheme.accent if (column + 2 * row) % 5 == 0 else scheme.figure
            pen.wedge(x, y, radius=side, start=turn * 90, sweep=90, colour=colour)


def scales(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    radius = pen.wide / dice.between(4, 5)
    for row, y in enumerate(steps_across(110, radius * 0.75)):
        for x in steps_across(pen.wide, 2 * radius):
            centre = x + radius * (row % 2)
            for share, colour in ((1, scheme.ground), (0.86, scheme.figure), (0.5, scheme.ground)):
                pen.disc(centre, y, radius=radius * share, colour=colour)
            pen.disc(centre, y, radius=radius * 0.3, colour=scheme.accent)


def sun(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    x, horizon, radius = pen.wide * dice.between(38, 62) / 100, dice.between(60, 68), dice.between(42, 48)
    pen.disc(x, horizon, radius=radius, colour=scheme.accent)
    pen.box(0, horizon, width=pen.wide, height=100, colour=scheme.figure)
    for bar in range(5):
        y = horizon + 4 + bar * 8
        half = radius * (1 - bar * 0.17)
        pen.box(x - half, y, width=2 * half, height=4, colour=scheme.ground)


def diamonds(pen: Pen, scheme: Scheme, dice: Dice) -> None:
    width, height = pen.wide / dice.between(4, 5), 100 / dice.between(2, 3)

    def diamond(x: float, y: float, share: float, colour: str) -> None:
        across, down = width / 2 * share, height / 2 * share
        pen.polygon([(x - across, y), (x, y - down), (x + across, y), (x, y + down)], colour=colour)

    for x in steps_across(pen.wide, width):
        for y in steps_across(100, height):
            diamond(x, y, 1, scheme.figure)
            diamond(x, y, 0.42, scheme.accent)


@dataclass(frozen=True)
class Family:
    paint: Callable[[Pen, Scheme, Dice], None]
    caption: str


FAMILIES = (
    Family(stripes, "Vertical {figure} and {accent} stripes on {ground}"),
    Family(arcs, "Concentric {figure} arcs on {ground} around a half disc in {accent}"),
    Family(cones, "Cones of {figure}, {accent} and {ground} fanning out from one point"),
    Family(dots, "Rows of growing {figure} dots on {ground}, one row in {accent}"),
    Family(waves, "Horizontal {figure} waves on {ground}, one in {accent}"),
    Family(steps, "A {figure} staircase on {ground} with treads in {accent}"),
    Family(checks, "{figure} and {accent} checks on {ground}"),
    Family(chevrons, "Rightward {figure} chevrons on {ground}, one in {accent}"),
    Family(quarters, "Quarter discs in {figure} and {accent} on {ground}"),
    Family(scales, "Overlapping {figure} scales on {ground} with centres in {accent}"),
    Family(sun, "A half disc in {accent} on {ground} above a {figure} horizon"),
    Family(diamonds, "{figure} diamonds on {ground} with centres in {accent}"),
)

SCHEMES = (
    Scheme("cream", "red", "black"),
    Scheme("black", "blue", "amber"),
    Scheme("pink", "black", "red"),
    Scheme("amber", "blue", "black"),
    Scheme("blue", "cream", "amber"),
    Scheme("red", "cream", "black"),
    Scheme("cream", "blue", "red"),
    Scheme("amber", "black", "red"),
    Scheme("black", "pink", "cream"),
    Scheme("red", "pink", "black"),
    Scheme("blue", "black", "pink"),
    Scheme("pink", "red", "cream"),
    Scheme("black", "amber", "red"),
    Scheme("cream", "black", "amber"),
)
