"""The browser of the journeys: the machine's own Chromium."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Playwright switches Back's page cache off, and what it may show after sign-out is what we look for.
SWITCHED_ON_AGAIN = ("--disable-back-forward-cache",)


def executable() -> str:
    found = os.environ.get("PLAYWRIGHT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail("No Chromium found, and REQUIRE_BROWSER=1 asks for one.")
    pytest.skip("No Chromium found. Install one, or name it in PLAYWRIGHT_CHROMIUM.")
