-- The ledger's promises, held by PostgreSQL whoever writes: see docs/ledger.md.
-- Loaded by migration 0003 and never edited after; a change is a new file and a new migration.
--
-- A connection keeps the plans it made, also those made while the tables were small, when reading a whole
-- table or walking back a primary key looks cheap. enable_seqscan = off, and BETWEEN one value and itself
-- where the latest row of an account or lot is wanted, leave only the plans that stay good.

-- What is written stays written -----------------------------------------------------------------

CREATE FUNCTION ledger_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Post a reversal instead.';
END $$;

CREATE TRIGGER transaction_is_append_only BEFORE UPDATE OR DELETE ON credits_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER transaction_is_not_truncated BEFORE TRUNCATE ON credits_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON credits_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER entry_is_not_truncated BEFORE TRUNCATE ON credits_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER movement_is_append_only BEFORE UPDATE OR DELETE ON credits_lotmovement
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER movement_is_not_truncated BEFORE TRUNCATE ON credits_lotmovement
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Of an account only the balance moves, of a lot only what remains.
CREATE TRIGGER account_keeps_its_kind BEFORE UPDATE ON credits_ledgeraccount
    FOR EACH ROW WHEN ((OLD.id, OLD.kind) IS DISTINCT FROM (NEW.id, NEW.kind))
    EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER account_is_not_deleted BEFORE DELETE ON credits_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER account_is_not_truncated BEFORE TRUNCATE ON credits_ledgeraccount
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER lot_keeps_its_terms BEFORE UPDATE ON credits_creditlot
    FOR EACH ROW WHEN (
        (OLD.id, OLD.wallet_id, OLD.transaction_id, OLD.kind, OLD.granted, OLD.expires_at)
        IS DISTINCT FROM (NEW.id, NEW.wallet_id, NEW.transaction_id, NEW.kind, NEW.granted, NEW.expires_at)
    ) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER lot_is_not_deleted BEFORE DELETE ON credits_creditlot
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER lot_is_not_truncated BEFORE TRUNCATE ON credits_creditlot
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- A posted transaction is closed ----------------------------------------------------------------
-- created_at is the start of the database transaction, so it also says which one did the posting.

CREATE FUNCTION ledger_refuse_closed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM FROM credits_ledgertransaction
        WHERE id = NEW.transaction_id AND created_at = transaction_timestamp();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'transaction % is closed, or was never opened', NEW.transaction_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER entry_joins_an_open_transaction BEFORE INSERT ON credits_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_closed();
CREATE TRIGGER lot_joins_an_open_transaction BEFORE INSERT ON credits_creditlot
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_closed();
CREATE TRIGGER movement_joins_an_open_transaction BEFORE INSERT ON credits_lotmovement
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_closed();

-- Entries move balances, movements move lots ----------------------------------------------------
-- Each row continues from the one before it, so the stored figures follow from the rows by induction
-- and no posting has to add up a wallet's whole history. They stand in for foreign keys too: what a row
-- points at must be there, and can never be deleted.

CREATE FUNCTION ledger_entry_moves_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    UPDATE credits_ledgeraccount a SET balance = NEW.amount + coalesce((
            SELECT e.balance_after FROM credits_ledgerentry e
            WHERE e.account_id BETWEEN NEW.account_id AND NEW.account_id
            ORDER BY e.account_id, e.id DESC LIMIT 1
        ), 0)
        WHERE a.id = NEW.account_id AND a.kind = 'wallet' RETURNING a.balance INTO NEW.balance_after;
    IF NOT FOUND THEN
        PERFORM FROM credits_ledgeraccount WHERE id = NEW.account_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no account %', NEW.account_id USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER entry_moves_the_balance BEFORE INSERT ON credits_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_moves_balance();

CREATE FUNCTION ledger_movement_moves_lot() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    UPDATE credits_creditlot l SET remaining = NEW.amount + coalesce((
            SELECT m.remaining_after FROM credits_lotmovement m
            WHERE m.lot_id BETWEEN NEW.lot_id AND NEW.lot_id ORDER BY m.lot_id, m.id DESC LIMIT 1
        ), 0)
        WHERE l.id = NEW.lot_id RETURNING l.remaining INTO NEW.remaining_after;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no lot %', NEW.lot_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER movement_moves_the_lot BEFORE INSERT ON credits_lotmovement
    FOR EACH ROW EXECUTE FUNCTION ledger_movement_moves_lot();

