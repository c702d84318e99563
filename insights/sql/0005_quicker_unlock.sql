-- The unlock of before, with fewer statements: see 0004_unlock_briefing.sql, whose words hold, each of them.
-- Loaded by migration 0005 and never edited after; a change is a new file and a new migration.

CREATE OR REPLACE FUNCTION unlock_briefing(
    reader bigint, briefing uuid, price integer, title text, reason text, way text, unless_special boolean,
    wording text, paid_after timestamptz, at timestamptz
) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    wallet bigint;
    special boolean;
    held bigint;
    held_by bigint;
    spent ledger_spent;
BEGIN
    SELECT u.wallet_id, u.is_superuser
            OR EXISTS (SELECT FROM accounts_user_groups g WHERE g.user_id = reader)
            OR EXISTS (SELECT FROM accounts_membership m WHERE m.reader_id = reader),
            (SELECT k.id FROM insights_unlock k WHERE k.reader_id = reader AND k.briefing_key = briefing)
        INTO wallet, special, held FROM accounts_user u WHERE u.id = reader AND u.is_active;
    IF NOT FOUND THEN
        RETURN ('nobody', NULL, NULL, NULL)::ledger_answer;
    ELSIF unless_special AND special THEN
        RETURN ('special', NULL, NULL, NULL)::ledger_answer;
    END IF;
    IF held IS NOT NULL THEN
        -- Before the wallet, as by whoever joins two readers: see docs/ledger.md.
        SELECT k.id, k.transaction_id INTO held, held_by FROM insights_unlock k
            WHERE k.reader_id = reader AND k.briefing_key = briefing FOR UPDATE;
        IF FOUND THEN
            PERFORM FROM credits_ledgertransaction r WHERE r.reverses_id = held_by;
            IF NOT FOUND THEN
                RETURN ('open', NULL, NULL, NULL)::ledger_answer;
            END IF;
        END IF;
    END IF;
    -- A spend that was taken back keeps its key. The next one names it, so that its own twins still meet.
    spent := ledger_draw(
        wallet, price, reason, briefing::text, concat_ws(':', 'unlock', wallet, briefing, held_by)
    );
    IF spent.outcome = 'key_reused' THEN
        -- Another hand paid in this instant, under another headline or at another price.
        RETURN ('open', NULL, NULL, NULL)::ledger_answer;
    ELSIF spent.outcome = 'repeated' THEN
        -- Merged into another reader while this one waited: what was paid for is that reader's now.
        PERFORM FROM accounts_user u WHERE u.id = reader AND u.is_active;
        IF NOT FOUND THEN
            RETURN ('nobody', NULL, NULL, NULL)::ledger_answer;
        END IF;
    ELSIF spent.outcome <> 'posted' THEN
        RETURN (spent.outcome, spent.transaction_id, spent.balance, spent.needed)::ledger_answer;
    END IF;
    -- One row a reader and briefing: a right that ended gives its row to the next.
    IF held IS NULL THEN
        INSERT INTO insights_unlock
            (reader_id, briefing_key, title, reason, way, price, transaction_id, unlocked_at)
            VALUES (reader, briefing, title, 'unlocked', way, price, spent.transaction_id, at)
            ON CONFLICT (reader_id, briefing_key) DO NOTHING;
    ELSE
        UPDATE insights_unlock k SET title = unlock_briefing.title, reason = 'unlocked',
            way = unlock_briefing.way, price = unlock_briefing.price,
            transaction_id = spent.transaction_id, unlocked_at = at
            WHERE k.id = held;
    END IF;
    IF spent.paid > 0 THEN
        PERFORM record_delivery(spent.transaction_id, reader, wording, paid_after, at);
    END IF;
    RETURN (spent.outcome, spent.transaction_id, spent.balance, spent.needed)::ledger_answer;
END $$;
