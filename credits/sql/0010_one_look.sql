-- The promises and the spend of before, in fewer and smaller statements: what a spend costs PostgreSQL is the
-- number of plans it has to set up. What is said and refused is the same, word for word.
-- Loaded by migration 0010 and never edited after; a change is a new file and a new migration.

-- What a row must be -------------------------------------------------------------------------------
-- A CHECK is taken apart anew in each statement that writes its table, also where it is about columns that
-- never change. The terms of a lot and of an account are looked at when they are written, and no more when
-- a balance moves; what an entry and a movement must be is asked by the trigger that each of them has.

CREATE FUNCTION ledger_refuse_row(relation name, promise text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'new row for relation "%" violates "%"', relation, promise
        USING ERRCODE = 'check_violation', TABLE = relation, CONSTRAINT = promise;
END $$;

ALTER TABLE credits_ledgeraccount
    DROP CONSTRAINT account_kind_is_known,
    DROP CONSTRAINT a_debt_belongs_to_a_wallet,
    DROP CONSTRAINT only_a_wallet_is_merged_and_into_another;
DROP FUNCTION ledger_account_kind_is_known(text);
DROP FUNCTION ledger_account_is_merged(bigint, text, bigint);

CREATE FUNCTION ledger_account_is_sound() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.kind IN ('wallet', 'debt', 'promotional_issue', 'paid_issue', 'spent', 'expired')) IS NOT TRUE THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'account_kind_is_known');
    ELSIF (NEW.kind = 'debt') <> (NEW.wallet_id IS NOT NULL) THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'a_debt_belongs_to_a_wallet');
    ELSIF NEW.merged_into_id IS NOT NULL AND (NEW.kind <> 'wallet' OR NEW.merged_into_id = NEW.id) THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'only_a_wallet_is_merged_and_into_another');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER account_is_sound
    BEFORE INSERT OR UPDATE OF id, kind, wallet_id, merged_into_id ON credits_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION ledger_account_is_sound();
ALTER TABLE credits_ledgeraccount ENABLE ALWAYS TRIGGER account_is_sound;

ALTER TABLE credits_creditlot
    DROP CONSTRAINT lot_kind_is_known,
    DROP CONSTRAINT lot_grants_something,
    DROP CONSTRAINT paid_credits_never_expire;
DROP FUNCTION ledger_lot_kind_is_known(text);

-- Its terms are never changed: lot_keeps_its_terms.
CREATE FUNCTION ledger_lot_is_sound() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.kind IN ('promotional', 'paid')) IS NOT TRUE THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'lot_kind_is_known');
    ELSIF (NEW.granted > 0) IS NOT TRUE THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'lot_grants_something');
    ELSIF NEW.kind = 'paid' AND NEW.expires_at IS NOT NULL THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'paid_credits_never_expire');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER lot_is_sound BEFORE INSERT ON credits_creditlot
    FOR EACH ROW EXECUTE FUNCTION ledger_lot_is_sound();
ALTER TABLE credits_creditlot ENABLE ALWAYS TRIGGER lot_is_sound;

ALTER TABLE credits_ledgertransaction
    DROP CONSTRAINT transaction_kind_is_known,
    DROP CONSTRAINT only_a_refund_refunds,
    DROP CONSTRAINT transaction_has_a_key_and_a_reason;
DROP FUNCTION ledger_transaction_kind_is_known(text);

CREATE FUNCTION ledger_transaction_is_sound() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.kind IN ('grant', 'spend', 'expiry', 'reversal', 'refund', 'repayment', 'transfer', 'merge'))
            IS NOT TRUE THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'transaction_kind_is_known');
    ELSIF (NEW.kind = 'refund') <> (NEW.refunds_id IS NOT NULL) THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'only_a_refund_refunds');
    ELSIF NEW.idempotency_key = '' OR NEW.reason = '' THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'transaction_has_a_key_and_a_reason');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transaction_is_sound BEFORE INSERT ON credits_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_transaction_is_sound();
ALTER TABLE credits_ledgertransaction ENABLE ALWAYS TRIGGER transaction_is_sound;

-- Entries move balances, movements move lots ------------------------------------------------------

ALTER TABLE credits_ledgerentry DROP CONSTRAINT entry_moves_something;

CREATE OR REPLACE FUNCTION ledger_entry_moves_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    -- By another name: in RETURNING, NEW is the row of the table.
    posted bigint := NEW.transaction_id;
    stores boolean := true;
    joins_an_open_one boolean;
