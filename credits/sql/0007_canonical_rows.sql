-- Every row of the ledger with its digest: what a seal covers. One text for the function that seals and for
-- the check that reads seals again (credits/seals.py), so that the check need not believe the function.
-- Never edited once a seal was made with it. Moments are seconds since 1970 with six places and texts are
-- JSON, so no setting of a session changes a digest. What remains of a lot is not one of its terms.
SELECT t.id AS transaction_id, 1 AS place, 'transaction' AS name, t.id,
    sha256(convert_to(jsonb_build_array('transaction', t.id, t.kind, t.reason, t.reference,
        t.idempotency_key, t.request_hash, t.reverses_id, t.refunds_id,
        extract(epoch FROM t.created_at)::text)::text, 'UTF8')) AS digest
FROM credits_ledgertransaction t
UNION ALL
SELECT e.transaction_id, 2, 'entry', e.id,
    sha256(convert_to(jsonb_build_array('entry', e.id, e.transaction_id, e.account_id, e.amount,
        e.balance_after)::text, 'UTF8'))
FROM credits_ledgerentry e
UNION ALL
SELECT l.transaction_id, 3, 'lot', l.id,
    sha256(convert_to(jsonb_build_array('lot', l.id, l.transaction_id, l.wallet_id, l.parent_id, l.kind,
        l.granted, extract(epoch FROM l.expires_at)::text)::text, 'UTF8'))
FROM credits_creditlot l
UNION ALL
SELECT m.transaction_id, 4, 'lot movement', m.id,
    sha256(convert_to(jsonb_build_array('lot movement', m.id, m.transaction_id, m.lot_id, m.amount, m.owed,
        m.remaining_after)::text, 'UTF8'))
FROM credits_lotmovement m
