-- A spend that drew on a purchase which may still be withdrawn from is the delivery that the reader agreed to.
-- Loaded by migration 0010 and never edited after; a change is a new file and a new migration.
--
-- True where it is one. Credits that moved from another wallet count as what they first came in by. It runs
-- with the rights of its caller.

CREATE FUNCTION record_delivery(
    posted bigint, reader bigint, wording text, paid_after timestamptz, at timestamptz
) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    -- Most spend promotional credits, and are done here.
    PERFORM FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
        WHERE m.transaction_id = posted AND l.kind = 'paid';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM accounts_order o WHERE o.paid_at > paid_after AND o.granted_id IN (
        WITH RECURSIVE drawn AS (
            SELECT l.transaction_id, l.parent_id
            FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = posted AND l.kind = 'paid'
            UNION ALL
            SELECT l.transaction_id, l.parent_id FROM drawn d JOIN credits_creditlot l ON l.id = d.parent_id
        )
        SELECT d.transaction_id FROM drawn d WHERE d.parent_id IS NULL
    );
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO accounts_deliveryconsent (transaction_id, reader_id, wording, given_at)
        VALUES (posted, reader, wording, at) ON CONFLICT (transaction_id) DO NOTHING;
    RETURN true;
END $$;
