-- The promises and the postings of before, asked with fewer statements: most of what a spend costs PostgreSQL
-- is beginning and ending them. What is said and refused is the same, word for word.
-- Loaded by migration 0008 and never edited after; a change is a new file and a new migration.

-- One of the house's accounts, by the index that only these are in. Without its condition word for word, the
-- whole table is read, and every reader's wallet makes every posting slower.
CREATE OR REPLACE FUNCTION ledger_house(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT a.id FROM credits_ledgeraccount a WHERE a.kind = wanted AND a.kind NOT IN ('wallet', 'debt')
    );
END $$;

-- What is written stays written: looked at where the columns are named by an UPDATE, as a balance moves by
-- itself with every posting.

DROP TRIGGER account_keeps_its_kind ON credits_ledgeraccount;
CREATE TRIGGER account_keeps_its_kind
    BEFORE UPDATE OF id, kind, wallet_id, merged_into_id ON credits_ledgeraccount
    FOR EACH ROW WHEN (
        (OLD.id, OLD.kind, OLD.wallet_id) IS DISTINCT FROM (NEW.id, NEW.kind, NEW.wallet_id)
        OR OLD.merged_into_id IS NOT NULL AND OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id
    ) EXECUTE FUNCTION ledger_refuse_change();
ALTER TABLE credits_ledgeraccount ENABLE ALWAYS TRIGGER account_keeps_its_kind;

DROP TRIGGER lot_keeps_its_terms ON credits_creditlot;
CREATE TRIGGER lot_keeps_its_terms
    BEFORE UPDATE OF id, wallet_id, transaction_id, parent_id, kind, granted, expires_at ON credits_creditlot
    FOR EACH ROW WHEN (
        (OLD.id, OLD.wallet_id, OLD.transaction_id, OLD.parent_id, OLD.kind, OLD.granted, OLD.expires_at)
        IS DISTINCT FROM
        (NEW.id, NEW.wallet_id, NEW.transaction_id, NEW.parent_id, NEW.kind, NEW.granted, NEW.expires_at)
    ) EXECUTE FUNCTION ledger_refuse_change();
ALTER TABLE credits_creditlot ENABLE ALWAYS TRIGGER lot_keeps_its_terms;

-- Entries move balances, movements move lots -----------------------------------------------------
-- One trigger asks for both that a row points at: its open transaction, and its account or lot.

DROP TRIGGER entry_joins_an_open_transaction ON credits_ledgerentry;
DROP TRIGGER movement_joins_an_open_transaction ON credits_lotmovement;

CREATE OR REPLACE FUNCTION ledger_entry_moves_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    account record;
BEGIN
    SELECT a.balance, EXISTS (
            SELECT FROM credits_ledgertransaction t
            WHERE t.id = NEW.transaction_id AND t.created_at = transaction_timestamp()
        ) AS joins_an_open_one
        INTO account FROM credits_ledgeraccount a WHERE a.id = NEW.account_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no account %', NEW.account_id USING ERRCODE = 'foreign_key_violation';
    ELSIF NOT account.joins_an_open_one THEN
        RAISE EXCEPTION 'transaction % is closed, or was never opened', NEW.transaction_id
            USING ERRCODE = 'restrict_violation';
    ELSIF account.balance IS NULL THEN
        NEW.balance_after := NULL;
        RETURN NEW;
    END IF;
    UPDATE credits_ledgeraccount a SET balance = NEW.amount + coalesce((
            SELECT e.balance_after FROM credits_ledgerentry e
            WHERE e.account_id BETWEEN NEW.account_id AND NEW.account_id
            ORDER BY e.account_id, e.id DESC LIMIT 1
        ), 0)
        WHERE a.id = NEW.account_id RETURNING a.balance INTO NEW.balance_after;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION ledger_movement_moves_lot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    -- By another name: in RETURNING, NEW is the row of the table.
    posted bigint := NEW.transaction_id;
    joins_an_open_one boolean;
