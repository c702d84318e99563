-- A credit becomes a right, in one call: insights/unlocks.py decides and calls it, and nobody else.
-- Loaded by migration 0004 and never edited after; a change is a new file and a new migration.
--
-- It joins the caller's transaction, runs with the caller's rights, and answers in words rather than raising:
--   posted, repeated   the ledger's: it is open
--   open               it was already, and nothing was spent
--   nobody             no such reader, or none who is active
--   special            asked `unless_special`: whoever may read for another reason than credits has to be
--                      looked at by the rule itself. Wider than that rule: any group, any membership ever.
-- and in the ledger's words where that refuses.

CREATE FUNCTION unlock_briefing(
    reader bigint, briefing uuid, price integer, title text, reason text, way text, unless_special boolean,
    wording text, paid_after timestamptz, at timestamptz
) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    person record;
    held insights_unlock;
    answer ledger_answer;
BEGIN
    SELECT u.wallet_id, u.is_superuser
            OR EXISTS (SELECT FROM accounts_user_groups g WHERE g.user_id = reader)
            OR EXISTS (SELECT FROM accounts_membership m WHERE m.reader_id = reader) AS special
        INTO person FROM accounts_user u WHERE u.id = reader AND u.is_active;
    IF NOT FOUND THEN
        RETURN ('nobody', NULL, NULL, NULL)::ledger_answer;
    ELSIF unless_special AND person.special THEN
        RETURN ('special', NULL, NULL, NULL)::ledger_answer;
    END IF;
    -- Before the wallet, as by whoever joins two readers: see docs/ledger.md.
    SELECT k.* INTO held FROM insights_unlock k
        WHERE k.reader_id = reader AND k.briefing_key = briefing FOR UPDATE;
    IF FOUND THEN
        PERFORM FROM credits_ledgertransaction r WHERE r.reverses_id = held.transaction_id;
        IF NOT FOUND THEN
            RETURN ('open', NULL, NULL, NULL)::ledger_answer;
        END IF;
    END IF;
    -- A spend that was taken back keeps its key. The next one names it, so that its own twins still meet.
    answer := ledger_spend(
        person.wallet_id, price, reason, briefing::text,
        concat_ws(':', 'unlock', person.wallet_id, briefing, held.transaction_id)
    );
    IF answer.outcome = 'key_reused' THEN
        -- Another hand paid in this instant, under another headline or at another price.
        RETURN ('open', NULL, NULL, NULL)::ledger_answer;
    ELSIF answer.outcome = 'repeated' THEN
        -- Merged into another reader while this one waited: what was paid for is that reader's now.
        PERFORM FROM accounts_user u WHERE u.id = reader AND u.is_active;
        IF NOT FOUND THEN
            RETURN ('nobody', NULL, NULL, NULL)::ledger_answer;
        END IF;
    ELSIF answer.outcome <> 'posted' THEN
        RETURN answer;
    END IF;
    -- One row a reader and briefing: a right that ended gives its row to the next.
    IF held.id IS NULL THEN
        INSERT INTO insights_unlock
            (reader_id, briefing_key, title, reason, way, price, transaction_id, unlocked_at)
            VALUES (reader, briefing, title, 'unlocked', way, price, answer.transaction_id, at)
            ON CONFLICT (reader_id, briefing_key) DO NOTHING;
    ELSE
        UPDATE insights_unlock k SET title = unlock_briefing.title, reason = 'unlocked',
            way = unlock_briefing.way, price = unlock_briefing.price,
            transaction_id = answer.transaction_id, unlocked_at = at
            WHERE k.id = held.id;
    END IF;
    IF answer.outcome = 'posted' THEN
        PERFORM record_delivery(answer.transaction_id, reader, wording, paid_after, at);
    END IF;
    RETURN answer;
END $$;

-- With its plan made for any reader it is made once; made for each, a plan costs ten times what it finds.
ALTER FUNCTION reader_facts(bigint, uuid, uuid[], timestamptz) SET plan_cache_mode = force_generic_plan;
