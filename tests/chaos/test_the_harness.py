"""The harness hears: whatever it is there to find, planted by hand, is found."""

import time
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from accounts.starter import grant_starter
from articles.models import BriefingPage
from credits import ledger
from credits.models import LedgerTransaction, LotKind
from insights.models import Unlock
from insights.unlocks import Intent, unlock
from tests.ledger_cleanup import guards_down
from tests.newsroom import Newsroom, reader

from .journal import Journal
from .marks import Answer, Briefing, wrong_for_a_reader, wrong_for_a_visitor
from .plan import LASTS, plan_for
from .quiet import drain
from .tally import Tally
from .verify import findings
from .windows import Windows

WHO = "rich-1@chaos.example.com"
GRANT: dict[str, Any] = {"email": WHO, "number": 5, "key": "chaos-1"}


def ask(sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def briefing(newsroom: Newsroom) -> BriefingPage:
    return newsroom.file("Opened in bad weather", price=2)


@pytest.fixture
def somebody(briefing: BriefingPage) -> User:
    """Registered, was granted credits, and opened one briefing."""
    somebody = reader(WHO)
    grant_starter(somebody)
    ledger.grant(
        wallet_id=somebody.wallet_id,
        amount=5,
        kind=LotKind.PROMOTIONAL,
        reason="A bonus",
        key="staff:chaos-1",
    )
    unlock(reader=somebody, page=briefing, intent=Intent(price=2))
    return somebody


@pytest.fixture
def journal(briefing: BriefingPage) -> Journal:
    journal = Journal()
    path = "/" + briefing.url_path.split("/", 2)[2]
    written: dict[str, dict[str, Any]] = {
        "registered": {"email": WHO},
        "asked-grant": GRANT,
        "granted": GRANT,
        "asked-open": {"email": WHO, "path": path},
        "opened": {"email": WHO, "path": path},
    }
    for what, facts in written.items():
        journal.write(what, **facts)
    return journal


def heard(journal: Journal) -> str:
    return "\n".join(findings(ask, journal))


def test_what_is_whole_is_found_whole(somebody: User, journal: Journal) -> None:
    assert heard(journal) == ""


def test_an_acknowledged_unlock_that_is_gone_is_found(somebody: User, journal: Journal) -> None:
    Unlock.objects.all().delete()
    assert "was told that /entertainment/opened-in-bad-weather/ is open, and there is no unlock" in heard(
        journal
    )
    assert "and has no unlock" in heard(journal)


def test_an_unlock_paid_twice_is_found(somebody: User, journal: Journal, briefing: BriefingPage) -> None:
    ledger.spend(
        wallet_id=somebody.wallet_id,
        amount=2,
        key="again",
        reason="Again",
        reference=str(briefing.briefing_key),
    )
    assert f"{WHO} paid 2 times for {briefing.briefing_key}" in heard(journal)


def test_an_unlock_that_nobody_paid_is_found(
    somebody: User, journal: Journal, briefing: BriefingPage
) -> None:
    grant = LedgerTransaction.objects.get(idempotency_key="staff:chaos-1")
    Unlock.objects.update(transaction=grant)
    assert "and no spend for it" in heard(journal)


def test_an_unlock_that_nobody_asked_for_is_found(somebody: User, briefing: BriefingPage) -> None:
    assert "never asked for it" in heard(Journal())


def test_a_credit_from_nowhere_is_found(somebody: User, journal: Journal) -> None:
    with guards_down(connection):
        ask("UPDATE credits_ledgeraccount SET balance = balance + 1 WHERE id = %s", [somebody.wallet_id])
    assert f"{WHO} holds 7 credits and should hold 6" in heard(journal)


def test_an_acknowledged_grant_that_is_gone_is_found(somebody: User, journal: Journal) -> None:
    journal.write("granted", **{**GRANT, "key": "chaos-2"})
    assert "grant chaos-2" in heard(journal)


def test_a_grant_that_was_said_to_be_taken_back_and_stands_is_found(somebody: User, journal: Journal) -> None:
    journal.write("taken-back", key="chaos-1")
    assert "grant chaos-1 was taken back and stands" in heard(journal)


def test_a_lost_registration_is_found(somebody: User, journal: Journal) -> None:
    journal.write("registered", email="new-1@chaos.example.com")
    assert "new-1@chaos.example.com registered and is not there" in heard(journal)


def test_a_reader_without_starter_credits_is_found(db: None) -> None:
    reader("new-2@chaos.example.com")
    journal = Journal()
    journal.write("registered", email="new-2@chaos.example.com")
    assert "has starter credits 0 times" in heard(journal)


def test_a_task_that_nobody_works_on_is_found(db: None) -> None:
    DBTaskResult.objects.create(
        status="RUNNING",
        args_kwargs={"args": [7], "kwargs": {}},
        task_path="articles.tasks.make_renditions",
        backend_name="default",
        run_after="9999-01-01T00:00:00Z",
    )
    assert "is RUNNING and nobody works on it" in heard(Journal())


BRIEFING = Briefing("key", "/a/", 1, 1, ("a word that is sold",))
OPEN = '<section data-gate="open"><section data-section="takeaways" data-state="open" data-reason="unlocked">'
SHUT = '<section data-gate="locked"><li data-section="takeaways" data-state="locked">'


def wrong(text: str, *, asked: bool = True, kept: str = "private, no-store") -> str:
    answer = Answer(200, text, {"cache-control": kept})
    found = wrong_for_a_reader(answer, email=WHO, credits=range(900, 1100), briefing=BRIEFING, asked=asked)
    return "\n".join(found)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (OPEN, "a visitor saw parts open"),
        ('<data data-balance value="3">', "a visitor saw a balance"),
        (f"Hello {WHO}", "a visitor saw the address"),
        (f"{SHUT} a word that is sold", "locked words"),
    ],
)
def test_what_no_visitor_may_see_is_heard(text: str, complaint: str) -> None:
    assert complaint in "\n".join(wrong_for_a_visitor(Answer(200, text), BRIEFING))


