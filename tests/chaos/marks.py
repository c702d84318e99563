"""What an answer shows, and what it must not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

OURS = re.compile(r"\b(?:rich|poor|new)-[\w-]+@chaos\.example\.com")
BALANCE = re.compile(r'<data[^>]*\bdata-balance\b[^>]*\bvalue="(-?\d+)"')
WALLET = re.compile(r'<p class="balance"><data value="(-?\d+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PART = re.compile(r'data-section="([\w-]+)" data-state="(\w+)"(?: data-reason="(\w+)")?')
GATE = re.compile(r'data-gate="(\w+)"')
UNLOCK_FORM = re.compile(r'<form method="post" action="([^"]+)" data-unlock\b.*?</form>', re.DOTALL)
PRICE = re.compile(r'name="price" value="(\d+)"')
ONE_MOMENT = "no-store"


@dataclass(frozen=True)
class Briefing:
    """One briefing as the harness knows it: where it stands, what it costs, and words that are for sale."""

    key: str
    path: str
    page_id: int
    price: int
    words: tuple[str, ...] = ()

    def leaks_in(self, text: str) -> list[str]:
        return [word for word in self.words if word in text]


@dataclass(frozen=True)
class UnlockForm:
    action: str
    price: str
    token: str


@dataclass
class Answer:
    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)
    path: str = ""
    began: float = 0.0
    ended: float = 0.0

    @property
    def gate(self) -> str | None:
        """locked or open; None where there is no gate."""
        return first(GATE, self.text)

    @property
    def reasons(self) -> set[str]:
        return {reason for _, state, reason in PART.findall(self.text) if state == "open"}

    @property
    def balances(self) -> list[int]:
        return [int(found) for pattern in (BALANCE, WALLET) for found in pattern.findall(self.text)]

    @property
    def token(self) -> str:
        return first(TOKEN, self.text) or ""

    @property
    def unlock_form(self) -> UnlockForm | None:
        found = UNLOCK_FORM.search(self.text)
        if found is None:
            return None
        return UnlockForm(found[1], first(PRICE, found[0]) or "", first(TOKEN, found[0]) or "")


def first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def wrong_for_a_visitor(answer: Answer, briefing: Briefing | None) -> Iterator[str]:
    """Promises that this answer to somebody without a cookie breaks, in any weather."""
    if answer.reasons - {"public"}:
        yield f"a visitor saw parts open by {sorted(answer.reasons)} at {answer.path}"
    if answer.balances:
        yield f"a visitor saw a balance of {answer.balances} at {answer.path}"
    yield from strangers_in(answer, own="")
    yield from words_for_sale(answer, briefing)


def wrong_for_a_reader(
    answer: Answer, *, email: str, credits: range, briefing: Briefing | None, asked: bool
) -> Iterator[str]:
    """``credits`` is what this reader's balance can be; ``asked`` whether they ever asked to open this."""
    for balance in answer.balances:
        if balance not in credits:
            yield f"{email} saw a balance of {balance} at {answer.path}, which can only be another's"
    if answer.status == 200 and ONE_MOMENT not in answer.headers.get("cache-control", ""):
        yield f"what {email} saw at {answer.path} may be kept by others: no {ONE_MOMENT}"
    if briefing is not None and not asked and "unlocked" in answer.reasons:
        yield f"{email} saw {briefing.path} unlocked and never asked for it"
    yield from strangers_in(answer, own=email)
    yield from words_for_sale(answer, briefing)


def strangers_in(answer: Answer, *, own: str) -> Iterator[str]:
    for other in set(OURS.findall(unescape(answer.text))) - {own}:
        yield f"{own or 'a visitor'} saw the address of {other} at {answer.path}"


def words_for_sale(answer: Answer, briefing: Briefing | None) -> Iterator[str]:
    """Locked words in a page whose gate is shut."""
    if briefing is None or answer.gate == "open":
        return
    leaked = briefing.leaks_in(unescape(answer.text))
    if leaked:
        yield f"locked words of {briefing.path} stood in {answer.path}: {leaked[0]!r}"
