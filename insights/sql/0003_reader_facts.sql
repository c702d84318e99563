-- All that the house knows of one signed-in reader when a page is asked for, in one call.
-- Loaded by migration 0003 and never edited after; a change is a new file and a new migration.
--
-- A function and not a query, because its plan is then kept by the connection, whoever lends that out: from
-- the second call on nothing is planned. It runs with the rights of its caller. No row: nobody, or nobody who
-- is active. `at` is the caller's clock, the one that wrote when a membership ends and a lot expires.
--
-- `owned` names, in the order of `briefings` and parted by commas, how each of them was unlocked, or nothing.

CREATE FUNCTION reader_facts(reader bigint, briefing uuid, briefings uuid[], at timestamptz)
RETURNS TABLE (
    password text, is_staff boolean, is_superuser boolean, in_a_group boolean,
    unlock text, membership text, balance bigint, owed bigint, on_hold boolean, recorded boolean, owned text
)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY SELECT
        u.password::text, u.is_staff, u.is_superuser,
        EXISTS (SELECT FROM accounts_user_groups g WHERE g.user_id = u.id),
        (
            SELECT k.reason::text FROM insights_unlock k
            WHERE k.reader_id = u.id AND k.briefing_key = briefing AND NOT EXISTS (
                SELECT FROM credits_ledgertransaction r WHERE r.reverses_id = k.transaction_id
            )
        ),
        (
            SELECT m.source::text FROM accounts_membership m JOIN accounts_tier t ON t.id = m.tier_id
            WHERE m.reader_id = u.id AND t.opens_everything
                AND m.starts_at <= at AND (m.ends_at IS NULL OR m.ends_at > at)
            ORDER BY m.source LIMIT 1
        ),
        (
            SELECT coalesce(sum(l.remaining), 0)::bigint FROM credits_creditlot l
            WHERE l.wallet_id = u.wallet_id AND l.remaining > 0
                AND (l.expires_at IS NULL OR l.expires_at > at)
        ),
        coalesce((SELECT -d.balance FROM credits_ledgeraccount d WHERE d.wallet_id = u.wallet_id), 0),
        EXISTS (
            SELECT FROM credits_accountfreeze f WHERE f.wallet_id = u.wallet_id AND f.lifted_at IS NULL
        ),
        EXISTS (SELECT FROM insights_opening o WHERE o.reader_id = u.id AND o.briefing_key = briefing),
        (
            SELECT string_agg(coalesce((
                SELECT k.reason FROM insights_unlock k
                WHERE k.reader_id = u.id AND k.briefing_key = asked.briefing_key AND NOT EXISTS (
                    SELECT FROM credits_ledgertransaction r WHERE r.reverses_id = k.transaction_id
                )
            ), ''), ',' ORDER BY asked.place)
            FROM unnest(briefings) WITH ORDINALITY AS asked (briefing_key, place)
        )
    FROM accounts_user u WHERE u.id = reader AND u.is_active;
END $$;
