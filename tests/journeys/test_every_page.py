from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.billing import gifts, receipts
from accounts.models import Pack, PackPrice, Tier, User
from articles.models import BriefingPage
from insights.unlocks import Intent, unlock
from tests.accounts.billing.test_billing_desk import an_event
from tests.accounts.billing.test_gifts import gift_of
from tests.accounts.billing.test_mails import club_of
from tests.accounts.billing.test_receipts import order_of, paid
from tests.accounts.desk.conftest import bookkeeper
from tests.newsroom import PASSWORD, Newsroom, reader

from .visiting import Visit, ask_for_a_code

FAULTS = """() => {
    const all = selector => [...document.querySelectorAll(selector)];
    const shown = elements => elements.map(element => element.outerHTML.slice(0, 120));
    const named = field => field.labels.length || field.ariaLabel;
    const tooWide = document.documentElement.scrollWidth - innerWidth;
    return [
        ...shown(all("img:not([alt])")),
        ...shown(all("input:not([type=hidden]), select, textarea").filter(field => !named(field))),
        ...shown(all("a, button").filter(one => !(one.innerText || one.textContent || one.ariaLabel).trim())),
        ...shown(all("[style], [onclick]")),
        ...(all("h1").length === 1 ? [] : [`${all("h1").length} h1`]),
        ...(all("main").length === 1 ? [] : [`${all("main").length} main`]),
        ...(document.title ? [] : ["no title"]),
        ...(tooWide > 0 ? [`${tooWide} pixels too wide`] : []),
    ];
}"""
LOOKS = [(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")]

OPEN_TO_ALL = [
    "/",
    "/entertainment/",
    "/search/",
    "/search/?q=phone",
    "/search/?q=nothingofthekind",
    "/club/",
    "/about/",
    "/terms/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/signed-out/",
    "/accounts/inactive/",
]
ONES_OWN = [
    "/account/",
    "/account/delete/",
    "/credits/",
    "/credits/buy/",
    "/credits/gift/",
    "/credits/orders/",
    "/account/receipts/",
    "/account/withdraw/",
    "/library/",
    "/club/",
    "/search/?q=phone",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
]
LONG_WORDS = {
    "title": "Donaudampfschifffahrtsgesellschaftskapitänswitwen, Einkaufsgenossenschaftsverträge",
    "body": [
        ("paragraph", f"<p>https://example.org/{'a-long-address/' * 9}</p>"),
        ("heading", {"text": "Unterhaltungselektronikbranchenverzeichnisse"}),
    ],
}
OF_WHO_HAS_NO_PASSWORD = ["/accounts/password/set/", "/library/", "/credits/"]


def faults_of(page: Page, addresses: Iterable[str]) -> list[str]:
    faults: list[str] = []
    for address in addresses:
        answer = page.goto(address)
        assert answer
        assert answer.status in (200, 404), address
        faults += faults_here(page)
    return faults


def faults_here(page: Page) -> list[str]:
    faults: list[str] = []
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        faults += [f"{page.url} at {width}, {scheme}: {fault}" for fault in page.evaluate(FAULTS)]
    return faults


def test_a_visitor_finds_no_fault(visit: Visit, demo: list[BriefingPage]) -> None:
    page = visit.page()
    wish = f"/accounts/signup/?unlock={demo[0].pk}&next={demo[0].url}"
    assert faults_of(page, [demo[0].url, *OPEN_TO_ALL, wish]) == []
    page.goto(wish)
    ask_for_a_code(page, "looking@example.com")
    assert faults_here(page) == []


def test_a_reader_finds_no_fault(visit: Visit, demo: list[BriefingPage], new_reader: Any) -> None:
    someone = new_reader(3)
    unlock(reader=someone, page=demo[0], intent=Intent(price=1))
    page = visit.page(someone)
    assert faults_of(page, [demo[0].url, demo[1].url, *ONES_OWN]) == []


def test_a_reader_with_nothing_finds_no_fault(
    visit: Visit, demo: list[BriefingPage], new_reader: Any
) -> None:
    someone: User = new_reader(0)
    someone.set_unusable_password()
    someone.save()
    page = visit.page(someone)
    assert faults_of(page, [demo[1].url, *OF_WHO_HAS_NO_PASSWORD]) == []


def test_who_buys_finds_no_fault(visit: Visit, newsroom: Newsroom, new_reader: Any, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_unused"
    someone = new_reader(0)
    Pack.objects.update(active=False)
    PackPrice.objects.create(pack=a_pack(), currency="GBP", amount=123_456)
    tier = Tier.objects.create(
        name="Bought", slug="bought", price_monthly=999_99, price_yearly=1, trial_days=9
    )
    bought = order_of(someone, paid_at=timezone.now(), state="paid", amount_paid=1000)
    receipt = receipts.for_order(bought, paid(bought))
    gift = gift_of(someone)
    pages = ["/credits/buy/", "/credits/gift/", "/club/", "/credits/orders/", "/account/receipts/"]
    pages += [f"/account/receipts/{receipt.number}/", f"/gift/{gifts.token_of(gift.order)}/"]
    pages += [f"/credits/orders/{gift.order.key}/", f"/credits/orders/{bought.key}/"]
    assert faults_of(visit.page(someone), pages) == []
    club_of(someone, tier=tier)
    order = order_of(someone, state="started", paid_at=None)
    left = [f"/credits/buy/?cancelled={order.key}", f"/credits/orders/{order.key}/", "/club/"]
    assert faults_of(visit.page(someone), left) == []


def a_pack() -> Pack:
    return Pack.objects.create(name="Donaudampfschifffahrtsguthaben", credits=100_000, bonus=99_999)


def test_no_word_is_too_long_for_a_phone(visit: Visit, newsroom: Newsroom) -> None:
    long = newsroom.publish(**LONG_WORDS)
    owner = reader(f"{'a' * 60}@example.com", credits=1)
    page = visit.page(owner)
    assert faults_of(page, [long.url, "/", "/account/", "/credits/"]) == []
    unlock(reader=owner, page=long, intent=Intent(price=1))
    assert faults_of(page, [long.url, "/library/", "/credits/"]) == []


def test_a_wrong_address_finds_no_fault(visit: Visit, newsroom: Newsroom) -> None:
    assert faults_of(visit.page(), ["/nothing/is/here/"]) == []
    visit.forget("404 (Not Found)")


def test_a_bookkeeper_picks_the_last_day_of_a_grant(visit: Visit, newsroom: Newsroom) -> None:
    page = visit.page(bookkeeper("grants@example.com"))
    page.goto("/admin/ledger/grant/")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("textbox", name="Last day").click()
    expect(page.locator(".xdsoft_calendar").locator("visible=true")).to_be_visible()


def test_an_events_payload_has_no_box_around_each_line(visit: Visit, newsroom: Newsroom) -> None:
    page = visit.page(reader("events@example.com", is_superuser=True))
    page.goto(f"/admin/billing/events/{an_event().pk}/")
    expect(page.locator("pre code")).to_have_css("box-shadow", "none")
