-- Every check in one statement, so in one snapshot. Read by credits/audit.py; unlike the numbered files it
-- is not loaded by a migration and may change. One row: the counts, and the first difference or NULLs.
WITH
summed AS (
    SELECT e.id, e.transaction_id, e.account_id, e.amount, e.balance_after,
        sum(e.amount) OVER (PARTITION BY e.account_id ORDER BY e.id) AS running
    FROM credits_ledgerentry e
),
moved AS (
    SELECT m.id, m.transaction_id, m.lot_id, m.amount, m.remaining_after,
        sum(m.amount) OVER (PARTITION BY m.lot_id ORDER BY m.id) AS running
    FROM credits_lotmovement m
),
transaction_sums AS (
    SELECT t.id, t.reverses_id, count(e.id) AS legs, coalesce(sum(e.amount), 0) AS total
    FROM credits_ledgertransaction t LEFT JOIN credits_ledgerentry e ON e.transaction_id = t.id
    GROUP BY t.id
),
wallet_sums AS (
    SELECT a.id, a.balance,
        (SELECT coalesce(sum(e.amount), 0) FROM credits_ledgerentry e WHERE e.account_id = a.id) AS entered,
        (SELECT coalesce(sum(l.remaining), 0) FROM credits_creditlot l WHERE l.wallet_id = a.id
            AND l.remaining <> 0) AS in_lots
    FROM credits_ledgeraccount a WHERE a.kind = 'wallet'
),
lot_sums AS (
    SELECT l.*, coalesce(sum(m.amount), 0) AS movements,
        coalesce(sum(m.amount) FILTER (WHERE m.transaction_id = l.transaction_id), 0) AS filled
    FROM credits_creditlot l LEFT JOIN credits_lotmovement m ON m.lot_id = l.id GROUP BY l.id
),
wallet_legs AS (
    SELECT e.transaction_id, e.account_id, e.amount
    FROM credits_ledgerentry e JOIN credits_ledgeraccount a ON a.id = e.account_id AND a.kind = 'wallet'
),
lot_legs AS (
    SELECT m.transaction_id, l.wallet_id AS account_id, sum(m.amount) AS amount
    FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id GROUP BY 1, 2
),
guards (name, relation) AS (VALUES
    ('transaction_is_append_only', 'credits_ledgertransaction'),
    ('transaction_is_not_truncated', 'credits_ledgertransaction'),
    ('transaction_balances', 'credits_ledgertransaction'),
    ('entry_is_append_only', 'credits_ledgerentry'),
    ('entry_is_not_truncated', 'credits_ledgerentry'),
    ('entry_joins_an_open_transaction', 'credits_ledgerentry'),
    ('entry_moves_the_balance', 'credits_ledgerentry'),
    ('entry_balances', 'credits_ledgerentry'),
    ('movement_is_append_only', 'credits_lotmovement'),
    ('movement_is_not_truncated', 'credits_lotmovement'),
    ('movement_joins_an_open_transaction', 'credits_lotmovement'),
    ('movement_moves_the_lot', 'credits_lotmovement'),
    ('owed_is_entered', 'credits_lotmovement'),
    ('account_keeps_its_kind', 'credits_ledgeraccount'),
    ('account_is_not_deleted', 'credits_ledgeraccount'),
    ('account_is_not_truncated', 'credits_ledgeraccount'),
    ('wallet_agrees', 'credits_ledgeraccount'),
    ('debt_agrees', 'credits_ledgeraccount'),
    ('lot_keeps_its_terms', 'credits_creditlot'),
    ('lot_is_not_deleted', 'credits_creditlot'),
    ('lot_is_not_truncated', 'credits_creditlot'),
    ('lot_joins_an_open_transaction', 'credits_creditlot'),
    ('lot_agrees', 'credits_creditlot'),
    ('lot_follows_its_parent', 'credits_creditlot')
),
differences (priority, finding, subject, detail) AS (
    SELECT 1, 'guard', 0, format('%s on %s is missing or not always on', g.name, g.relation)
    FROM guards g WHERE NOT EXISTS (
        SELECT FROM pg_trigger t
        WHERE t.tgname = g.name AND t.tgrelid = to_regclass(g.relation) AND t.tgenabled = 'A'
    )
UNION ALL
    SELECT 2, 'house account', 0, format('%s is missing', k.kind)
    FROM (VALUES ('promotional_issue'), ('paid_issue'), ('spent'), ('expired')) AS k (kind)
    WHERE NOT EXISTS (SELECT FROM credits_ledgeraccount a WHERE a.kind = k.kind)
UNION ALL
    SELECT 3, 'entry', e.id, 'its transaction or account is missing'
    FROM credits_ledgerentry e
    LEFT JOIN credits_ledgertransaction t ON t.id = e.transaction_id
    LEFT JOIN credits_ledgeraccount a ON a.id = e.account_id
    WHERE t.id IS NULL OR a.id IS NULL
UNION ALL
    SELECT 3, 'lot', l.id, 'its transaction or wallet is missing'
    FROM credits_creditlot l
    LEFT JOIN credits_ledgertransaction t ON t.id = l.transaction_id
    LEFT JOIN credits_ledgeraccount a ON a.id = l.wallet_id AND a.kind = 'wallet'
    WHERE t.id IS NULL OR a.id IS NULL
UNION ALL
    SELECT 3, 'lot movement', m.id, 'its transaction or lot is missing'
    FROM credits_lotmovement m
    LEFT JOIN credits_ledgertransaction t ON t.id = m.transaction_id
    LEFT JOIN credits_creditlot l ON l.id = m.lot_id
    WHERE t.id IS NULL OR l.id IS NULL
UNION ALL
    SELECT 4, 'transaction', s.id, format('%s entries that sum to %s', s.legs, s.total)
    FROM transaction_sums s WHERE s.legs < 2 OR s.total <> 0
UNION ALL
    SELECT 5, 'transaction', s.id, format('it does not undo transaction %s', s.reverses_id)
    FROM transaction_sums s
    WHERE s.reverses_id IS NOT NULL AND (EXISTS (
        SELECT FROM credits_ledgerentry e
        JOIN credits_ledgeraccount a ON a.id = e.account_id AND a.kind NOT IN ('wallet', 'debt')
        WHERE e.transaction_id IN (s.id, s.reverses_id) GROUP BY e.account_id HAVING sum(e.amount) <> 0
    ) OR coalesce((
        SELECT sum(m.amount + m.owed) FROM credits_lotmovement m
        WHERE m.transaction_id IN (s.id, s.reverses_id)
    ), 0) <> 0)
UNION ALL
    SELECT 6, 'wallet', w.id, format('it stores %s, its entries sum to %s', w.balance, w.entered)
    FROM wallet_sums w WHERE w.balance IS DISTINCT FROM w.entered OR w.balance < 0
UNION ALL
    SELECT 7, 'entry', s.id, format('it says %s after it, the entries up to it sum to %s',
        coalesce(s.balance_after::text, 'nothing'), s.running)
    FROM summed s JOIN credits_ledgeraccount a ON a.id = s.account_id
    WHERE s.balance_after IS DISTINCT FROM CASE WHEN a.kind IN ('wallet', 'debt') THEN s.running END
UNION ALL
    SELECT 8, 'wallet', w.id, format('it stores %s, its lots hold %s', w.balance, w.in_lots)
    FROM wallet_sums w WHERE w.balance IS DISTINCT FROM w.in_lots
UNION ALL
    SELECT 9, 'lot', l.id, format('%s remain of %s, its movements sum to %s, of which granted %s',
        l.remaining, l.granted, l.movements, l.filled)
    FROM lot_sums l
    WHERE l.remaining <> l.movements OR l.filled <> l.granted OR l.remaining < 0
        OR (l.kind = 'paid' AND l.expires_at IS NOT NULL)
UNION ALL
    SELECT 10, 'lot movement', m.id, format('it says %s after it, the movements up to it sum to %s',
        m.remaining_after, m.running)
    FROM moved m WHERE m.remaining_after <> m.running
UNION ALL
    SELECT 11, 'transaction', transaction_id, format('wallet %s moves %s, its lots %s',
        account_id, coalesce(w.amount, 0), coalesce(l.amount, 0))
    FROM wallet_legs w FULL JOIN lot_legs l USING (transaction_id, account_id)
    WHERE coalesce(w.amount, 0) <> coalesce(l.amount, 0)
UNION ALL
    SELECT 12, 'lot movement', m.id, 'it spent credits that had expired'
    FROM credits_lotmovement m
    JOIN credits_ledgertransaction t ON t.id = m.transaction_id AND t.kind = 'spend'
    JOIN credits_creditlot l ON l.id = m.lot_id
    WHERE t.created_at >= l.expires_at
)
SELECT
    (SELECT count(*) FROM credits_ledgertransaction),
    (SELECT count(*) FROM credits_ledgerentry),
    (SELECT count(*) FROM credits_ledgeraccount WHERE kind = 'wallet'),
    (SELECT count(*) FROM credits_creditlot),
    (SELECT coalesce(sum(balance), 0) FROM credits_ledgeraccount WHERE kind = 'wallet'),
    first.finding, first.subject, first.detail
FROM (VALUES (true)) AS one (row)
LEFT JOIN (SELECT * FROM differences ORDER BY priority, subject, detail LIMIT 1) AS first ON true
