-- One function a kind of posting: grant, spend, expiry, reversal. credits/ledger.py is their only caller.
-- Loaded by migration 0004 and never edited after; a change is a new file and a new migration.
--
-- Each locks the wallet first, then looks for its key, then posts, and answers in words rather than
-- raising, so that a refusal costs no savepoint and leaves the caller's transaction usable.

CREATE TYPE ledger_answer AS (outcome text, transaction_id bigint, balance bigint, needed bigint);

-- What the postings share -----------------------------------------------------------------------

CREATE FUNCTION ledger_hash(VARIADIC request text[]) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(array_to_json(request)::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION ledger_house(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT id FROM credits_ledgeraccount WHERE kind = wanted AND kind <> 'wallet');
END $$;

CREATE FUNCTION ledger_balance(wallet bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT balance FROM credits_ledgeraccount WHERE id = wallet);
END $$;

-- In the order of their ids, so that two callers with the same wallets cannot wait for each other.
CREATE FUNCTION ledger_lock(wallets bigint[]) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM FROM credits_ledgeraccount
        WHERE id = ANY (wallets) AND kind = 'wallet' ORDER BY id FOR NO KEY UPDATE;
    RETURN FOUND;
END $$;

-- NULL if the key is taken. A twin in flight is waited for.
CREATE FUNCTION ledger_open(
    kind text, reason text, reference text, key text, hash text, reverses bigint DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    posted bigint;
BEGIN
    INSERT INTO credits_ledgertransaction
        (kind, reason, reference, idempotency_key, request_hash, reverses_id, created_at)
        VALUES (kind, reason, reference, key, hash, reverses, transaction_timestamp())
        ON CONFLICT (idempotency_key) DO NOTHING RETURNING id INTO posted;
    RETURN posted;
END $$;

CREATE FUNCTION ledger_enter(posted bigint, wallet bigint, house bigint, amount bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO credits_ledgerentry (transaction_id, account_id, amount)
        VALUES (posted, wallet, amount), (posted, house, -amount);
END $$;

CREATE FUNCTION ledger_move(posted bigint, lot bigint, amount bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO credits_lotmovement (transaction_id, lot_id, amount) VALUES (posted, lot, amount);
END $$;

-- Expiry: what is left of each lot whose time has come goes to the expired account ----------------

CREATE FUNCTION ledger_expire_locked(wallet bigint, as_of timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    lot record;
    posted bigint;
    lots integer := 0;
BEGIN
    FOR lot IN
        SELECT l.id, l.remaining,
            (SELECT max(m.id) FROM credits_lotmovement m WHERE m.lot_id = l.id) AS last_movement
        FROM credits_creditlot l
        WHERE l.wallet_id = wallet AND l.remaining > 0 AND l.expires_at <= as_of ORDER BY l.id
    LOOP
        -- A lot can expire again after a reversal came back to it: its last movement tells them apart.
        posted := ledger_open(
            'expiry', 'Promotional credits expired', '', format('expiry:%s:%s', lot.id, lot.last_movement),
            ledger_hash('expiry', lot.id::text, lot.remaining::text)
        );
        PERFORM ledger_move(posted, lot.id, -lot.remaining);
        PERFORM ledger_enter(posted, wallet, ledger_house('expired'), -lot.remaining);
        lots := lots + 1;
    END LOOP;
    RETURN lots;
END $$;

CREATE FUNCTION ledger_expire(wallet bigint, as_of timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM ledger_lock(ARRAY[wallet]);
    RETURN ledger_expire_locked(wallet, as_of);
END $$;

-- Every answer ends here, with the due lots expired: the balance told is one that can be spent.
CREATE FUNCTION ledger_answer(
    outcome text, posted bigint, wallet bigint, needed bigint DEFAULT NULL
) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM ledger_expire_locked(wallet, clock_timestamp());
    RETURN (outcome, posted, ledger_balance(wallet), needed)::ledger_answer;
END $$;

CREATE FUNCTION ledger_earlier(key text, hash text, wallet bigint) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    earlier record;
BEGIN
    SELECT t.id, t.request_hash INTO earlier FROM credits_ledgertransaction t WHERE t.idempotency_key = key;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF earlier.request_hash <> hash THEN
        RETURN ('key_reused', earlier.id, NULL, NULL)::ledger_answer;
    END IF;
    RETURN ledger_answer('repeated', earlier.id, wallet);
END $$;

-- Grant -----------------------------------------------------------------------------------------

CREATE FUNCTION ledger_grant(
    wallet bigint, amount bigint, lot_kind text, expires timestamptz, reason text, reference text, key text
) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('grant', wallet::text, amount::text, lot_kind,
        extract(epoch FROM expires)::text, reason, reference);
    answer ledger_answer;
    posted bigint;
    lot bigint;
BEGIN
    IF NOT ledger_lock(ARRAY[wallet]) THEN
        RETURN ('no_such_wallet', NULL, NULL, NULL)::ledger_answer;
    END IF;
    answer := ledger_earlier(key, hash, wallet);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    ELSIF expires <= clock_timestamp() THEN
        RETURN ('expired_already', NULL, NULL, NULL)::ledger_answer;
    END IF;
    posted := ledger_open('grant', reason, reference, key, hash);
    IF posted IS NULL THEN  -- a twin with another wallet was in flight and has just committed
        RETURN ledger_earlier(key, hash, wallet);
    END IF;
    INSERT INTO credits_creditlot (wallet_id, transaction_id, kind, granted, remaining, expires_at)
        VALUES (wallet, posted, lot_kind, amount, 0, expires) RETURNING id INTO lot;
    PERFORM ledger_move(posted, lot, amount);
    PERFORM ledger_enter(posted, wallet, ledger_house(lot_kind || '_issue'), amount);
    RETURN ledger_answer('posted', posted, wallet);
END $$;

-- Spend: promotional credits first, then the earliest expiry, then the oldest lot -----------------

CREATE FUNCTION ledger_spend(wallet bigint, amount bigint, reason text, reference text, key text)
RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('spend', wallet::text, amount::text, reason, reference);
    answer ledger_answer;
    posted bigint;
    lot record;
    owing bigint := amount;
    taken bigint;
BEGIN
    IF NOT ledger_lock(ARRAY[wallet]) THEN
        RETURN ('no_such_wallet', NULL, NULL, NULL)::ledger_answer;
    END IF;
    answer := ledger_earlier(key, hash, wallet);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    PERFORM ledger_expire_locked(wallet, clock_timestamp());
    IF ledger_balance(wallet) < amount THEN
        RETURN ('insufficient', NULL, ledger_balance(wallet), amount)::ledger_answer;
    END IF;
    posted := ledger_open('spend', reason, reference, key, hash);
    IF posted IS NULL THEN  -- a twin with another wallet was in flight and has just committed
        RETURN ledger_earlier(key, hash, wallet);
    END IF;
    FOR lot IN
        SELECT l.id, l.remaining FROM credits_creditlot l
        WHERE l.wallet_id = wallet AND l.remaining > 0
        ORDER BY l.kind = 'paid', l.expires_at NULLS LAST, l.id
    LOOP
        taken := least(lot.remaining, owing);
        PERFORM ledger_move(posted, lot.id, -taken);
        owing := owing - taken;
        EXIT WHEN owing = 0;
    END LOOP;
    PERFORM ledger_enter(posted, wallet, ledger_house('spent'), -amount);
    RETURN ('posted', posted, ledger_balance(wallet), NULL)::ledger_answer;
END $$;

-- Reversal: the same entries and movements with the other sign, so lots get back what they paid ---

CREATE FUNCTION ledger_reverse(original bigint, reason text, key text) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('reversal', original::text, reason);
    answer ledger_answer;
    undone credits_ledgertransaction;
    wallets bigint[];
    posted bigint;
    taken record;
BEGIN
    SELECT * INTO undone FROM credits_ledgertransaction t WHERE t.id = original;
    IF NOT FOUND THEN
        RETURN ('no_such_transaction', NULL, NULL, NULL)::ledger_answer;
    END IF;
    SELECT array_agg(e.account_id ORDER BY e.account_id) INTO wallets FROM credits_ledgerentry e
        WHERE e.transaction_id = original AND e.balance_after IS NOT NULL;
    PERFORM ledger_lock(wallets);
    answer := ledger_earlier(key, hash, wallets[1]);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    ELSIF undone.kind NOT IN ('grant', 'spend') THEN
        RETURN ('not_reversible', original, NULL, NULL)::ledger_answer;
    ELSIF EXISTS (SELECT FROM credits_ledgertransaction t WHERE t.reverses_id = original) THEN
        RETURN ('already_reversed', original, NULL, NULL)::ledger_answer;
    END IF;
    SELECT l.remaining, l.granted INTO taken
        FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
        WHERE m.transaction_id = original AND l.remaining < m.amount;
    IF FOUND THEN
        RETURN ('already_spent', original, taken.remaining, taken.granted)::ledger_answer;
    END IF;
    posted := ledger_open('reversal', reason, undone.reference, key, hash, original);
    IF posted IS NULL THEN  -- a twin with another wallet was in flight and has just committed
        RETURN ledger_earlier(key, hash, wallets[1]);
    END IF;
    INSERT INTO credits_lotmovement (transaction_id, lot_id, amount)
        SELECT posted, m.lot_id, -m.amount FROM credits_lotmovement m
        WHERE m.transaction_id = original ORDER BY m.lot_id;
    INSERT INTO credits_ledgerentry (transaction_id, account_id, amount)
        SELECT posted, e.account_id, -e.amount FROM credits_ledgerentry e
        WHERE e.transaction_id = original ORDER BY e.account_id;
    RETURN ledger_answer('posted', posted, wallets[1]);
END $$;
