from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from articles.models import BriefingPage
from tests.newsroom import Newsroom

from .visiting import Visit, has_credits, is_open, newest_code

FAR = 60
SHOWN = """() => {
    const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
    const {width, height, bottom, right} = document.activeElement.getBoundingClientRect();
    const onScreen = width && height && bottom > 0 && right > 0;
    return onScreen && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""


def tab_to(page: Page, wanted: Locator) -> None:
    """Every stop on the way must be seen to be focused."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        assert page.evaluate(SHOWN), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{FAR} tabs do not reach {wanted}")


def test_the_skip_link_leads_past_the_masthead(visit: Visit, briefing: BriefingPage) -> None:
    page = visit.page()
    page.goto(briefing.url)
    tab_to(page, page.get_by_role("link", name="Skip to the page"))
    expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, page.get_by_role("main").get_by_role("link").first)


def test_a_visitor_registers_and_unlocks(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, email: str
) -> None:
    page = visit.page()
    page.goto(briefing.url)
    tab_to(page, page.get_by_role("link", name="Register to unlock"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Register to read the insights")
    field = page.get_by_role("textbox", name="Email")
    if not field.evaluate("field => field === document.activeElement"):
        tab_to(page, field)
    page.keyboard.type(email)
    tab_to(page, page.get_by_role("button", name="Email me a code"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Code")).to_be_focused()
    page.keyboard.type(newest_code(email))
    page.keyboard.press("Enter")
    expect(page.locator("#insights")).to_be_focused()
    is_open(page, newsroom.missing_from("", briefing))
    has_credits(page, 2)


def test_a_reader_unlocks_and_signs_out(
    visit: Visit, briefing: BriefingPage, newsroom: Newsroom, new_reader: Callable[[int], User]
) -> None:
    page = visit.page(new_reader(3))
    page.goto(briefing.url)
    tab_to(page, page.get_by_role("button", name="Unlock for 1 credit"))
    page.keyboard.press("Enter")
    expect(page.locator("#insights")).to_be_focused()
    is_open(page, newsroom.missing_from("", briefing))
    page.goto(briefing.url)
    tab_to(page, page.locator("summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".masthead").get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