BEGIN
    IF NEW.amount = 0 THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'entry_moves_something');
    END IF;
    -- A figure, whichever, says that the account stores one, and saves asking; it is not the one that counts.
    IF NEW.balance_after IS NULL THEN
        SELECT a.balance IS NOT NULL, EXISTS (
                SELECT FROM credits_ledgertransaction t
                WHERE t.id = NEW.transaction_id AND t.created_at = transaction_timestamp()
            )
            INTO stores, joins_an_open_one FROM credits_ledgeraccount a WHERE a.id = NEW.account_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no account %', NEW.account_id USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    IF stores THEN
        UPDATE credits_ledgeraccount a SET balance = NEW.amount + coalesce((
                SELECT e.balance_after FROM credits_ledgerentry e
                WHERE e.account_id BETWEEN NEW.account_id AND NEW.account_id
                ORDER BY e.account_id, e.id DESC LIMIT 1
            ), 0)
            WHERE a.id = NEW.account_id AND a.balance IS NOT NULL
            RETURNING a.balance, EXISTS (
                SELECT FROM credits_ledgertransaction t
                WHERE t.id = posted AND t.created_at = transaction_timestamp()
            ) INTO NEW.balance_after, joins_an_open_one;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no account % that stores a balance', NEW.account_id
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    IF NOT joins_an_open_one THEN
        RAISE EXCEPTION 'transaction % is closed, or was never opened', posted
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

ALTER TABLE credits_lotmovement
    DROP CONSTRAINT movement_moves_something,
    DROP CONSTRAINT movement_leaves_no_lot_below_zero;

CREATE OR REPLACE FUNCTION ledger_movement_moves_lot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    -- By another name: in RETURNING, NEW is the row of the table.
    posted bigint := NEW.transaction_id;
    joins_an_open_one boolean;
BEGIN
    IF NEW.amount = 0 AND NEW.owed = 0 THEN
        PERFORM ledger_refuse_row(TG_TABLE_NAME, 'movement_moves_something');
    END IF;
    -- What remains is a lot's own promise, lot_remaining_never_below_zero.
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

-- Entries answer for themselves; this one for a transaction that has none.
CREATE OR REPLACE FUNCTION ledger_transaction_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM FROM credits_ledgerentry e WHERE e.transaction_id = NEW.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'transaction % has 0 entries that sum to 0, not two or more that sum to zero', NEW.id
            USING ERRCODE = 'check_violation';
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
    account text;
    in_lots numeric;
BEGIN
    IF NEW.balance_after IS NULL THEN
        SELECT count(*), coalesce(sum(e.amount), 0) INTO legs, total
            FROM credits_ledgerentry e WHERE e.transaction_id = NEW.transaction_id;
    ELSE
        SELECT count(*), coalesce(sum(e.amount), 0),
            (SELECT a.kind FROM credits_ledgeraccount a WHERE a.id = NEW.account_id), (
                SELECT coalesce(sum(m.amount), 0)
                FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
                WHERE m.transaction_id = NEW.transaction_id AND l.wallet_id = NEW.account_id
            )
            INTO legs, total, account, in_lots
            FROM credits_ledgerentry e WHERE e.transaction_id = NEW.transaction_id;
    END IF;
    IF legs < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'transaction % has % entries that sum to %, not two or more that sum to zero',
            NEW.transaction_id, legs, total USING ERRCODE = 'check_violation';
    ELSIF account <> 'wallet' THEN
        PERFORM ledger_check_owed(NEW.transaction_id);
    ELSIF in_lots <> NEW.amount THEN
        RAISE EXCEPTION 'entry % moves % credits, its lots %', NEW.id, NEW.amount, in_lots
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- Whether balance and entries agree is asked of the account, which changes with either.
CREATE OR REPLACE FUNCTION ledger_lot_agrees() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    left_over bigint;
    moved bigint;
    stored bigint;
    in_lots numeric;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM credits_lotmovement m
            WHERE m.lot_id = NEW.id AND m.transaction_id = NEW.transaction_id AND m.amount = NEW.granted;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'lot % was not filled by the transaction that granted it', NEW.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    SELECT sum(l.remaining) FILTER (WHERE l.id = NEW.id), coalesce(sum(l.remaining), 0), (
            SELECT m.remaining_after FROM credits_lotmovement m
            WHERE m.lot_id BETWEEN NEW.id AND NEW.id ORDER BY m.lot_id, m.id DESC LIMIT 1
        ),
        (SELECT a.balance FROM credits_ledgeraccount a WHERE a.id = NEW.wallet_id)
        INTO left_over, in_lots, moved, stored FROM credits_creditlot l WHERE l.wallet_id = NEW.wallet_id;
    IF left_over <> moved THEN
        RAISE EXCEPTION 'lot % stores %, its movements say %', NEW.id, left_over, moved
            USING ERRCODE = 'check_violation';
    ELSIF stored IS DISTINCT FROM in_lots THEN
        PERFORM ledger_check_wallet(NEW.wallet_id);
    END IF;
    RETURN NULL;
END $$;

-- Spend -------------------------------------------------------------------------------------------
-- `paid` is how many of the credits were paid ones: whoever records what they bought need not look again.

CREATE TYPE ledger_spent AS (
    outcome text, transaction_id bigint, balance bigint, needed bigint, paid bigint
);

