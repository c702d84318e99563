"""What the first view of a page weighs in a browser, behind nginx as it is deployed."""

import pytest
from playwright.sync_api import sync_playwright

from tests.bench.bench import Bench
from tests.bench.load import LoadError
from tests.bench.pages import path_of
from tests.bench.weight import DESK, PHONE, weighed
from tests.journeys.chromium import ARGUMENTS, executable

ROW = "weight"
A_LONG_READ, A_SHORT_ONE = 0, 1
AT_MOST_KB, AT_MOST_LIGHT_KB, AT_MOST_CSS_KB, AT_MOST_JS_KB = 250, 60, 30, 20
KB = 1024
FORWARDED = {"extra_http_headers": {"X-Forwarded-Proto": "https"}}


def measure(bench: Bench) -> None:
    try:
        program = executable()
    except pytest.skip.Exception as none:
        raise LoadError(f"nothing is weighed: {none.msg}") from none
    weigh(bench, program)


def weigh(bench: Bench, program: str) -> None:
    site = bench.site("right")
    front = bench.servers.front(site.port, bench.store.folder / "media")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        for screen, options in {"phone": PHONE, "desk": DESK}.items():
            scales = weighed(
                browser, f"http://127.0.0.1:{front.port}{path_of(A_SHORT_ONE)}", options | FORWARDED
            )
            for name, weight, most in (
                ("all", scales.total, AT_MOST_KB),
                ("without images and fonts", scales.light, AT_MOST_LIGHT_KB),
                ("styles", scales.by_kind["Stylesheet"], AT_MOST_CSS_KB),
                ("scripts", scales.by_kind["Script"], AT_MOST_JS_KB),
            ):
                what = f"briefing on a {screen}, {name}"
                bench.found(row=ROW, name=what, figure=weight / KB, unit="KB", at_most=most)
        browser.close()
