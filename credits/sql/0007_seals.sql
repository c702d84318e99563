-- Seals: what was posted, hashed in batches, each with the hash of the seal before. See docs/audit.md.
-- Loaded by migration 0007, which puts 0007_canonical_rows.sql in its place below; never edited after.

CREATE TRIGGER seal_is_append_only BEFORE UPDATE OR DELETE ON credits_ledgerseal
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER seal_is_not_truncated BEFORE TRUNCATE ON credits_ledgerseal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER sealed_is_append_only BEFORE UPDATE OR DELETE ON credits_sealedtransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER sealed_is_not_truncated BEFORE TRUNCATE ON credits_sealedtransaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

ALTER TABLE credits_ledgerseal ENABLE ALWAYS TRIGGER seal_is_append_only;
ALTER TABLE credits_ledgerseal ENABLE ALWAYS TRIGGER seal_is_not_truncated;
ALTER TABLE credits_sealedtransaction ENABLE ALWAYS TRIGGER sealed_is_append_only;
ALTER TABLE credits_sealedtransaction ENABLE ALWAYS TRIGGER sealed_is_not_truncated;

-- Seals what was committed and is not sealed yet, `most` transactions of it, and answers how many that were;
-- NULL if somebody else is sealing. It locks no row that a posting touches, and reads what was committed:
-- neither waits for the other. Numbers are given before the commit, so a lower one may turn up after a
-- higher one was sealed, and every number is looked at until it is a day old.
CREATE FUNCTION ledger_seal(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    before credits_ledgerseal;
    made credits_ledgerseal;
    settled bigint;
    leaves bytea;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('ledger_seal')) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO before FROM credits_ledgerseal ORDER BY id DESC LIMIT 1;
    SELECT s.highest INTO settled FROM credits_ledgerseal s
        WHERE s.sealed_at < transaction_timestamp() - interval '1 day' ORDER BY s.id DESC LIMIT 1;
    made.id := coalesce(before.id, 0) + 1;
    made.previous := coalesce(before.hash, repeat('0', 64));
    made.sealed_at := transaction_timestamp();

    -- One statement, so one snapshot: a transaction is there with all its rows or not at all.
    WITH sealed AS (
        INSERT INTO credits_sealedtransaction (transaction_id, seal_id, names, digests)
        SELECT t.id, made.id, rows.names, rows.digests
        FROM credits_ledgertransaction t CROSS JOIN LATERAL (
            SELECT string_agg(r.name || ' ' || r.id, E'\n' ORDER BY r.place, r.id) AS names,
                string_agg(r.digest, ''::bytea ORDER BY r.place, r.id) AS digests
            FROM (/* 0007_canonical_rows.sql */) AS r WHERE r.transaction_id = t.id
        ) AS rows
        WHERE t.id > coalesce(settled, 0)
            AND NOT EXISTS (SELECT FROM credits_sealedtransaction s WHERE s.transaction_id = t.id)
        ORDER BY t.id LIMIT most
        RETURNING transaction_id, sha256(convert_to(names, 'UTF8') || '\x00'::bytea || digests) AS leaf
    )
    SELECT count(*), max(transaction_id), string_agg(leaf, ''::bytea ORDER BY transaction_id)
        INTO made.count, made.highest, leaves FROM sealed;
    IF made.count = 0 THEN
        RETURN 0;
    END IF;
    made.highest := greatest(made.highest, before.highest);
    made.hash := encode(sha256(convert_to(jsonb_build_array(made.id, made.previous, made.count, made.highest,
        extract(epoch FROM made.sealed_at)::text)::text, 'UTF8') || leaves), 'hex');
    INSERT INTO credits_ledgerseal SELECT made.*;
    RETURN made.count;
END $$;

REVOKE ALL ON FUNCTION ledger_seal(integer) FROM PUBLIC;
