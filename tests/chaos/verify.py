"""After quiet: what the database says against what the site acknowledged. Each finding is one sentence."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .journal import Journal

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

TWICE = """
SELECT u.email, n.briefing_key, count(*) FROM insights_unlock n JOIN accounts_user u ON u.id = n.reader_id
GROUP BY 1, 2 HAVING count(*) > 1"""

PAID_TWICE = """
SELECT u.email, t.reference, count(*) FROM credits_ledgertransaction t
JOIN credits_ledgerentry e ON e.transaction_id = t.id
JOIN accounts_user u ON u.wallet_id = e.account_id
WHERE t.kind = 'spend' AND NOT EXISTS (
    SELECT FROM credits_ledgertransaction r WHERE r.reverses_id = t.id)
GROUP BY 1, 2 HAVING count(*) > 1"""

UNLOCK_WITHOUT_SPEND = """
SELECT u.email, n.title FROM insights_unlock n JOIN accounts_user u ON u.id = n.reader_id
WHERE n.reason = 'unlocked' AND NOT EXISTS (
    SELECT FROM credits_ledgertransaction t JOIN credits_ledgerentry e ON e.transaction_id = t.id
    WHERE t.id = n.transaction_id AND t.kind = 'spend' AND t.reference = n.briefing_key::text
        AND e.account_id = u.wallet_id AND e.amount = -n.price)"""

SPEND_WITHOUT_UNLOCK = """
SELECT u.email, t.reference FROM credits_ledgertransaction t
JOIN credits_ledgerentry e ON e.transaction_id = t.id
JOIN accounts_user u ON u.wallet_id = e.account_id
WHERE t.kind = 'spend' AND NOT EXISTS (SELECT FROM insights_unlock n WHERE n.transaction_id = t.id)"""

UNLOCKS = """
SELECT u.email, p.url_path FROM insights_unlock n JOIN accounts_user u ON u.id = n.reader_id
JOIN wagtailcore_page p ON p.translation_key = n.briefing_key"""

STARTERS = """
SELECT u.email, count(t.id) FROM accounts_user u
LEFT JOIN credits_ledgerentry e ON e.account_id = u.wallet_id
LEFT JOIN credits_ledgertransaction t ON t.id = e.transaction_id AND t.idempotency_key LIKE 'starter:%%'
GROUP BY 1"""

GRANTS = """
SELECT substr(t.idempotency_key, 7), u.email, e.amount, EXISTS (
    SELECT FROM credits_ledgertransaction r WHERE r.reverses_id = t.id)
FROM credits_ledgertransaction t JOIN credits_ledgerentry e ON e.transaction_id = t.id
JOIN accounts_user u ON u.wallet_id = e.account_id
WHERE t.kind = 'grant' AND t.idempotency_key LIKE 'staff:%%'"""

# What came in, less what went, wherever it is counted: in the wallet, or in the debt beside it.
SUMS = """
WITH own AS (
    SELECT u.email, u.id AS reader_id, a.id AS account_id, a.balance
    FROM accounts_user u JOIN credits_ledgeraccount a ON a.id = u.wallet_id OR a.wallet_id = u.wallet_id
), moved AS (
    SELECT o.email, t.kind, coalesce(r.kind, '') AS undone, sum(e.amount) AS amount
    FROM own o JOIN credits_ledgerentry e ON e.account_id = o.account_id
    JOIN credits_ledgertransaction t ON t.id = e.transaction_id
    LEFT JOIN credits_ledgertransaction r ON r.id = t.reverses_id
    GROUP BY 1, 2, 3
)
SELECT o.email, sum(o.balance),
    coalesce((SELECT sum(amount) FROM moved m WHERE m.email = o.email AND m.kind = 'grant'), 0),
    coalesce((SELECT sum(amount) FROM moved m WHERE m.email = o.email AND m.kind = 'expiry'), 0),
    coalesce((SELECT sum(amount) FROM moved m WHERE m.email = o.email AND m.undone <> ''), 0),
    coalesce((SELECT sum(price) FROM insights_unlock n WHERE n.reader_id = o.reader_id), 0)
