-- The roles that copy and lead the three servers; once, by a superuser, on the primary. Passwords are set apart.

CREATE ROLE marquee_replication LOGIN REPLICATION;
-- pg_rewind reads files of the new primary: rejoin.sh.
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
    pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean) TO marquee_replication;

-- Whom a server follows and for whom it waits, and making it a primary: failover.sh.
CREATE ROLE marquee_failover LOGIN;
GRANT ALTER SYSTEM ON PARAMETER primary_conninfo, synchronous_standby_names TO marquee_failover;
GRANT EXECUTE ON FUNCTION pg_reload_conf(), pg_promote(boolean, integer) TO marquee_failover;
