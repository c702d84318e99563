-- The record of a delivery, as in 0010_deliveries.sql, with one look at the lots that paid: most were granted by
-- the purchase itself, and only those that moved from another wallet have to be followed back.
-- Loaded by migration 0012 and never edited after; a change is a new file and a new migration.

CREATE OR REPLACE FUNCTION record_delivery(
    posted bigint, reader bigint, wording text, paid_after timestamptz, at timestamptz
) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    is_one boolean;
    some_moved boolean;
BEGIN
    SELECT bool_or(o.id IS NOT NULL), bool_or(l.parent_id IS NOT NULL) INTO is_one, some_moved
        FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id AND l.kind = 'paid'
        LEFT JOIN accounts_order o ON o.granted_id = l.transaction_id AND o.paid_at > paid_after
            AND l.parent_id IS NULL
        WHERE m.transaction_id = posted;
    IF some_moved AND NOT is_one THEN
        is_one := EXISTS (
            WITH RECURSIVE drawn AS (
                SELECT l.transaction_id, l.parent_id
                FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
                WHERE m.transaction_id = posted AND l.kind = 'paid'
                UNION ALL
                SELECT l.transaction_id, l.parent_id FROM drawn d JOIN credits_creditlot l ON l.id = d.parent_id
            )
            SELECT FROM drawn d JOIN accounts_order o ON o.granted_id = d.transaction_id
            WHERE d.parent_id IS NULL AND o.paid_at > paid_after
        );
    END IF;
    IF is_one IS NOT TRUE THEN
        RETURN false;
    END IF;
    INSERT INTO accounts_deliveryconsent (transaction_id, reader_id, wording, given_at)
        VALUES (posted, reader, wording, at) ON CONFLICT (transaction_id) DO NOTHING;
    RETURN true;
END $$;
