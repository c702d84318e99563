-- Debts, refunds in part, moves between wallets, freezes; and every posting written anew with them in mind.
-- Loaded by migration 0006 and never edited after; a change is a new file and a new migration.
--
-- A lot stands for credits that came in. A movement says what a transaction did to a lot: `amount` to what
-- remains of it, `owed` to the debt of whoever holds its wallet now. amount + owed is what the transaction
-- meant for the lot, and what its reversal means with the other sign, whatever is left to take.

-- Who stands behind a wallet, and where credits came from -----------------------------------------

-- A merged wallet's credits and debts are those of the wallet it was merged into, at last.
CREATE FUNCTION ledger_holder(wallet bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    holder bigint := wallet;
    next bigint;
BEGIN
    LOOP
        SELECT a.merged_into_id INTO next FROM credits_ledgeraccount a WHERE a.id = holder;
        EXIT WHEN next IS NULL;
        holder := next;
    END LOOP;
    RETURN holder;
END $$;

CREATE FUNCTION ledger_first_lot(lot bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    first bigint := lot;
    parent bigint;
BEGIN
    LOOP
        SELECT l.parent_id INTO parent FROM credits_creditlot l WHERE l.id = first;
        EXIT WHEN parent IS NULL;
        first := parent;
    END LOOP;
    RETURN first;
END $$;

-- The lot itself and every lot that its credits moved on to.
CREATE FUNCTION ledger_lots_from(lot bigint) RETURNS SETOF credits_creditlot
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
        WITH RECURSIVE reached AS (
            SELECT l.* FROM credits_creditlot l WHERE l.id = lot
            UNION ALL
            SELECT l.* FROM reached r JOIN credits_creditlot l ON l.parent_id = r.id
        )
        SELECT * FROM reached;
END $$;

-- What is written stays written -------------------------------------------------------------------

DROP TRIGGER account_keeps_its_kind ON credits_ledgeraccount;
CREATE TRIGGER account_keeps_its_kind BEFORE UPDATE ON credits_ledgeraccount
    FOR EACH ROW WHEN (
        (OLD.id, OLD.kind, OLD.wallet_id) IS DISTINCT FROM (NEW.id, NEW.kind, NEW.wallet_id)
        OR OLD.merged_into_id IS NOT NULL AND OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id
    ) EXECUTE FUNCTION ledger_refuse_change();

DROP TRIGGER lot_keeps_its_terms ON credits_creditlot;
CREATE TRIGGER lot_keeps_its_terms BEFORE UPDATE ON credits_creditlot
    FOR EACH ROW WHEN (
        (OLD.id, OLD.wallet_id, OLD.transaction_id, OLD.parent_id, OLD.kind, OLD.granted, OLD.expires_at)
        IS DISTINCT FROM
        (NEW.id, NEW.wallet_id, NEW.transaction_id, NEW.parent_id, NEW.kind, NEW.granted, NEW.expires_at)
    ) EXECUTE FUNCTION ledger_refuse_change();

-- Entries move balances: a wallet's and a debt's --------------------------------------------------

CREATE OR REPLACE FUNCTION ledger_entry_moves_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    UPDATE credits_ledgeraccount a SET balance = NEW.amount + coalesce((
            SELECT e.balance_after FROM credits_ledgerentry e
            WHERE e.account_id BETWEEN NEW.account_id AND NEW.account_id
            ORDER BY e.account_id, e.id DESC LIMIT 1
        ), 0)
        WHERE a.id = NEW.account_id AND a.balance IS NOT NULL RETURNING a.balance INTO NEW.balance_after;
    IF NOT FOUND THEN
        PERFORM FROM credits_ledgeraccount WHERE id = NEW.account_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no account %', NEW.account_id USING ERRCODE = 'foreign_key_violation';
        END IF;
        NEW.balance_after := NULL;
    END IF;
    RETURN NEW;
END $$;

-- At commit ---------------------------------------------------------------------------------------

-- A reversal is the opposite of its original for the house and for every lot that credits came in by.
CREATE FUNCTION ledger_check_undone(reversal bigint, original bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM credits_ledgerentry e JOIN credits_ledgeraccount a ON a.id = e.account_id
        WHERE e.transaction_id IN (reversal, original) AND a.kind NOT IN ('wallet', 'debt')
        GROUP BY e.account_id HAVING sum(e.amount) <> 0
    ) OR EXISTS (
        SELECT FROM credits_lotmovement m WHERE m.transaction_id IN (reversal, original)
        GROUP BY ledger_first_lot(m.lot_id) HAVING sum(m.amount + m.owed) <> 0
    ) THEN
        RAISE EXCEPTION 'transaction % does not undo transaction %', reversal, original
            USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- With all that was taken back of a grant, the house has not got back more than it gave.
CREATE FUNCTION ledger_check_refunded(original bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    kept numeric;
BEGIN
    SELECT -sum(e.amount) INTO kept
        FROM credits_ledgerentry e JOIN credits_ledgeraccount a ON a.id = e.account_id
        WHERE a.kind IN ('promotional_issue', 'paid_issue') AND e.transaction_id IN (
            SELECT original
            UNION ALL SELECT t.id FROM credits_ledgertransaction t
                WHERE t.refunds_id = original OR t.reverses_id = original
            UNION ALL SELECT u.id FROM credits_ledgertransaction t
                JOIN credits_ledgertransaction u ON u.reverses_id = t.id WHERE t.refunds_id = original
        );
    IF coalesce(kept, -1) < 0 THEN
        RAISE EXCEPTION 'more was taken back of transaction % than it granted', original
            USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- What movements leave owing is what the debt of whoever holds the lot's wallet moves by.
CREATE FUNCTION ledger_check_owed(posted bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT ledger_holder(l.wallet_id) AS holder, m.owed AS amount
            FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = posted AND m.owed <> 0
            UNION ALL
            SELECT ledger_holder(a.wallet_id), -e.amount
            FROM credits_ledgerentry e JOIN credits_ledgeraccount a ON a.id = e.account_id
            WHERE e.transaction_id = posted AND a.kind = 'debt'
        ) AS legs GROUP BY holder HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'transaction % leaves something else owing than its lots say', posted
            USING ERRCODE = 'check_violation';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION ledger_transaction_balances() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM ledger_check_balanced(NEW.id);
    IF NEW.kind NOT IN ('grant', 'spend', 'expiry') THEN
        PERFORM ledger_check_owed(NEW.id);
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        PERFORM ledger_check_undone(NEW.id, NEW.reverses_id);
    ELSIF NEW.refunds_id IS NOT NULL THEN
        PERFORM ledger_check_refunded(NEW.refunds_id);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_entry_balances() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    moved numeric;
BEGIN
    PERFORM ledger_check_balanced(NEW.transaction_id);
    PERFORM FROM credits_ledgeraccount WHERE id = NEW.account_id AND kind = 'wallet';
    IF FOUND THEN
        SELECT coalesce(sum(m.amount), 0) INTO moved
            FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = NEW.transaction_id AND l.wallet_id = NEW.account_id;
        IF moved <> NEW.amount THEN
            RAISE EXCEPTION 'entry % moves % credits, its lots %', NEW.id, NEW.amount, moved
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.balance_after IS NOT NULL THEN
        PERFORM ledger_check_owed(NEW.transaction_id);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_movement_is_entered() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM ledger_check_owed(NEW.transaction_id);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER owed_is_entered AFTER INSERT ON credits_lotmovement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.owed <> 0)
    EXECUTE FUNCTION ledger_movement_is_entered();

CREATE OR REPLACE FUNCTION ledger_check_wallet(wallet bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    stored record;
    posted bigint;
    in_lots numeric;
BEGIN
    SELECT balance, merged_into_id INTO stored FROM credits_ledgeraccount WHERE id = wallet;
    SELECT balance_after INTO posted FROM credits_ledgerentry
        WHERE account_id BETWEEN wallet AND wallet ORDER BY account_id, id DESC LIMIT 1;
    SELECT coalesce(sum(remaining), 0) INTO in_lots FROM credits_creditlot
        WHERE wallet_id = wallet AND remaining > 0;
    IF stored.balance IS DISTINCT FROM coalesce(posted, 0) OR stored.balance IS DISTINCT FROM in_lots THEN
        RAISE EXCEPTION 'wallet % stores %, its entries say %, its lots %',
            wallet, stored.balance, coalesce(posted, 0), in_lots USING ERRCODE = 'check_violation';
    ELSIF stored.merged_into_id IS NOT NULL AND stored.balance <> 0 THEN
        RAISE EXCEPTION 'wallet % was merged into % and still holds %',
            wallet, stored.merged_into_id, stored.balance USING ERRCODE = 'check_violation';
    END IF;
END $$;

CREATE FUNCTION ledger_debt_agrees() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    stored bigint;
    posted bigint;
BEGIN
    SELECT balance INTO stored FROM credits_ledgeraccount WHERE id = NEW.id;
    SELECT balance_after INTO posted FROM credits_ledgerentry
        WHERE account_id BETWEEN NEW.id AND NEW.id ORDER BY account_id, id DESC LIMIT 1;
    IF stored IS DISTINCT FROM coalesce(posted, 0) THEN
        RAISE EXCEPTION 'debt % stores %, its entries say %', NEW.id, stored, coalesce(posted, 0)
            USING ERRCODE = 'check_violation';
    ELSIF stored <> 0 AND ledger_holder(NEW.wallet_id) <> NEW.wallet_id THEN
        RAISE EXCEPTION 'debt % is that of a merged wallet and still stores %', NEW.id, stored
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER debt_agrees AFTER INSERT OR UPDATE ON credits_ledgeraccount
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'debt')
    EXECUTE FUNCTION ledger_debt_agrees();

-- A lot from another lot is filled by what left that one, and keeps its kind and its expiry.
CREATE FUNCTION ledger_lot_follows_its_parent() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM FROM credits_creditlot p JOIN credits_lotmovement m ON m.lot_id = p.id
        WHERE p.id = NEW.parent_id AND m.transaction_id = NEW.transaction_id AND m.amount = -NEW.granted
            AND p.kind = NEW.kind AND p.expires_at IS NOT DISTINCT FROM NEW.expires_at
            AND p.wallet_id <> NEW.wallet_id
            AND 1 = (SELECT count(*) FROM credits_creditlot twin
                WHERE twin.parent_id = NEW.parent_id AND twin.transaction_id = NEW.transaction_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'lot % does not hold what left lot %', NEW.id, NEW.parent_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER lot_follows_its_parent AFTER INSERT ON credits_creditlot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION ledger_lot_follows_its_parent();

-- What the postings share -------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION ledger_balance(wallet bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT balance FROM credits_ledgeraccount WHERE id = ledger_holder(wallet));
END $$;

CREATE FUNCTION ledger_owed(wallet bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN coalesce((SELECT -d.balance FROM credits_ledgeraccount d WHERE d.wallet_id = wallet), 0);
END $$;

CREATE FUNCTION ledger_frozen(wallet bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM credits_accountfreeze f WHERE f.wallet_id = wallet AND f.lifted_at IS NULL
    );
END $$;

CREATE FUNCTION ledger_open_wallet() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    opened bigint;
BEGIN
    INSERT INTO credits_ledgeraccount (kind, balance, created_at) VALUES ('wallet', 0, now())
        RETURNING id INTO opened;
    RETURN opened;
END $$;

-- Its wallet is locked, so no twin can open it in the same moment.
CREATE FUNCTION ledger_debt_of(wallet bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    debt bigint;
BEGIN
    SELECT d.id INTO debt FROM credits_ledgeraccount d WHERE d.wallet_id = wallet;
    IF NOT FOUND THEN
        INSERT INTO credits_ledgeraccount (kind, balance, wallet_id, created_at)
            VALUES ('debt', 0, wallet, now()) RETURNING id INTO debt;
    END IF;
    RETURN debt;
END $$;

-- In the order of their ids, and with the wallets they were merged into, since these receive what comes in.
-- Whoever is merged while we wait is followed when we hold the lock.
CREATE OR REPLACE FUNCTION ledger_lock(wallets bigint[]) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    reached bigint[] := wallets;
    known bigint[];
    any_found boolean;
BEGIN
    LOOP
        SELECT array_agg(DISTINCT w) INTO reached FROM (
            SELECT unnest(reached) UNION ALL SELECT ledger_holder(a.id)
            FROM credits_ledgeraccount a WHERE a.id = ANY (reached) AND a.kind = 'wallet'
        ) AS all_of_them (w);
        EXIT WHEN known @> reached;
        PERFORM FROM credits_ledgeraccount a
            WHERE a.id = ANY (reached) AND a.kind = 'wallet' ORDER BY a.id FOR NO KEY UPDATE;
        any_found := FOUND;
        known := reached;
    END LOOP;
    RETURN coalesce(any_found, false);
END $$;

-- Before a grant is undone: every wallet that its credits have reached.
CREATE FUNCTION ledger_lock_reached(original bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    known bigint[] := '{}';
    reached bigint[];
BEGIN
    LOOP
        SELECT array_agg(DISTINCT l.wallet_id) INTO reached
            FROM credits_lotmovement m, ledger_lots_from(m.lot_id) l WHERE m.transaction_id = original;
        EXIT WHEN reached IS NULL OR known @> reached;
        PERFORM ledger_lock(reached);
        known := reached;
    END LOOP;
END $$;

DROP FUNCTION ledger_open(text, text, text, text, text, bigint);

-- NULL if the key is taken. A twin in flight is waited for.
CREATE FUNCTION ledger_open(
    kind text, reason text, reference text, key text, hash text,
    reverses bigint DEFAULT NULL, refunds bigint DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    posted bigint;
BEGIN
    INSERT INTO credits_ledgertransaction
        (kind, reason, reference, idempotency_key, request_hash, reverses_id, refunds_id, created_at)
        VALUES (kind, reason, reference, key, hash, reverses, refunds, transaction_timestamp())
        ON CONFLICT (idempotency_key) DO NOTHING RETURNING id INTO posted;
    RETURN posted;
END $$;

-- The readers' side of a posting follows from its movements: wallets by amount, debts by what is owed.
CREATE FUNCTION ledger_enter_movements(posted bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO credits_ledgerentry (transaction_id, account_id, amount)
        SELECT posted, account, sum(amount) FROM (
            SELECT l.wallet_id, m.amount
            FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = posted
            UNION ALL
            SELECT ledger_debt_of(ledger_holder(l.wallet_id)), m.owed
            FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = posted AND m.owed <> 0
        ) AS legs (account, amount) GROUP BY account HAVING sum(amount) <> 0 ORDER BY account;
END $$;

-- Move what is wanted out of one wallet's lots into lots of another's, in the order of spending.
CREATE FUNCTION ledger_move_lots(posted bigint, source bigint, target bigint, wanted bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    lot record;
    arrived bigint;
    missing bigint := wanted;
    taken bigint;
BEGIN
    FOR lot IN
        SELECT l.* FROM credits_creditlot l WHERE l.wallet_id = source AND l.remaining > 0
        ORDER BY l.kind = 'paid', l.expires_at NULLS LAST, l.id
    LOOP
        EXIT WHEN missing = 0;
        taken := least(lot.remaining, missing);
        PERFORM ledger_move(posted, lot.id, -taken);
        INSERT INTO credits_creditlot
            (wallet_id, transaction_id, parent_id, kind, granted, remaining, expires_at)
            VALUES (target, posted, lot.id, lot.kind, taken, 0, lot.expires_at) RETURNING id INTO arrived;
        PERFORM ledger_move(posted, arrived, taken);
        missing := missing - taken;
    END LOOP;
END $$;

-- Take an amount of the credits that came in by a lot from wherever they are; what is gone is owed.
CREATE FUNCTION ledger_take_back(posted bigint, lot bigint, amount bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    left_to_take bigint := amount;
    found record;
    from_first bigint := 0;
    taken bigint;
BEGIN
    FOR found IN SELECT l.id, l.remaining FROM ledger_lots_from(lot) l WHERE l.remaining > 0 ORDER BY l.id
    LOOP
        EXIT WHEN left_to_take = 0;
        taken := least(found.remaining, left_to_take);
        IF found.id = lot THEN
            from_first := taken;
        ELSE
            PERFORM ledger_move(posted, found.id, -taken);
        END IF;
        left_to_take := left_to_take - taken;
    END LOOP;
    IF from_first > 0 OR left_to_take > 0 THEN
        INSERT INTO credits_lotmovement (transaction_id, lot_id, amount, owed)
            VALUES (posted, lot, -from_first, -left_to_take);
    END IF;
END $$;

-- After credits came in: what is due expires, a debt is paid, and a merged wallet passes them on --

CREATE FUNCTION ledger_repay(wallet bigint, came_in_by bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    due bigint := ledger_owed(wallet);
    lot record;
    posted bigint;
    taken bigint;
BEGIN
    FOR lot IN
        SELECT l.id, least(l.remaining, m.amount) AS available
        FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
        WHERE m.transaction_id = came_in_by AND l.wallet_id = wallet AND m.amount > 0 AND l.remaining > 0
        ORDER BY l.kind = 'paid', l.expires_at NULLS LAST, l.id
    LOOP
        EXIT WHEN due = 0;
        posted := coalesce(posted, ledger_open(
            'repayment', 'Paid credits that were owed', '', format('repayment:%s:%s', came_in_by, wallet),
            ledger_hash('repayment', came_in_by::text, wallet::text)
        ));
        taken := least(lot.available, due);
        INSERT INTO credits_lotmovement (transaction_id, lot_id, amount, owed)
            VALUES (posted, lot.id, -taken, taken);
        due := due - taken;
    END LOOP;
    IF posted IS NOT NULL THEN
        PERFORM ledger_enter_movements(posted);
    END IF;
END $$;

CREATE FUNCTION ledger_settle(wallet bigint, came_in_by bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    holder bigint := ledger_holder(wallet);
    held bigint;
    posted bigint;
BEGIN
    PERFORM ledger_expire_locked(wallet, clock_timestamp());
    IF holder = wallet THEN
        PERFORM ledger_repay(wallet, came_in_by);
        RETURN;
    END IF;
    SELECT balance INTO held FROM credits_ledgeraccount WHERE id = wallet;
    IF held > 0 THEN
        posted := ledger_open(
            'merge', 'Credits of a merged account', '', format('forward:%s:%s', came_in_by, wallet),
            ledger_hash('forward', came_in_by::text, wallet::text)
        );
        PERFORM ledger_move_lots(posted, wallet, holder, held);
        PERFORM ledger_enter_movements(posted);
        PERFORM ledger_settle(holder, posted);
    END IF;
END $$;

-- Whoever owns the ledger may look ahead; the application expires what is due and no more.
CREATE OR REPLACE FUNCTION ledger_expire(wallet bigint, as_of timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    IF NOT pg_has_role(session_user, current_user, 'MEMBER') THEN
        as_of := least(as_of, clock_timestamp());
    END IF;
    PERFORM ledger_lock(ARRAY[wallet]);
    RETURN ledger_expire_locked(wallet, as_of);
END $$;

-- Grant -------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION ledger_grant(
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
    IF amount IS NULL OR amount < 1 THEN
        RETURN ('invalid_amount', NULL, NULL, NULL)::ledger_answer;
    END IF;
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
    PERFORM ledger_settle(wallet, posted);
    RETURN ledger_answer('posted', posted, wallet);
END $$;

-- Spend: promotional credits first, then the earliest expiry, then the oldest lot -----------------

CREATE OR REPLACE FUNCTION ledger_spend(
    wallet bigint, amount bigint, reason text, reference text, key text
) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('spend', wallet::text, amount::text, reason, reference);
    answer ledger_answer;
    held bigint;
    due bigint;
    posted bigint;
    lot record;
    missing bigint := amount;
    taken bigint;
BEGIN
    IF amount IS NULL OR amount < 1 THEN
        RETURN ('invalid_amount', NULL, NULL, NULL)::ledger_answer;
    END IF;
    PERFORM FROM credits_ledgeraccount a WHERE a.id = wallet AND a.kind = 'wallet' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN ('no_such_wallet', NULL, NULL, NULL)::ledger_answer;
    END IF;
    answer := ledger_earlier(key, hash, wallet);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    PERFORM ledger_expire_locked(wallet, clock_timestamp());
    SELECT balance INTO held FROM credits_ledgeraccount a WHERE a.id = wallet;
    due := ledger_owed(wallet);
    IF ledger_frozen(wallet) THEN
        RETURN ('frozen', NULL, held, amount)::ledger_answer;
    ELSIF due > 0 THEN
        RETURN ('in_debt', NULL, held, due)::ledger_answer;
    ELSIF held < amount THEN
        RETURN ('insufficient', NULL, held, amount)::ledger_answer;
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
        taken := least(lot.remaining, missing);
        PERFORM ledger_move(posted, lot.id, -taken);
        missing := missing - taken;
        EXIT WHEN missing = 0;
    END LOOP;
    PERFORM ledger_enter(posted, wallet, ledger_house('spent'), -amount);
    RETURN ('posted', posted, held - amount, NULL)::ledger_answer;
END $$;

-- Reversal and refund -----------------------------------------------------------------------------

-- What had gone out comes back into the lots that paid, though they may by now be a merged wallet's.
CREATE FUNCTION ledger_give_back(posted bigint, original bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO credits_lotmovement (transaction_id, lot_id, amount)
        SELECT posted, m.lot_id, -(m.amount + m.owed) FROM credits_lotmovement m
        WHERE m.transaction_id = original ORDER BY m.lot_id;
END $$;

CREATE FUNCTION ledger_settle_all(posted bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    wallet bigint;
BEGIN
    FOR wallet IN
        SELECT DISTINCT l.wallet_id FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
        WHERE m.transaction_id = posted AND m.amount > 0 ORDER BY 1
    LOOP
        PERFORM ledger_settle(wallet, posted);
    END LOOP;
END $$;

-- The wallet that a grant went to, a spend was paid from, or a refunded grant had gone to.
CREATE FUNCTION ledger_home(original bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT l.wallet_id FROM credits_ledgertransaction t
        JOIN credits_lotmovement m ON m.transaction_id = coalesce(t.refunds_id, t.id)
        JOIN credits_creditlot l ON l.id = m.lot_id WHERE t.id = original ORDER BY m.id LIMIT 1
    );
END $$;

CREATE OR REPLACE FUNCTION ledger_reverse(original bigint, reason text, key text) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('reversal', original::text, reason);
    home bigint := ledger_home(original);
    answer ledger_answer;
    undone credits_ledgertransaction;
    lot credits_creditlot;
    posted bigint;
BEGIN
    SELECT * INTO undone FROM credits_ledgertransaction t WHERE t.id = original;
    IF NOT FOUND THEN
        RETURN ('no_such_transaction', NULL, NULL, NULL)::ledger_answer;
    END IF;
    PERFORM ledger_lock_reached(original);
    answer := ledger_earlier(key, hash, home);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    ELSIF undone.kind NOT IN ('grant', 'spend', 'refund') THEN
        RETURN ('not_reversible', original, NULL, NULL)::ledger_answer;
    ELSIF EXISTS (SELECT FROM credits_ledgertransaction t WHERE t.reverses_id = original) THEN
        RETURN ('already_reversed', original, NULL, NULL)::ledger_answer;
    ELSIF ledger_refunded(original) > 0 THEN
        RETURN ('already_refunded', original, ledger_refunded(original), NULL)::ledger_answer;
    END IF;
    posted := ledger_open('reversal', reason, undone.reference, key, hash, original);
    IF posted IS NULL THEN  -- a twin with another wallet was in flight and has just committed
        RETURN ledger_earlier(key, hash, home);
    END IF;
    IF undone.kind = 'grant' THEN
        SELECT * INTO lot FROM credits_creditlot l WHERE l.transaction_id = original;
        PERFORM ledger_take_back(posted, lot.id, lot.granted);
    ELSE
        PERFORM ledger_give_back(posted, original);
    END IF;
    PERFORM ledger_enter_movements(posted);
    INSERT INTO credits_ledgerentry (transaction_id, account_id, amount)
        SELECT posted, e.account_id, -e.amount FROM credits_ledgerentry e
        WHERE e.transaction_id = original AND e.balance_after IS NULL ORDER BY e.account_id;
    PERFORM ledger_settle_all(posted);
    RETURN ledger_answer('posted', posted, home);
END $$;

-- What has been taken back of a grant by refunds that stand.
CREATE FUNCTION ledger_refunded(original bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(e.amount), 0) FROM credits_ledgertransaction t
        JOIN credits_ledgerentry e ON e.transaction_id = t.id AND e.balance_after IS NULL
        WHERE t.refunds_id = original
            AND NOT EXISTS (SELECT FROM credits_ledgertransaction u WHERE u.reverses_id = t.id)
    );
END $$;

CREATE FUNCTION ledger_refund(original bigint, amount bigint, reason text, key text) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('refund', original::text, amount::text, reason);
    answer ledger_answer;
    grant_row credits_ledgertransaction;
    lot credits_creditlot;
    refundable bigint;
    posted bigint;
BEGIN
    IF amount IS NULL OR amount < 1 THEN
        RETURN ('invalid_amount', NULL, NULL, NULL)::ledger_answer;
    END IF;
    SELECT * INTO grant_row FROM credits_ledgertransaction t WHERE t.id = original;
    IF NOT FOUND THEN
        RETURN ('no_such_transaction', NULL, NULL, NULL)::ledger_answer;
    END IF;
    PERFORM ledger_lock_reached(original);
    SELECT * INTO lot FROM credits_creditlot l WHERE l.transaction_id = original ORDER BY l.id LIMIT 1;
    answer := ledger_earlier(key, hash, lot.wallet_id);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    ELSIF grant_row.kind <> 'grant' THEN
        RETURN ('not_a_grant', original, NULL, NULL)::ledger_answer;
    ELSIF EXISTS (SELECT FROM credits_ledgertransaction t WHERE t.reverses_id = original) THEN
        RETURN ('already_reversed', original, NULL, NULL)::ledger_answer;
    END IF;
    refundable := lot.granted - ledger_refunded(original);
    IF amount > refundable THEN
        RETURN ('over_refunded', original, refundable, amount)::ledger_answer;
    END IF;
    posted := ledger_open('refund', reason, grant_row.reference, key, hash, NULL, original);
    IF posted IS NULL THEN  -- a twin with another grant was in flight and has just committed
        RETURN ledger_earlier(key, hash, lot.wallet_id);
    END IF;
    PERFORM ledger_take_back(posted, lot.id, amount);
    PERFORM ledger_enter_movements(posted);
    INSERT INTO credits_ledgerentry (transaction_id, account_id, amount)
        VALUES (posted, ledger_house(lot.kind || '_issue'), amount);
    RETURN ledger_answer('posted', posted, lot.wallet_id);
END $$;

-- From wallet to wallet ---------------------------------------------------------------------------

CREATE FUNCTION ledger_transfer(
    source bigint, target bigint, amount bigint, reason text, reference text, key text
) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('transfer', source::text, target::text, amount::text, reason, reference);
    answer ledger_answer;
    receiver bigint;
    held bigint;
    posted bigint;
BEGIN
    IF amount IS NULL OR amount < 1 THEN
        RETURN ('invalid_amount', NULL, NULL, NULL)::ledger_answer;
    END IF;
    PERFORM ledger_lock(ARRAY[source, target]);
    IF 2 <> (SELECT count(*) FROM credits_ledgeraccount a
            WHERE a.id IN (source, target) AND a.kind = 'wallet') AND source <> target THEN
        RETURN ('no_such_wallet', NULL, NULL, NULL)::ledger_answer;
    END IF;
    answer := ledger_earlier(key, hash, source);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    receiver := ledger_holder(target);
    PERFORM ledger_expire_locked(source, clock_timestamp());
    SELECT balance INTO held FROM credits_ledgeraccount a WHERE a.id = source;
    IF receiver = ledger_holder(source) THEN
        RETURN ('same_wallet', NULL, NULL, NULL)::ledger_answer;
    ELSIF ledger_frozen(source) THEN
        RETURN ('frozen', NULL, held, amount)::ledger_answer;
    ELSIF ledger_owed(source) > 0 THEN
        RETURN ('in_debt', NULL, held, ledger_owed(source))::ledger_answer;
    ELSIF held < amount THEN
        RETURN ('insufficient', NULL, held, amount)::ledger_answer;
    END IF;
    posted := ledger_open('transfer', reason, reference, key, hash);
    IF posted IS NULL THEN  -- a twin with other wallets was in flight and has just committed
        RETURN ledger_earlier(key, hash, source);
    END IF;
    PERFORM ledger_move_lots(posted, source, receiver, amount);
    PERFORM ledger_enter_movements(posted);
    PERFORM ledger_settle(receiver, posted);
    RETURN ledger_answer('posted', posted, source);
END $$;

-- All that a wallet holds and owes goes to another, for good. Posts nothing where there is nothing.
CREATE FUNCTION ledger_merge(source bigint, target bigint, reason text, key text) RETURNS ledger_answer
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    hash text := ledger_hash('merge', source::text, target::text, reason);
    answer ledger_answer;
    receiver bigint;
    merged_into bigint;
    held bigint;
    due bigint;
    posted bigint;
BEGIN
    PERFORM ledger_lock(ARRAY[source, target]);
    IF source = target THEN
        RETURN ('same_wallet', NULL, NULL, NULL)::ledger_answer;
    ELSIF 2 <> (SELECT count(*) FROM credits_ledgeraccount a
            WHERE a.id IN (source, target) AND a.kind = 'wallet') THEN
        RETURN ('no_such_wallet', NULL, NULL, NULL)::ledger_answer;
    END IF;
    answer := ledger_earlier(key, hash, target);
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;
    receiver := ledger_holder(target);
    SELECT a.merged_into_id INTO merged_into FROM credits_ledgeraccount a WHERE a.id = source;
    IF merged_into IS NOT NULL THEN
        RETURN ('already_merged', NULL, NULL, NULL)::ledger_answer;
    ELSIF receiver = source THEN
        RETURN ('same_wallet', NULL, NULL, NULL)::ledger_answer;
    ELSIF ledger_frozen(source) OR ledger_frozen(receiver) THEN
        RETURN ('frozen', NULL, ledger_balance(receiver), 0)::ledger_answer;
    END IF;
    PERFORM ledger_expire_locked(source, clock_timestamp());
    SELECT balance INTO held FROM credits_ledgeraccount a WHERE a.id = source;
    due := ledger_owed(source);
    IF held + due > 0 THEN
        posted := ledger_open('merge', reason, '', key, hash);
        IF posted IS NULL THEN  -- a twin with other wallets was in flight and has just committed
            RETURN ledger_earlier(key, hash, target);
        END IF;
        PERFORM ledger_move_lots(posted, source, receiver, held);
        PERFORM ledger_enter_movements(posted);
        IF due > 0 THEN
            INSERT INTO credits_ledgerentry (transaction_id, account_id, amount) VALUES
                (posted, ledger_debt_of(source), due), (posted, ledger_debt_of(receiver), -due);
        END IF;
    END IF;
    UPDATE credits_ledgeraccount a SET merged_into_id = receiver WHERE a.id = source;
    IF posted IS NOT NULL THEN
        PERFORM ledger_settle(receiver, posted);
    END IF;
    RETURN ledger_answer('posted', posted, receiver);
END $$;

-- Whoever calls, the ledger's own functions write -------------------------------------------------
-- Callable are only the doors; what they share is for them alone. Deferred checks read with the owner's
-- eyes, since they run when the caller commits.

DO $$
DECLARE
    one record;
    doors CONSTANT text[] := ARRAY['ledger_open_wallet', 'ledger_lock', 'ledger_grant', 'ledger_spend',
        'ledger_reverse', 'ledger_refund', 'ledger_transfer', 'ledger_merge', 'ledger_expire'];
BEGIN
    FOR one IN
        SELECT p.oid::regprocedure AS signature, p.proname, p.prorettype = 'trigger'::regtype AS fires
        FROM pg_proc p WHERE p.proname LIKE 'ledger\_%' AND p.pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one.signature);
        IF one.fires OR one.proname = ANY (doors) THEN
            EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', one.signature);
        END IF;
    END LOOP;
    FOR one IN
        SELECT c.oid::regclass AS relation, t.tgname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE p.proname LIKE 'ledger\_%' AND NOT t.tgisinternal AND t.tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', one.relation, one.tgname);
    END LOOP;
END $$;