BEGIN
    UPDATE credits_creditlot l SET remaining = NEW.amount + coalesce((
            SELECT m.remaining_after FROM credits_lotmovement m
            WHERE m.lot_id BETWEEN NEW.lot_id AND NEW.lot_id ORDER BY m.lot_id, m.id DESC LIMIT 1
        ), 0)
        WHERE l.id = NEW.lot_id
        RETURNING l.remaining, EXISTS (
            SELECT FROM credits_ledgertransaction t
            WHERE t.id = posted AND t.created_at = transaction_timestamp()
        ) INTO NEW.remaining_after, joins_an_open_one;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no lot %', NEW.lot_id USING ERRCODE = 'foreign_key_violation';
    ELSIF NOT joins_an_open_one THEN
        RAISE EXCEPTION 'transaction % is closed, or was never opened', posted
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- At commit ---------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION ledger_transaction_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    legs bigint;
    total numeric;
BEGIN
    SELECT count(*), coalesce(sum(e.amount), 0) INTO legs, total
        FROM credits_ledgerentry e WHERE e.transaction_id = NEW.id;
    IF legs < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'transaction % has % entries that sum to %, not two or more that sum to zero',
            NEW.id, legs, total USING ERRCODE = 'check_violation';
    ELSIF NEW.kind IN ('grant', 'spend', 'expiry') THEN
        RETURN NULL;
    END IF;
    PERFORM ledger_check_owed(NEW.id);
    IF NEW.reverses_id IS NOT NULL THEN
        PERFORM ledger_check_undone(NEW.id, NEW.reverses_id);
    ELSIF NEW.refunds_id IS NOT NULL THEN
        PERFORM ledger_check_refunded(NEW.refunds_id);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_entry_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    legs bigint;
    total numeric;
    moved record;
