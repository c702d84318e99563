"""A ledger with a past: what readers were given and what they unlocked, in the order of time."""

import psycopg
from psycopg.types.numeric import Int8

from .names import GIVEN, STRIDE
from .readership import switch

CREDITS = 1_000


def post_history(server: psycopg.Connection, readers: int, deeds: int) -> None:
    """``deeds`` transactions for each reader: two gifts of the house, then unlocks. As a superuser."""
    if not readers * deeds:
        return
    [(briefings,)] = server.execute("SELECT count(*) FROM articles_briefingpage").fetchall()
    given = {
        "briefings": briefings,
        "readers": readers,
        "deeds": deeds,
        "given": GIVEN,
        "credits": CREDITS,
        "stride": STRIDE,
    }
    with server.transaction():
        switch(server, "DISABLE")
        for statement in STATEMENTS:
            server.execute(statement.encode(), {name: Int8(value) for name, value in given.items()})
        switch(server, "ENABLE ALWAYS")
    for table in ("ledgertransaction", "ledgerentry", "creditlot", "lotmovement"):
        settle(server, f"credits_{table}")
    settle(server, "insights_unlock")


def settle(server: psycopg.Connection, table: str) -> None:
    server.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}".encode())


# A wallet's first lot is never used up, so it pays for all that its reader unlocks.
STATEMENTS = [
    "CREATE TEMPORARY TABLE of_readers AS "
    "SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, wallet_id FROM accounts_user "
    "WHERE email LIKE '%%@bench.example.com' ORDER BY id LIMIT %(readers)s",
    "CREATE TEMPORARY TABLE of_briefings AS SELECT row_number() OVER (ORDER BY p.id) - 1 AS number, "
    "p.translation_key AS key, p.title, b.price "
    "FROM articles_briefingpage b JOIN wagtailcore_page p ON p.id = b.page_ptr_id",
    "CREATE INDEX ON of_briefings (number)",
    "ANALYZE of_readers, of_briefings",
    """
    CREATE TEMPORARY TABLE deeds AS
    SELECT row_number() OVER (ORDER BY d.k, r.number) AS id, d.k, r.id AS reader, r.wallet_id AS wallet,
        CASE WHEN d.k < %(given)s THEN %(credits)s ELSE -b.price END::bigint AS amount,
        b.key, b.title, b.price,
        now() - interval '300 days' * (1 - (d.k * %(readers)s + r.number) / (%(deeds)s * %(readers)s)::float)
            - interval '1 hour' AS at
    FROM generate_series(0, %(deeds)s - 1) AS d (k) CROSS JOIN of_readers r
    LEFT JOIN of_briefings b ON d.k >= %(given)s
        AND b.number = (r.number + d.k * %(stride)s) %% %(briefings)s
    """,
    "CREATE INDEX ON deeds (wallet, id)",
    "ANALYZE deeds",
    """
    INSERT INTO credits_ledgertransaction
        (id, kind, reason, reference, idempotency_key, request_hash, created_at)
    SELECT id, CASE WHEN k < %(given)s THEN 'grant' ELSE 'spend' END, f.reason, f.reference, f.key,
        CASE WHEN k < %(given)s
            THEN ledger_hash('grant', wallet::text, amount::text, 'paid', NULL, f.reason, '')
            ELSE ledger_hash('spend', wallet::text, (-amount)::text, f.reason, f.reference) END,
        at
    FROM deeds d CROSS JOIN LATERAL (SELECT
        CASE WHEN d.k < %(given)s THEN 'Bought' ELSE 'Unlocked “' || left(d.title, 180) || '”' END,
        coalesce(d.key::text, ''),
        CASE WHEN d.k < %(given)s THEN format('bench:%%s:%%s', d.wallet, d.k)
            ELSE format('unlock:%%s:%%s', d.wallet, d.key) END
    ) AS f (reason, reference, key) ORDER BY id
    """,
    """
    INSERT INTO credits_ledgerentry (id, transaction_id, account_id, amount, balance_after)
    SELECT * FROM (
        SELECT id * 2 - 1 AS id, id, wallet, amount, sum(amount) OVER (PARTITION BY wallet ORDER BY id)
        FROM deeds
        UNION ALL
        SELECT d.id * 2, d.id, h.id, -d.amount, NULL FROM deeds d
        JOIN credits_ledgeraccount h ON h.kind = CASE WHEN d.k < %(given)s THEN 'paid_issue' ELSE 'spent' END
    ) AS legs ORDER BY 1
    """,
    """
    INSERT INTO credits_creditlot (id, wallet_id, transaction_id, kind, granted, remaining)
    SELECT d.id, d.wallet, d.id, 'paid', d.amount,
        CASE d.k WHEN 0 THEN (SELECT d.amount + coalesce(sum(s.amount), 0) FROM deeds s
            WHERE s.wallet = d.wallet AND s.k >= %(given)s) ELSE d.amount END
    FROM deeds d WHERE d.k < %(given)s ORDER BY d.id
    """,
    """
    INSERT INTO credits_lotmovement (transaction_id, lot_id, amount, remaining_after)
    SELECT id, lot, amount, sum(amount) OVER (PARTITION BY lot ORDER BY id) FROM (
        SELECT id, amount, CASE WHEN k < %(given)s THEN id
            ELSE first_value(id) OVER (PARTITION BY wallet ORDER BY id) END AS lot
        FROM deeds
    ) AS moves ORDER BY id
    """,
    """
    INSERT INTO insights_unlock
        (reader_id, briefing_key, title, reason, way, price, transaction_id, unlocked_at)
    SELECT reader, key, title, 'unlocked', 'form', price, id, at FROM deeds WHERE k >= %(given)s ORDER BY id
    """,
    """
    UPDATE credits_ledgeraccount a SET balance = d.held
    FROM (SELECT wallet, sum(amount) AS held FROM deeds GROUP BY wallet) AS d WHERE a.id = d.wallet
    """,
    "DROP TABLE deeds, of_readers, of_briefings",
]
