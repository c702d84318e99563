-- Reads all seals again in one statement, so in one snapshot. Read by credits/seals.py, which puts
-- 0007_canonical_rows.sql in its place: nothing in the database is believed but the rows. May change; what
-- a hash is made of may not. A row a finding, the first first.
WITH
leaves AS (
    SELECT s.seal_id, count(*) AS count, max(s.transaction_id) AS highest,
        string_agg(sha256(convert_to(s.names, 'UTF8') || '\x00'::bytea || s.digests), ''::bytea
            ORDER BY s.transaction_id) AS leaves
    FROM credits_sealedtransaction s GROUP BY s.seal_id
),
chain AS (
    SELECT s.*, lag(s.id, 1, 0::bigint) OVER by_id AS id_before,
        lag(s.hash, 1, repeat('0', 64)::varchar) OVER by_id AS hash_before,
        s.count = l.count AND s.highest >= l.highest AND s.hash = encode(sha256(convert_to(
            jsonb_build_array(s.id, s.previous, s.count, s.highest, extract(epoch FROM s.sealed_at)::text)::text,
            'UTF8') || l.leaves), 'hex') AS matches
    FROM credits_ledgerseal s LEFT JOIN leaves l ON l.seal_id = s.id
    WINDOW by_id AS (ORDER BY s.id)
),
settled AS (
    SELECT coalesce(max(s.highest), 0) AS number FROM credits_ledgerseal s
    WHERE s.sealed_at < now() - interval '1 day'
),
-- Each transaction's own rows are looked up, in the order of the seals' table: nothing large is sorted.
now_there AS (
    SELECT s.seal_id, s.transaction_id, s.names, s.digests, r.names AS names_now, r.digests AS digests_now
    FROM credits_sealedtransaction s CROSS JOIN LATERAL (
        SELECT string_agg(r.name || ' ' || r.id, E'\n' ORDER BY r.place, r.id) AS names,
            string_agg(r.digest, ''::bytea ORDER BY r.place, r.id) AS digests
        FROM (/* 0007_canonical_rows.sql */) AS r WHERE r.transaction_id = s.transaction_id
    ) AS r
),
findings (seal, place, finding, subject, names, digests, names_now, digests_now) AS (
    SELECT c.id_before + 1, 1, 'missing seal', c.id_before + 1, NULL::text, NULL::bytea, NULL::text, NULL::bytea
    FROM chain c WHERE c.id <> c.id_before + 1
UNION ALL
    SELECT l.seal_id, 1, 'missing seal', l.seal_id, NULL, NULL, NULL, NULL
    FROM leaves l WHERE l.seal_id > (SELECT coalesce(max(id), 0) FROM credits_ledgerseal)
UNION ALL
    SELECT c.id, 1, 'broken chain', c.id, NULL, NULL, NULL, NULL
    FROM chain c WHERE c.id = c.id_before + 1 AND c.previous <> c.hash_before
UNION ALL
    SELECT c.id, 2, 'altered seal', c.id, NULL, NULL, NULL, NULL FROM chain c WHERE c.matches IS NOT TRUE
UNION ALL
    SELECT n.seal_id, 3, 'altered rows', n.transaction_id, n.names, n.digests, n.names_now, n.digests_now
    FROM now_there n WHERE n.names IS DISTINCT FROM n.names_now OR n.digests IS DISTINCT FROM n.digests_now
UNION ALL
    SELECT NULL, 4, 'never sealed', t.id, NULL, NULL, NULL, NULL
    FROM credits_ledgertransaction t LEFT JOIN credits_sealedtransaction s ON s.transaction_id = t.id
    WHERE s.transaction_id IS NULL AND t.id <= (SELECT number FROM settled)
),
foremost AS (
    SELECT * FROM findings ORDER BY seal NULLS LAST, place, subject LIMIT 10000
)
SELECT
    (SELECT count(*) FROM credits_ledgerseal),
    (SELECT count(*) FROM credits_sealedtransaction),
    (SELECT count(*) FROM credits_ledgertransaction),
    f.seal, f.finding, f.subject, f.names, f.digests, f.names_now, f.digests_now,
    ARRAY(
        SELECT DISTINCT coalesce(a.wallet_id, a.id) FROM credits_ledgeraccount a
        WHERE f.finding IN ('altered rows', 'never sealed') AND a.kind IN ('wallet', 'debt') AND a.id IN (
            SELECT e.account_id FROM credits_ledgerentry e WHERE e.transaction_id = f.subject
            UNION SELECT l.wallet_id FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = f.subject
            UNION SELECT l.wallet_id FROM credits_creditlot l WHERE l.transaction_id = f.subject
        ) ORDER BY 1
    ) AS wallets
FROM (VALUES (true)) AS one (row) LEFT JOIN foremost f ON true
ORDER BY f.seal NULLS LAST, f.place, f.subject
