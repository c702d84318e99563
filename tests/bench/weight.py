"""What the first view of a page weighs over the wire, by kind, as Chromium counts it.

python -m tests.bench.weight http://127.0.0.1:8000/ http://127.0.0.1:8000/gaming/
"""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.chromium import ARGUMENTS, executable

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 800}}
SCREENS: dict[str, dict[str, Any]] = {"phone": PHONE, "desk": DESK}
KINDS = ("Document", "Stylesheet", "Script", "Font", "Image", "Other")
# What a page may weigh without these is the lower of its two limits.
HEAVY = ("Font", "Image")


class Scales:
    """Weighs what a page fetches from now on. Bytes with their headers, compressed as they came."""

    def __init__(self, page: Page) -> None:
        self.by_kind: Counter[str] = Counter()
        self.kinds: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self.note)
        session.on("Network.loadingFinished", self.weigh)

    def note(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"] if event["type"] in KINDS else "Other"

    def weigh(self, event: dict[str, Any]) -> None:
        self.by_kind[self.kinds.get(event["requestId"], "Other")] += int(event["encodedDataLength"])

    @property
    def total(self) -> int:
        return self.by_kind.total()

    @property
    def light(self) -> int:
        """Without images and fonts."""
        return self.total - sum(self.by_kind[kind] for kind in HEAVY)


def weighed(browser: Browser, url: str, screen: dict[str, Any]) -> Scales:
    context = browser.new_context(**screen)
    page = context.new_page()
    scales = Scales(page)
    page.goto(url, wait_until="networkidle")
    context.close()
    return scales


def main(urls: Sequence[str]) -> int:
    print("screen  " + "".join(f"{kind:>11}" for kind in KINDS) + "      light      total  page")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        for url in urls:
            for name, screen in SCREENS.items():
                scales = weighed(browser, url, screen)
                figures = [*(scales.by_kind[kind] for kind in KINDS), scales.light, scales.total]
                print(f"{name:<8}" + "".join(f"{figure:>11,}" for figure in figures) + f"  {url}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