FROM own o GROUP BY o.email, o.reader_id"""

TASKS = "SELECT status, task_path, args_kwargs->'args'->>0 FROM django_tasks_database_dbtaskresult"
SIZES = ".make_renditions"
OVER = ("SUCCESSFUL", "FAILED")


def findings(ask: Ask, journal: Journal) -> Iterator[str]:
    for check in CHECKS:
        yield from check(ask, journal)


def nothing_twice(ask: Ask, journal: Journal) -> Iterator[str]:
    for email, key, number in ask(TWICE, ()):
        yield f"{email} has {number} unlocks of {key}"
    for email, reference, number in ask(PAID_TWICE, ()):
        yield f"{email} paid {number} times for {reference}"


def all_or_nothing(ask: Ask, journal: Journal) -> Iterator[str]:
    for email, title in ask(UNLOCK_WITHOUT_SPEND, ()):
        yield f"{email} has “{title}” unlocked and no spend for it"
    for email, reference in ask(SPEND_WITHOUT_UNLOCK, ()):
        yield f"{email} paid for {reference} and has no unlock"


def what_was_opened(ask: Ask, journal: Journal) -> Iterator[str]:
    """Addresses are compared without the site's root, whose page has a name of its own."""
    there = {(email, "/" + path.split("/", 2)[2]) for email, path in ask(UNLOCKS, ())}
    for email, path in sorted(journal.opened() - there):
        yield f"{email} was told that {path} is open, and there is no unlock"
    asked = {(line["email"], line["path"]) for line in journal.of("asked-open")}
    for email, path in sorted(there - asked):
        if "@chaos." in email:
            yield f"{email} has an unlock of {path} and never asked for it"


def who_registered(ask: Ask, journal: Journal) -> Iterator[str]:
    starters: dict[str, int] = dict(ask(STARTERS, ()))
    for email in sorted(journal.registered()):
        number = starters.get(email)
        if number is None:
            yield f"{email} registered and is not there"
        elif number != 1:
            yield f"{email} registered and has starter credits {number} times"
    for email, number in sorted(starters.items()):
        if number > 1:
            yield f"{email} has starter credits {number} times"


def what_staff_gave(ask: Ask, journal: Journal) -> Iterator[str]:
    there = {key: (email, amount, back) for key, email, amount, back in ask(GRANTS, ())}
    for line in journal.of("granted"):
        if there.get(line["key"], ("", 0, False))[:2] != (line["email"], line["number"]):
            yield f"grant {line['key']} to {line['email']} was acknowledged and is not there"
    for line in journal.of("taken-back"):
        if not there.get(line["key"], ("", 0, False))[2]:
            yield f"grant {line['key']} was taken back and stands"
    asked = {line["key"] for line in journal.of("asked-grant")}
    for key in sorted(there.keys() - asked):
        yield f"grant {key} is there and nobody asked for it"


def every_credit(ask: Ask, journal: Journal) -> Iterator[str]:
    """Granted, less expired, less taken back, less the prices of what is unlocked: that is what is held."""
    for email, held, granted, expired, undone, spent in ask(SUMS, ()):
        should = granted + expired + undone - spent
        if held != should:
            yield f"{email} holds {held} credits and should hold {should}"


def every_task(ask: Ask, journal: Journal) -> Iterator[str]:
    rows = ask(TASKS, ())
    for status, path, about in rows:
        if status not in OVER:
            yield f"task {path} about {about} is {status} and nobody works on it"
    done = {about for status, path, about in rows if status == "SUCCESSFUL" and path.endswith(SIZES)}
    for line in journal.of("picture"):
        if str(line["pk"]) not in done:
            yield f"the sizes of picture {line['pk']} were never made"


CHECKS: tuple[Callable[[Ask, Journal], Iterator[str]], ...] = (
    nothing_twice,
    all_or_nothing,
    what_was_opened,
    who_registered,
    what_staff_gave,
    every_credit,
    every_task,
)