def test_what_no_reader_may_see_is_heard() -> None:
    assert wrong(f'{OPEN} a word that is sold <data data-balance value="1000"> {WHO}') == ""
    assert "can only be another's" in wrong('<data id="x" data-balance value="2000">')
    assert "the address of rich-2@chaos.example.com" in wrong("rich-2@chaos.example.com")
    assert "may be kept by others" in wrong("", kept="public")
    assert "never asked for it" in wrong(OPEN, asked=False)
    assert "locked words" in wrong(f"{SHUT} a word that is sold")


def test_an_error_is_excused_by_a_fault_and_by_nothing_else() -> None:
    tally = Tally(Windows())
    window = tally.windows.open("web")
    window.began, window.ended = 10.0, 12.0
    tally.error("500", "/", 11.5, 14.0)
    assert tally.broken == []
    tally.error("500", "/", 12.5, 14.0)
    assert tally.broken == ["500 at / in calm weather, after 1.5s"]


def test_a_seed_stands_for_one_plan() -> None:
    assert plan_for(7, 60) == plan_for(7, 60) != plan_for(8, 60)
    assert {fault.kind for seed in range(5) for fault in plan_for(seed, 60)} == set(LASTS)


def test_a_shorter_run_has_the_beginning_of_the_same_plan() -> None:
    whole = plan_for(7, 60)
    assert plan_for(7, 20) == [fault for fault in whole if fault.at < 20]


def test_the_queue_is_waited_for_as_long_as_something_is_done() -> None:
    counts = iter([(0, 2), (1, 1), (1, 1), (2, 0)])
    drain(lambda sql, arguments: [next(counts)], one_within=0.5)
    assert list(counts) == []


def test_a_task_that_nobody_works_on_is_not_waited_for_for_ever() -> None:
    began = time.monotonic()
    drain(lambda sql, arguments: [(0, 1)], one_within=0.1)
    assert time.monotonic() - began < 5
