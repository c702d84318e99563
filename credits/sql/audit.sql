-- Every check in one statement, so in one snapshot. Read by credits/audit.py; unlike the numbered files it
-- is not loaded by a migration and may change. It calls none of the ledger's functions, which somebody with
-- the keys could have replaced. A row a difference, the first first, and one row of NULLs if there is none;
-- before each the counts, behind each the wallets it concerns.
WITH RECURSIVE
-- UNION, not UNION ALL: somebody could have made a circle.
merged (wallet, holder) AS (
    SELECT a.id, a.merged_into_id FROM credits_ledgeraccount a WHERE a.merged_into_id IS NOT NULL
    UNION
    SELECT m.wallet, a.merged_into_id FROM merged m JOIN credits_ledgeraccount a ON a.id = m.holder
    WHERE a.merged_into_id IS NOT NULL
),
holders AS (
    SELECT m.wallet, m.holder FROM merged m
    JOIN credits_ledgeraccount a ON a.id = m.holder AND a.merged_into_id IS NULL
),
moved_on (lot, origin) AS (
    SELECT l.id, l.parent_id FROM credits_creditlot l WHERE l.parent_id IS NOT NULL
    UNION
    SELECT m.lot, l.parent_id FROM moved_on m JOIN credits_creditlot l ON l.id = m.origin
    WHERE l.parent_id IS NOT NULL
),
origins AS (
    SELECT m.lot, m.origin FROM moved_on m
    JOIN credits_creditlot l ON l.id = m.origin AND l.parent_id IS NULL
),
summed AS (
    SELECT e.id, e.transaction_id, e.account_id, e.balance_after,
        sum(e.amount) OVER (PARTITION BY e.account_id ORDER BY e.id) AS running
    FROM credits_ledgerentry e
),
moved AS (
    SELECT m.id, m.lot_id, m.remaining_after,
        sum(m.amount) OVER (PARTITION BY m.lot_id ORDER BY m.id) AS running
    FROM credits_lotmovement m
),
transaction_sums AS (
    SELECT t.id, count(e.id) AS legs, coalesce(sum(e.amount), 0) AS total
    FROM credits_ledgertransaction t LEFT JOIN credits_ledgerentry e ON e.transaction_id = t.id
    GROUP BY t.id
),
own AS (
    SELECT a.id, a.kind, a.balance, a.merged_into_id,
        CASE a.kind WHEN 'debt' THEN a.wallet_id ELSE a.id END AS wallet
    FROM credits_ledgeraccount a WHERE a.kind IN ('wallet', 'debt')
),
own_sums AS (
    SELECT o.*, coalesce(e.entered, 0) AS entered, coalesce(l.in_lots, 0) AS in_lots
    FROM own o
    LEFT JOIN (
        SELECT account_id, sum(amount) AS entered FROM credits_ledgerentry GROUP BY account_id
    ) AS e ON e.account_id = o.id
    LEFT JOIN (
        SELECT wallet_id, sum(remaining) AS in_lots FROM credits_creditlot GROUP BY wallet_id
    ) AS l ON l.wallet_id = o.id
),
lot_sums AS (
    SELECT l.*, coalesce(m.movements, 0) AS movements, coalesce(f.amount, 0) AS filled
    FROM credits_creditlot l
    LEFT JOIN (SELECT lot_id, sum(amount) AS movements FROM credits_lotmovement GROUP BY lot_id) AS m
        ON m.lot_id = l.id
    LEFT JOIN credits_lotmovement f ON f.lot_id = l.id AND f.transaction_id = l.transaction_id
),
wallet_legs AS (
    SELECT e.transaction_id, e.account_id, e.amount
    FROM credits_ledgerentry e JOIN credits_ledgeraccount a ON a.id = e.account_id AND a.kind = 'wallet'
),
lot_legs AS (
    SELECT m.transaction_id, l.wallet_id AS account_id, sum(m.amount) AS amount
    FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
    GROUP BY m.transaction_id, l.wallet_id HAVING sum(m.amount) <> 0
),
-- What is owed is owed by whoever holds the wallet, now or then: a merge moved it from one to the other.
owing_legs (transaction_id, wallet, entered, moved) AS (
    SELECT e.transaction_id, o.wallet, e.amount, 0
    FROM credits_ledgerentry e JOIN own o ON o.id = e.account_id AND o.kind = 'debt'
    UNION ALL
    SELECT m.transaction_id, l.wallet_id, 0, m.owed
    FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id WHERE m.owed <> 0
),
owing AS (
    SELECT g.transaction_id, coalesce(h.holder, g.wallet) AS wallet,
        sum(g.entered) AS entered, sum(g.moved) AS moved
    FROM owing_legs g LEFT JOIN holders h ON h.wallet = g.wallet GROUP BY 1, 2
),
-- A grant, what was taken back of it, and what of that was given again.
taken_back (original, part) AS (
    SELECT t.refunds_id, t.refunds_id FROM credits_ledgertransaction t WHERE t.refunds_id IS NOT NULL
    UNION
    SELECT t.refunds_id, t.id FROM credits_ledgertransaction t WHERE t.refunds_id IS NOT NULL
    UNION
    SELECT t.refunds_id, u.id FROM credits_ledgertransaction t
    JOIN credits_ledgertransaction u ON u.reverses_id IN (t.id, t.refunds_id) WHERE t.refunds_id IS NOT NULL
),
guards (name, relation) AS (VALUES
    ('transaction_is_sound', 'credits_ledgertransaction'),
    ('transaction_is_append_only', 'credits_ledgertransaction'),
    ('transaction_is_not_truncated', 'credits_ledgertransaction'),
    ('transaction_balances', 'credits_ledgertransaction'),
    ('entry_is_append_only', 'credits_ledgerentry'),
    ('entry_is_not_truncated', 'credits_ledgerentry'),
    ('entry_moves_the_balance', 'credits_ledgerentry'),
    ('entry_balances', 'credits_ledgerentry'),
    ('movement_is_append_only', 'credits_lotmovement'),
    ('movement_is_not_truncated', 'credits_lotmovement'),
    ('movement_moves_the_lot', 'credits_lotmovement'),
    ('owed_is_entered', 'credits_lotmovement'),
    ('account_is_sound', 'credits_ledgeraccount'),
    ('account_keeps_its_kind', 'credits_ledgeraccount'),
    ('account_is_not_deleted', 'credits_ledgeraccount'),
    ('account_is_not_truncated', 'credits_ledgeraccount'),
    ('account_agrees', 'credits_ledgeraccount'),
    ('lot_is_sound', 'credits_creditlot'),
    ('lot_keeps_its_terms', 'credits_creditlot'),
    ('lot_is_not_deleted', 'credits_creditlot'),
    ('lot_is_not_truncated', 'credits_creditlot'),
    ('lot_joins_an_open_transaction', 'credits_creditlot'),
    ('lot_agrees', 'credits_creditlot'),
    ('lot_follows_its_parent', 'credits_creditlot'),
    ('seal_is_append_only', 'credits_ledgerseal'),
    ('seal_is_not_truncated', 'credits_ledgerseal'),
    ('sealed_is_append_only', 'credits_sealedtransaction'),
    ('sealed_is_not_truncated', 'credits_sealedtransaction')
),
-- `wallet` is concerned, or all wallets in `posted`.
differences (priority, finding, subject, detail, wallet, posted) AS (
    SELECT 1, 'guard', 0::bigint, format('%s on %s is missing or not always on', g.name, g.relation),
        NULL::bigint, NULL::bigint
    FROM guards g WHERE NOT EXISTS (
        SELECT FROM pg_trigger t
        WHERE t.tgname = g.name AND t.tgrelid = to_regclass(g.relation) AND t.tgenabled = 'A'
    )
UNION ALL
    SELECT 2, 'house account', 0, format('%s is missing', k.kind), NULL, NULL
    FROM (VALUES ('promotional_issue'), ('paid_issue'), ('spent'), ('expired')) AS k (kind)
    WHERE NOT EXISTS (SELECT FROM credits_ledgeraccount a WHERE a.kind = k.kind)
UNION ALL
    SELECT 3, 'entry', e.id, 'its transaction or account is missing', o.wallet, NULL
    FROM credits_ledgerentry e
    LEFT JOIN credits_ledgertransaction t ON t.id = e.transaction_id
    LEFT JOIN credits_ledgeraccount a ON a.id = e.account_id
    LEFT JOIN own o ON o.id = a.id
    WHERE t.id IS NULL OR a.id IS NULL
UNION ALL
    SELECT 3, 'lot', l.id, 'its transaction or wallet is missing', a.id, l.transaction_id
    FROM credits_creditlot l
    LEFT JOIN credits_ledgertransaction t ON t.id = l.transaction_id
    LEFT JOIN credits_ledgeraccount a ON a.id = l.wallet_id AND a.kind = 'wallet'
    WHERE t.id IS NULL OR a.id IS NULL
UNION ALL
    SELECT 3, 'lot movement', m.id, 'its transaction or lot is missing', l.wallet_id, m.transaction_id
    FROM credits_lotmovement m
    LEFT JOIN credits_ledgertransaction t ON t.id = m.transaction_id
    LEFT JOIN credits_creditlot l ON l.id = m.lot_id
    WHERE t.id IS NULL OR l.id IS NULL
UNION ALL
    SELECT 3, 'debt', d.id, 'its wallet is missing', NULL, NULL
    FROM credits_ledgeraccount d
    LEFT JOIN credits_ledgeraccount a ON a.id = d.wallet_id AND a.kind = 'wallet'
    WHERE d.kind = 'debt' AND a.id IS NULL
UNION ALL
    SELECT 3, 'wallet', a.id, 'it was merged into none that is there', a.id, NULL
    FROM credits_ledgeraccount a
    WHERE a.merged_into_id IS NOT NULL AND NOT EXISTS (SELECT FROM holders h WHERE h.wallet = a.id)
UNION ALL
    SELECT 3, 'transaction', t.id, 'what it takes back is missing', NULL, t.id
    FROM credits_ledgertransaction t
    LEFT JOIN credits_ledgertransaction original ON original.id = coalesce(t.reverses_id, t.refunds_id)
    WHERE t.kind IN ('reversal', 'refund') AND original.id IS NULL
UNION ALL
    SELECT 4, 'transaction', s.id, format('%s entries that sum to %s', s.legs, s.total), NULL, s.id
    FROM transaction_sums s WHERE s.legs < 2 OR s.total <> 0
UNION ALL
    SELECT 5, 'transaction', t.id, format('it does not undo transaction %s', t.reverses_id), NULL, t.id
    FROM credits_ledgertransaction t
    WHERE t.reverses_id IS NOT NULL AND (EXISTS (
        SELECT FROM credits_ledgerentry e
        JOIN credits_ledgeraccount a ON a.id = e.account_id AND a.kind NOT IN ('wallet', 'debt')
        WHERE e.transaction_id IN (t.id, t.reverses_id) GROUP BY e.account_id HAVING sum(e.amount) <> 0
    ) OR EXISTS (
        SELECT FROM credits_lotmovement m LEFT JOIN origins o ON o.lot = m.lot_id
        WHERE m.transaction_id IN (t.id, t.reverses_id)
        GROUP BY coalesce(o.origin, m.lot_id) HAVING sum(m.amount + m.owed) <> 0
    ))
UNION ALL
    SELECT 6, s.kind, s.id, format('it stores %s, its entries sum to %s', s.balance, s.entered), s.wallet, NULL
    FROM own_sums s
    WHERE s.balance IS DISTINCT FROM s.entered
        OR CASE s.kind WHEN 'debt' THEN s.balance > 0 ELSE s.balance < 0 END
UNION ALL
    SELECT 7, 'entry', s.id, format('it says %s after it, the entries up to it sum to %s',
        coalesce(s.balance_after::text, 'nothing'), s.running),
        o.wallet, CASE WHEN o.id IS NULL THEN s.transaction_id END
    FROM summed s JOIN credits_ledgeraccount a ON a.id = s.account_id LEFT JOIN own o ON o.id = a.id
    WHERE s.balance_after IS DISTINCT FROM CASE WHEN o.id IS NOT NULL THEN s.running END
UNION ALL
    SELECT 8, 'wallet', s.id, format('it stores %s, its lots hold %s', s.balance, s.in_lots), s.id, NULL
    FROM own_sums s WHERE s.kind = 'wallet' AND s.balance IS DISTINCT FROM s.in_lots
UNION ALL
    SELECT 8, s.kind, s.id, format('it was merged into wallet %s and still stores %s', h.holder, s.balance),
        s.wallet, NULL
    FROM own_sums s JOIN holders h ON h.wallet = s.wallet WHERE s.balance <> 0
UNION ALL
    SELECT 9, 'lot', l.id, format('%s remain of %s, its movements sum to %s, of which granted %s',
        l.remaining, l.granted, l.movements, l.filled), l.wallet_id, NULL
    FROM lot_sums l
    WHERE l.remaining <> l.movements OR l.filled <> l.granted OR l.remaining < 0
        OR (l.kind = 'paid' AND l.expires_at IS NOT NULL)
UNION ALL
    SELECT 9, 'lot', l.id, format('it does not hold what left lot %s', l.parent_id), l.wallet_id, NULL
    FROM credits_creditlot l
    WHERE l.parent_id IS NOT NULL AND (NOT EXISTS (
        SELECT FROM credits_creditlot p JOIN credits_lotmovement m ON m.lot_id = p.id
        WHERE p.id = l.parent_id AND m.transaction_id = l.transaction_id AND m.amount = -l.granted
            AND p.wallet_id <> l.wallet_id AND p.kind = l.kind AND p.expires_at IS NOT DISTINCT FROM l.expires_at
    ) OR EXISTS (
        SELECT FROM credits_creditlot twin WHERE twin.parent_id = l.parent_id
            AND twin.transaction_id = l.transaction_id AND twin.id <> l.id
    ))
UNION ALL
    SELECT 10, 'lot movement', m.id, format('it says %s after it, the movements up to it sum to %s',
        m.remaining_after, m.running), l.wallet_id, NULL
    FROM moved m LEFT JOIN credits_creditlot l ON l.id = m.lot_id WHERE m.remaining_after <> m.running
UNION ALL
    SELECT 11, 'transaction', transaction_id, format('wallet %s moves %s, its lots %s',
        account_id, coalesce(w.amount, 0), coalesce(l.amount, 0)), account_id, NULL
    FROM wallet_legs w FULL JOIN lot_legs l USING (transaction_id, account_id)
    WHERE w.amount IS DISTINCT FROM l.amount
UNION ALL
    SELECT 11, 'transaction', o.transaction_id, format('the debt of wallet %s moves %s, its lots say %s',
        o.wallet, o.entered, o.moved), o.wallet, NULL
    FROM owing o WHERE o.entered <> o.moved
UNION ALL
    SELECT 12, 'transaction', b.original, format('%s more was taken back of it than it granted', sum(e.amount)),
        NULL, b.original
    FROM taken_back b JOIN credits_ledgerentry e ON e.transaction_id = b.part
    JOIN credits_ledgeraccount a ON a.id = e.account_id AND a.kind IN ('promotional_issue', 'paid_issue')
    GROUP BY b.original HAVING sum(e.amount) > 0
UNION ALL
    SELECT 13, 'lot movement', m.id, 'it spent credits that had expired', l.wallet_id, NULL
    FROM credits_lotmovement m
    JOIN credits_ledgertransaction t ON t.id = m.transaction_id AND t.kind IN ('spend', 'transfer')
    JOIN credits_creditlot l ON l.id = m.lot_id
    WHERE m.amount < 0 AND t.created_at >= l.expires_at
UNION ALL
    SELECT 14, 'transaction', t.id, format('it spent while %s was owed', -owed.balance_after), d.wallet, NULL
    FROM own d
    JOIN credits_ledgerentry e ON e.account_id = d.wallet
    JOIN credits_ledgertransaction t ON t.id = e.transaction_id AND t.kind = 'spend'
    CROSS JOIN LATERAL (
        SELECT b.balance_after FROM credits_ledgerentry b
        WHERE b.account_id = d.id AND b.id < e.id ORDER BY b.id DESC LIMIT 1
    ) AS owed
    WHERE d.kind = 'debt' AND owed.balance_after < 0
),
foremost AS (
    SELECT * FROM differences ORDER BY priority, subject, detail LIMIT 10000
)
SELECT
    (SELECT count(*) FROM credits_ledgertransaction),
    (SELECT count(*) FROM credits_ledgerentry),
    (SELECT count(*) FROM credits_ledgeraccount WHERE kind = 'wallet'),
    (SELECT count(*) FROM credits_creditlot),
    (SELECT coalesce(sum(balance), 0) FROM credits_ledgeraccount WHERE kind = 'wallet'),
    f.finding, f.subject, f.detail,
    -- Credits of a merged wallet are spent by whoever holds it, so that one is concerned.
    ARRAY(
        SELECT DISTINCT coalesce(h.holder, a.id)
        FROM (
            SELECT f.wallet
            UNION SELECT o.wallet FROM credits_ledgerentry e JOIN own o ON o.id = e.account_id
            WHERE e.transaction_id = f.posted
            UNION SELECT l.wallet_id FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = f.posted
        ) AS concerned (wallet)
        JOIN credits_ledgeraccount a ON a.id = concerned.wallet AND a.kind = 'wallet'
        LEFT JOIN holders h ON h.wallet = a.id ORDER BY 1
    ) AS wallets
FROM (VALUES (true)) AS one (row) LEFT JOIN foremost f ON true
ORDER BY f.priority, f.subject, f.detail
