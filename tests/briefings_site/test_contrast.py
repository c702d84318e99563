"""Every pair of role tokens that is set as text on ground reaches WCAG's 4.5:1, in both schemes."""

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).resolve().parents[2] / "briefings_site/static/css/foundation.css"
TEXT_AT_LEAST = 4.5
EDGE_AT_LEAST = 3.0

ON_PAGE = [
    (text, ground) for text in ("ink", "ink-soft", "link", "good", "bad") for ground in ("canvas", "raised")
]
ON_SIGN = [("sign-ink", "sign"), ("sign-soft", "sign"), ("bulb", "sign"), ("sign-ink", "sign-rule")]
ON_LIT = [("bulb-ink", "bulb"), ("bulb-ink", "bulb-bright"), ("ink", "mark"), ("canvas", "ink")]

Colour = tuple[int, int, int]


def tokens() -> dict[str, tuple[str, str]]:
    """Each colour token's light and dark value."""
    found = re.findall(r"--([a-z-]+): (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", STYLES.read_text())
    return {name: (light or both, dark or both) for name, light, dark, both in found}


def channels(value: str) -> Colour:
    red, green, blue = (int(value[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


def linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(value: str) -> float:
    red, green, blue = (linear(channel) for channel in channels(value))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), ON_PAGE + ON_SIGN + ON_LIT)
def test_text_stands_out_from_its_ground(text: str, ground: str, scheme: int) -> None:
    colours = tokens()
    assert contrast(colours[text][scheme], colours[ground][scheme]) >= TEXT_AT_LEAST


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["canvas", "raised", "sign"])
def test_the_focus_ring_stands_out_by_its_amber_or_by_its_edge(ground: str, scheme: int) -> None:
    colours = tokens()
    best = max(contrast(colours[ring][scheme], colours[ground][scheme]) for ring in ("bulb", "ring-edge"))
    assert best >= EDGE_AT_LEAST


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