-- From as many lots as it takes, in the order of spending; how many paid credits that were.
CREATE FUNCTION ledger_take(posted bigint, wallet bigint, wanted bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    lot record;
    missing bigint := wanted;
    taken bigint;
    paid bigint := 0;
BEGIN
    FOR lot IN
        SELECT l.id, l.remaining, l.kind FROM credits_creditlot l
        WHERE l.wallet_id = wallet AND l.remaining > 0
        ORDER BY l.kind = 'paid', l.expires_at NULLS LAST, l.id
    LOOP
        taken := least(lot.remaining, missing);
        PERFORM ledger_move(posted, lot.id, -taken);
        missing := missing - taken;
        IF lot.kind = 'paid' THEN
            paid := paid + taken;
        END IF;
        EXIT WHEN missing = 0;
    END LOOP;
    RETURN paid;
END $$;

CREATE FUNCTION ledger_draw(wallet bigint, amount bigint, reason text, reference text, key text)
RETURNS ledger_spent
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('spend', wallet::text, amount::text, reason, reference);
    earlier ledger_answer;
    held bigint;
    owed bigint;
    frozen boolean;
    house bigint;
    first_lot bigint;
    in_first bigint;
    first_is_paid boolean;
    first_expires timestamptz;
    posted bigint;
    paid bigint;
BEGIN
    IF amount IS NULL OR amount < 1 THEN
        RETURN ('invalid_amount', NULL, NULL, NULL, NULL)::ledger_spent;
    END IF;
    PERFORM FROM credits_ledgeraccount a WHERE a.id = wallet AND a.kind = 'wallet' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN ('no_such_wallet', NULL, NULL, NULL, NULL)::ledger_spent;
    END IF;
    -- Apart from the lock: what was asked before it was held would be as of before the wait. Lots that have
    -- expired come first in the order of spending, so the first lot tells whether there are any.
    SELECT a.balance,
        coalesce((SELECT -d.balance FROM credits_ledgeraccount d WHERE d.wallet_id = wallet), 0),
        EXISTS (SELECT FROM credits_accountfreeze f WHERE f.wallet_id = wallet AND f.lifted_at IS NULL),
        (SELECT h.id FROM credits_ledgeraccount h WHERE h.kind = 'spent'),
        lot.id, lot.remaining, lot.kind = 'paid', lot.expires_at
        INTO held, owed, frozen, house, first_lot, in_first, first_is_paid, first_expires
        FROM credits_ledgeraccount a LEFT JOIN LATERAL (
            SELECT l.id, l.remaining, l.kind, l.expires_at FROM credits_creditlot l
            WHERE l.wallet_id = wallet AND l.remaining > 0
            ORDER BY l.kind = 'paid', l.expires_at NULLS LAST, l.id LIMIT 1
        ) AS lot ON true
        WHERE a.id = wallet;
    IF frozen OR owed > 0 OR held < amount OR first_expires <= clock_timestamp() THEN
        -- What was posted before is told again, whatever has come of the wallet since.
        earlier := ledger_earlier(key, hash, wallet);
        IF earlier.outcome IS NOT NULL THEN
            RETURN (earlier.outcome, earlier.transaction_id, earlier.balance, NULL, NULL)::ledger_spent;
        END IF;
        PERFORM ledger_expire_locked(wallet, clock_timestamp());
        SELECT a.balance INTO held FROM credits_ledgeraccount a WHERE a.id = wallet;
        IF frozen THEN
            RETURN ('frozen', NULL, held, amount, NULL)::ledger_spent;
        ELSIF owed > 0 THEN
            RETURN ('in_debt', NULL, held, owed, NULL)::ledger_spent;
        ELSIF held < amount THEN
            RETURN ('insufficient', NULL, held, amount, NULL)::ledger_spent;
        END IF;
        in_first := 0;
    END IF;
    INSERT INTO credits_ledgertransaction
        (kind, reason, reference, idempotency_key, request_hash, created_at)
        VALUES ('spend', reason, reference, key, hash, transaction_timestamp())
        ON CONFLICT (idempotency_key) DO NOTHING RETURNING id INTO posted;
    IF posted IS NULL THEN  -- posted before, or by a twin with another wallet that has just committed
        earlier := ledger_earlier(key, hash, wallet);
        RETURN (earlier.outcome, earlier.transaction_id, earlier.balance, NULL, NULL)::ledger_spent;
    END IF;
    IF in_first >= amount THEN
        INSERT INTO credits_lotmovement (transaction_id, lot_id, amount) VALUES (posted, first_lot, -amount);
        paid := CASE WHEN first_is_paid THEN amount ELSE 0 END;
    ELSE
        paid := ledger_take(posted, wallet, amount);
    END IF;
    INSERT INTO credits_ledgerentry (transaction_id, account_id, amount, balance_after)
        VALUES (posted, wallet, -amount, held - amount), (posted, house, amount, NULL);
    RETURN ('posted', posted, held - amount, NULL, paid)::ledger_spent;
END $$;

CREATE OR REPLACE FUNCTION ledger_spend(
    wallet bigint, amount bigint, reason text, reference text, key text
) RETURNS ledger_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    spent ledger_spent := ledger_draw(wallet, amount, reason, reference, key);
BEGIN
    RETURN (spent.outcome, spent.transaction_id, spent.balance, spent.needed)::ledger_answer;
END $$;