BEGIN
    SELECT count(*), coalesce(sum(e.amount), 0) INTO legs, total
        FROM credits_ledgerentry e WHERE e.transaction_id = NEW.transaction_id;
    IF legs < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'transaction % has % entries that sum to %, not two or more that sum to zero',
            NEW.transaction_id, legs, total USING ERRCODE = 'check_violation';
    ELSIF NEW.balance_after IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT a.kind, (
            SELECT coalesce(sum(m.amount), 0)
            FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = NEW.transaction_id AND l.wallet_id = NEW.account_id
        ) AS in_lots
        INTO moved FROM credits_ledgeraccount a WHERE a.id = NEW.account_id;
    IF moved.kind <> 'wallet' THEN
        PERFORM ledger_check_owed(NEW.transaction_id);
    ELSIF moved.in_lots <> NEW.amount THEN
        RAISE EXCEPTION 'entry % moves % credits, its lots %', NEW.id, NEW.amount, moved.in_lots
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_check_wallet(wallet bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    stored record;
BEGIN
    SELECT a.balance, a.merged_into_id, (
            SELECT e.balance_after FROM credits_ledgerentry e
            WHERE e.account_id BETWEEN wallet AND wallet ORDER BY e.account_id, e.id DESC LIMIT 1
        ) AS posted, (
            SELECT coalesce(sum(l.remaining), 0) FROM credits_creditlot l
            WHERE l.wallet_id = wallet AND l.remaining > 0
        ) AS in_lots
        INTO stored FROM credits_ledgeraccount a WHERE a.id = wallet;
    IF stored.balance IS DISTINCT FROM coalesce(stored.posted, 0)
            OR stored.balance IS DISTINCT FROM stored.in_lots THEN
        RAISE EXCEPTION 'wallet % stores %, its entries say %, its lots %',
            wallet, stored.balance, coalesce(stored.posted, 0), stored.in_lots
            USING ERRCODE = 'check_violation';
    ELSIF stored.merged_into_id IS NOT NULL AND stored.balance <> 0 THEN
        RAISE EXCEPTION 'wallet % was merged into % and still holds %',
            wallet, stored.merged_into_id, stored.balance USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- Movements and the terms of a lot never change, so whether it was filled is asked when it comes.
CREATE OR REPLACE FUNCTION ledger_lot_agrees() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    lot record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM credits_lotmovement m
            WHERE m.lot_id = NEW.id AND m.transaction_id = NEW.transaction_id AND m.amount = NEW.granted;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'lot % was not filled by the transaction that granted it', NEW.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    SELECT l.remaining, (
            SELECT m.remaining_after FROM credits_lotmovement m
            WHERE m.lot_id BETWEEN NEW.id AND NEW.id ORDER BY m.lot_id, m.id DESC LIMIT 1
        ) AS moved
        INTO lot FROM credits_creditlot l WHERE l.id = NEW.id;
    IF lot.remaining <> lot.moved THEN
        RAISE EXCEPTION 'lot % stores %, its movements say %', NEW.id, lot.remaining, lot.moved
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM ledger_check_wallet(NEW.wallet_id);
    RETURN NULL;
END $$;

-- Spend -------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION ledger_spend(
    wallet bigint, amount bigint, reason text, reference text, key text
) RETURNS ledger_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('spend', wallet::text, amount::text, reason, reference);
    known record;
    held bigint;
    posted bigint;
BEGIN
    IF amount IS NULL OR amount < 1 THEN
        RETURN ('invalid_amount', NULL, NULL, NULL)::ledger_answer;
    END IF;
    PERFORM FROM credits_ledgeraccount a WHERE a.id = wallet AND a.kind = 'wallet' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN ('no_such_wallet', NULL, NULL, NULL)::ledger_answer;
    END IF;
    -- Apart from the lock: what was asked before it was held would be as of before the wait.
    SELECT
        EXISTS (SELECT FROM credits_ledgertransaction t WHERE t.idempotency_key = key) AS earlier,
        -- Not a condition: while few lots expire, the index of those that do would look cheaper, and be kept.
        (
            SELECT bool_or(l.expires_at <= clock_timestamp()) FROM credits_creditlot l
            WHERE l.wallet_id = wallet AND l.remaining > 0
        ) AS expired,
        a.balance,
        coalesce((SELECT -d.balance FROM credits_ledgeraccount d WHERE d.wallet_id = wallet), 0) AS owed,
        EXISTS (
            SELECT FROM credits_accountfreeze f WHERE f.wallet_id = wallet AND f.lifted_at IS NULL
        ) AS frozen,
        (SELECT h.id FROM credits_ledgeraccount h WHERE h.kind = 'spent') AS house
        INTO known FROM credits_ledgeraccount a WHERE a.id = wallet;
    IF known.earlier THEN
        RETURN ledger_earlier(key, hash, wallet);
    END IF;
    held := known.balance;
    IF known.expired THEN
        PERFORM ledger_expire_locked(wallet, clock_timestamp());
        SELECT a.balance INTO held FROM credits_ledgeraccount a WHERE a.id = wallet;
    END IF;
    IF known.frozen THEN
        RETURN ('frozen', NULL, held, amount)::ledger_answer;
    ELSIF known.owed > 0 THEN
        RETURN ('in_debt', NULL, held, known.owed)::ledger_answer;
    ELSIF held < amount THEN
        RETURN ('insufficient', NULL, held, amount)::ledger_answer;
    END IF;
    INSERT INTO credits_ledgertransaction
        (kind, reason, reference, idempotency_key, request_hash, created_at)
        VALUES ('spend', reason, reference, key, hash, transaction_timestamp())
        ON CONFLICT (idempotency_key) DO NOTHING RETURNING id INTO posted;
    IF posted IS NULL THEN  -- a twin with another wallet was in flight and has just committed
        RETURN ledger_earlier(key, hash, wallet);
    END IF;
    INSERT INTO credits_lotmovement (transaction_id, lot_id, amount)
        SELECT posted, l.id, -least(l.remaining, amount - l.before)
        FROM (
            SELECT l.id, l.remaining, l.kind, l.expires_at,
                (sum(l.remaining) OVER in_order)::bigint - l.remaining AS before
            FROM credits_creditlot l WHERE l.wallet_id = wallet AND l.remaining > 0
            WINDOW in_order AS (ORDER BY l.kind = 'paid', l.expires_at NULLS LAST, l.id)
        ) AS l
        WHERE l.before < amount ORDER BY l.before;
    INSERT INTO credits_ledgerentry (transaction_id, account_id, amount)
        VALUES (posted, wallet, -amount), (posted, known.house, amount);
    RETURN ('posted', posted, held - amount, NULL)::ledger_answer;
END $$;
