-- The least that is still right: nobody pays twice, nobody spends what they have not, and it is written down.
CREATE TABLE wallet (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0)) WITH (fillfactor = 80);
CREATE TABLE entry (id bigserial PRIMARY KEY, wallet bigint NOT NULL, amount bigint NOT NULL);
CREATE TABLE opened (reader bigint, briefing bigint, at timestamptz NOT NULL, PRIMARY KEY (reader, briefing));

CREATE FUNCTION smallest_unlock(who bigint, what bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opened VALUES (who, what, now()) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE wallet SET balance = balance - 1 WHERE id = who AND balance >= 1;
    IF NOT FOUND THEN
        RAISE 'not enough credits';
    END IF;
    INSERT INTO entry (wallet, amount) VALUES (who, -1), (0, 1);
    RETURN true;
END $$;

-- As many as the ledger that it is measured against.
INSERT INTO wallet SELECT n, 1000000 FROM generate_series(1, 20000) n;
INSERT INTO opened SELECT n % 20000 + 1, n / 20000, now() FROM generate_series(0, 459999) n;
INSERT INTO entry (wallet, amount)
    SELECT CASE leg WHEN 0 THEN n % 20000 + 1 ELSE 0 END, leg * 2 - 1
    FROM generate_series(0, 499999) n CROSS JOIN generate_series(0, 1) leg;
