-- What a row of the ledger must be, in a form that PostgreSQL reads quicker: it takes every check and every
-- condition of a trigger apart anew in each statement that writes, which cost more than the writing. The names
-- and the meaning are those that the models declare.
-- Loaded by migration 0009 and never edited after; a change is a new file and a new migration.

CREATE FUNCTION ledger_account_kind_is_known(kind text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN kind IN ('wallet', 'debt', 'promotional_issue', 'paid_issue', 'spent', 'expired');
END $$;

CREATE FUNCTION ledger_account_stores(kind text, balance bigint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN CASE kind
        WHEN 'wallet' THEN balance IS NOT NULL AND balance >= 0
        WHEN 'debt' THEN balance IS NOT NULL AND balance <= 0
        ELSE balance IS NULL
    END;
END $$;

CREATE FUNCTION ledger_account_is_merged(id bigint, kind text, merged_into bigint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN merged_into IS NULL OR (kind = 'wallet' AND merged_into <> id);
END $$;

CREATE FUNCTION ledger_transaction_kind_is_known(kind text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN kind IN (
        'grant', 'spend', 'expiry', 'reversal', 'refund', 'repayment', 'transfer', 'merge'
    );
END $$;

CREATE FUNCTION ledger_lot_kind_is_known(kind text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN kind IN ('promotional', 'paid');
END $$;

-- True where a thing is exactly what names another.
CREATE FUNCTION ledger_names_another(kind text, wanted text, another bigint) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (kind = wanted) = (another IS NOT NULL);
END $$;

ALTER TABLE credits_ledgeraccount
    DROP CONSTRAINT account_kind_is_known,
    DROP CONSTRAINT wallets_hold_debts_owe_and_the_house_stores_nothing,
    DROP CONSTRAINT a_debt_belongs_to_a_wallet,
    DROP CONSTRAINT only_a_wallet_is_merged_and_into_another,
    ADD CONSTRAINT account_kind_is_known CHECK (ledger_account_kind_is_known(kind)),
    ADD CONSTRAINT wallets_hold_debts_owe_and_the_house_stores_nothing
        CHECK (ledger_account_stores(kind, balance)),
    ADD CONSTRAINT a_debt_belongs_to_a_wallet CHECK (ledger_names_another(kind, 'debt', wallet_id)),
    ADD CONSTRAINT only_a_wallet_is_merged_and_into_another
        CHECK (ledger_account_is_merged(id, kind, merged_into_id));

ALTER TABLE credits_ledgertransaction
    DROP CONSTRAINT transaction_kind_is_known,
    DROP CONSTRAINT only_a_refund_refunds,
    DROP CONSTRAINT only_a_reversal_reverses,
    ADD CONSTRAINT transaction_kind_is_known CHECK (ledger_transaction_kind_is_known(kind)),
    ADD CONSTRAINT only_a_refund_refunds CHECK (ledger_names_another(kind, 'refund', refunds_id)),
    ADD CONSTRAINT only_a_reversal_reverses CHECK (ledger_names_another(kind, 'reversal', reverses_id));

ALTER TABLE credits_creditlot
    DROP CONSTRAINT lot_kind_is_known,
    ADD CONSTRAINT lot_kind_is_known CHECK (ledger_lot_kind_is_known(kind));

-- One trigger without a condition, for wallets and debts alike; of the house's accounts nothing is stored.
DROP TRIGGER debt_agrees ON credits_ledgeraccount;
DROP TRIGGER wallet_agrees ON credits_ledgeraccount;
DROP FUNCTION ledger_debt_agrees();
DROP FUNCTION ledger_wallet_agrees();

CREATE FUNCTION ledger_account_agrees() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    debt record;
BEGIN
    IF NEW.kind = 'wallet' THEN
        PERFORM ledger_check_wallet(NEW.id);
    ELSIF NEW.kind = 'debt' THEN
        SELECT a.balance, (
                SELECT e.balance_after FROM credits_ledgerentry e
                WHERE e.account_id BETWEEN NEW.id AND NEW.id ORDER BY e.account_id, e.id DESC LIMIT 1
            ) AS posted
            INTO debt FROM credits_ledgeraccount a WHERE a.id = NEW.id;
        IF debt.balance IS DISTINCT FROM coalesce(debt.posted, 0) THEN
            RAISE EXCEPTION 'debt % stores %, its entries say %', NEW.id, debt.balance, coalesce(debt.posted, 0)
                USING ERRCODE = 'check_violation';
        ELSIF debt.balance <> 0 AND ledger_holder(NEW.wallet_id) <> NEW.wallet_id THEN
            RAISE EXCEPTION 'debt % is that of a merged wallet and still stores %', NEW.id, debt.balance
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER account_agrees AFTER INSERT OR UPDATE ON credits_ledgeraccount
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_account_agrees();
ALTER TABLE credits_ledgeraccount ENABLE ALWAYS TRIGGER account_agrees;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT p.oid::regprocedure AS signature FROM pg_proc p
        WHERE p.proname LIKE 'ledger\_%' AND p.pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one.signature);
    END LOOP;
END $$;
