"""What a reader who was never here waits for, and what then moves."""

from typing import Any

import pytest
from playwright.sync_api import Page, Request

from articles.models import BriefingPage
from tests.bench.weight import DESK, Scales

from .visiting import Visit

MOST_BYTES = 250_000
MOST_LIGHT = 60_000
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
MOST_SHIFT = 0.02
WATCH = """
    window.shifted = 0;
    new PerformanceObserver(list => {
        for (const {value} of list.getEntries()) window.shifted += value;
    }).observe({type: "layout-shift", buffered: true});
    new PerformanceObserver(list => {
        window.largest = list.getEntries().at(-1).element;
    }).observe({type: "largest-contentful-paint", buffered: true});
"""
PUSH_IT_DOWN = """() => {
    const block = document.createElement("div");
    block.append(...Array.from({length: 40}, () => document.createElement("br")));
    document.body.prepend(block);
}"""


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def newcomer(request: Any, visit: Visit) -> Page:
    page = visit.page(**request.param)
    page.add_init_script(WATCH)
    return page


# Not Playwright's own way of waiting: it looks again by eval, which our policy forbids.
WAIT_FOR_A_SHIFT = """limit => new Promise(done => {
    const look = () => (shifted > limit ? done(true) : setTimeout(look, 50));
    look();
})"""


@pytest.mark.parametrize("which", ["briefing", "home", "section"])
def test_it_is_light_and_nothing_moves(newcomer: Page, demo: list[BriefingPage], which: str) -> None:
    addresses = {"briefing": demo[0].url, "home": "/", "section": "/entertainment/"}
    scales = Scales(newcomer)
    newcomer.goto(addresses[which], wait_until="networkidle")
    # The tests' server compresses nothing, so this is more than a reader waits for.
    assert 10_000 < scales.light < MOST_LIGHT
    assert scales.light + 20_000 < scales.total < MOST_BYTES
    assert newcomer.evaluate("shifted") < MOST_SHIFT
    newcomer.evaluate(PUSH_IT_DOWN)
    assert newcomer.evaluate(WAIT_FOR_A_SHIFT, MOST_SHIFT)


def test_the_picture_is_sized_preloaded_and_fetched_once(newcomer: Page, demo: list[BriefingPage]) -> None:
    fetched: list[Request] = []
    newcomer.on("request", lambda request: fetched.append(request))
    newcomer.goto(demo[0].url, wait_until="networkidle")
    picture = newcomer.locator(".hero__art img")
    source = newcomer.locator(".hero__art source")
    preload = newcomer.locator("link[rel=preload][as=image]")
    assert picture.evaluate("picture => picture === largest")
    assert source.get_attribute("type") == preload.get_attribute("type") == "image/avif"
    assert source.get_attribute("srcset") == preload.get_attribute("imagesrcset")
    assert source.get_attribute("sizes") == preload.get_attribute("imagesizes")
    assert picture.get_attribute("width") == "1280"
    assert picture.get_attribute("height") == "720"
    assert picture.get_attribute("loading") is None
    shown = picture.evaluate("picture => picture.currentSrc")
    assert shown.endswith(".avif")
    folder = shown.rpartition("/")[0]
    assert [request.url for request in fetched if request.url.startswith(folder)] == [shown]