-- At commit: every transaction balances ---------------------------------------------------------
-- On both tables, because a transaction without entries never fires an entry's trigger.

CREATE FUNCTION ledger_check_balanced(posted bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    legs bigint;
    total numeric;
BEGIN
    SELECT count(*), coalesce(sum(amount), 0) INTO legs, total
        FROM credits_ledgerentry WHERE transaction_id = posted;
    IF legs < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'transaction % has % entries that sum to %, not two or more that sum to zero',
            posted, legs, total USING ERRCODE = 'check_violation';
    END IF;
END $$;

CREATE FUNCTION ledger_transaction_balances() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM ledger_check_balanced(NEW.id);
    IF NEW.reverses_id IS NOT NULL AND EXISTS (
        SELECT FROM credits_ledgerentry WHERE transaction_id IN (NEW.id, NEW.reverses_id)
        GROUP BY account_id HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'transaction % does not undo transaction %', NEW.id, NEW.reverses_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER transaction_balances AFTER INSERT ON credits_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_balances();

CREATE FUNCTION ledger_entry_balances() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    moved numeric;
BEGIN
    PERFORM ledger_check_balanced(NEW.transaction_id);
    IF NEW.balance_after IS NOT NULL THEN
        SELECT coalesce(sum(m.amount), 0) INTO moved
            FROM credits_lotmovement m JOIN credits_creditlot l ON l.id = m.lot_id
            WHERE m.transaction_id = NEW.transaction_id AND l.wallet_id = NEW.account_id;
        IF moved <> NEW.amount THEN
            RAISE EXCEPTION 'entry % moves % credits, its lots %', NEW.id, NEW.amount, moved
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON credits_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

-- At commit: balance, entries and lots of each wallet touched agree -----------------------------

CREATE FUNCTION ledger_check_wallet(wallet bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    stored bigint;
    posted bigint;
    in_lots numeric;
BEGIN
    SELECT balance INTO stored FROM credits_ledgeraccount WHERE id = wallet;
    SELECT balance_after INTO posted FROM credits_ledgerentry
        WHERE account_id BETWEEN wallet AND wallet ORDER BY account_id, id DESC LIMIT 1;
    SELECT coalesce(sum(remaining), 0) INTO in_lots FROM credits_creditlot
        WHERE wallet_id = wallet AND remaining > 0;
    IF stored IS DISTINCT FROM coalesce(posted, 0) OR stored IS DISTINCT FROM in_lots THEN
        RAISE EXCEPTION 'wallet % stores %, its entries say %, its lots %',
            wallet, stored, coalesce(posted, 0), in_lots USING ERRCODE = 'check_violation';
    END IF;
END $$;

CREATE FUNCTION ledger_wallet_agrees() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    PERFORM ledger_check_wallet(NEW.id);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER wallet_agrees AFTER INSERT OR UPDATE ON credits_ledgeraccount
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'wallet')
    EXECUTE FUNCTION ledger_wallet_agrees();

CREATE FUNCTION ledger_lot_agrees() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    stored bigint;
    moved bigint;
BEGIN
    PERFORM FROM credits_lotmovement
        WHERE lot_id = NEW.id AND transaction_id = NEW.transaction_id AND amount = NEW.granted;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'lot % was not filled by the transaction that granted it', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT remaining INTO stored FROM credits_creditlot WHERE id = NEW.id;
    SELECT remaining_after INTO moved FROM credits_lotmovement
        WHERE lot_id BETWEEN NEW.id AND NEW.id ORDER BY lot_id, id DESC LIMIT 1;
    IF stored <> moved THEN
        RAISE EXCEPTION 'lot % stores %, its movements say %', NEW.id, stored, moved
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM ledger_check_wallet(NEW.wallet_id);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER lot_agrees AFTER INSERT OR UPDATE ON credits_creditlot
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_lot_agrees();

-- All of them also hold for sessions that replicate or restore ----------------------------------

DO $$
DECLARE
    guard record;
BEGIN
    FOR guard IN
        SELECT c.relname, t.tgname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE p.proname LIKE 'ledger\_%' AND NOT t.tgisinternal
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', guard.relname, guard.tgname);
    END LOOP;
END $$;
