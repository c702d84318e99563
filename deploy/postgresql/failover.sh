#!/bin/sh
# The primary is gone: make a primary of the follower that has most, let the other one follow it, and send
# everybody there. Run it where PgBouncer runs, by a person who has looked.
#
#   failover.sh 'host=10.0.0.22 user=marquee_failover' 'host=10.0.0.23 user=marquee_failover'
#
# Passwords come from ~/.pgpass: that role's here, and marquee_replication's on each server of PostgreSQL.
#
# Both followers must answer: a commit is acknowledged when either of them has it, so only the two together
# know of all. Whoever has only one of them decides with MAY_LOSE=1 that what only the other knew is lost.
set -eu

DATABASES=${DATABASES:-/etc/pgbouncer/databases.ini}
RELOAD_POOLER=${RELOAD_POOLER:-systemctl reload pgbouncer}
REPLICATION=${REPLICATION:-user=marquee_replication}
DATABASE=${DATABASE:-marquee}
# Seconds in which the other one has to follow.
PATIENCE=${PATIENCE:-30}
export PGCONNECT_TIMEOUT=5

ask() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname "$1 dbname=postgres" --command "$2"; }
of() { printf '%s\n' "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"; }
say() { echo "failover: $*"; }
refuse() { echo "failover: $*" >&2; exit 1; }

[ $# -eq 2 ] || { [ $# -eq 1 ] && [ "${MAY_LOSE:-}" = 1 ]; } ||
    refuse "name both followers, or one with MAY_LOSE=1 where the other is lost too"

# From here on the former primary cannot acknowledge anything, even if it lives and only we do not see it: it
# waits for a follower, and has none.
for follower; do
    [ "$(ask "$follower" 'SELECT pg_is_in_recovery()')" = t ] || refuse "$follower does not follow: it is a primary"
done
for follower; do
    ask "$follower" "ALTER SYSTEM SET primary_conninfo = ''" > /dev/null
    ask "$follower" 'SELECT pg_reload_conf()' > /dev/null
done
for follower; do
    while [ "$(ask "$follower" 'SELECT count(*) FROM pg_stat_wal_receiver')" != 0 ]; do sleep 0.1; done
done

HAS="SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn"
new=$1 other=${2:-}
if [ -n "$other" ] && [ "$(ask "$other" "$HAS")" -gt "$(ask "$new" "$HAS")" ]; then
    new=$2 other=$1
fi
say "$new has most"

[ "$(ask "$new" 'SELECT pg_promote(true, 60)')" = t ] || refuse "$new was not promoted within a minute"
ask "$new" 'ALTER SYSTEM RESET primary_conninfo' > /dev/null
host=$(of "$new" host) port=$(of "$new" port)
port=${port:-5432}
if [ -n "$other" ]; then
    name=$(ask "$other" "SELECT current_setting('cluster_name')")
    source="host=$host port=$port $REPLICATION application_name=$name"
    ask "$other" "ALTER SYSTEM SET primary_conninfo = '$source'" > /dev/null
    ask "$other" 'SELECT pg_reload_conf()' > /dev/null
else
    ask "$new" "ALTER SYSTEM SET synchronous_standby_names = ''" > /dev/null
    ask "$new" 'SELECT pg_reload_conf()' > /dev/null
    say "nobody follows $new: until somebody does, its disk is the only one"
fi

cat > "$DATABASES.new" <<END
; Written by failover.sh on $(date -u +%Y-%m-%dT%H:%M:%SZ).
[databases]
$DATABASE = host=$host port=$port dbname=$DATABASE
END
cat "$DATABASES.new" > "$DATABASES"
rm "$DATABASES.new"
$RELOAD_POOLER
say "$new is the primary"

# It waits for a follower from its first commit on.
waited=0
while [ -n "$other" ] && [ "$(ask "$new" 'SELECT count(*) FROM pg_stat_replication')" = 0 ]; do
    [ "$waited" -lt "$PATIENCE" ] || refuse "$other does not follow it after $PATIENCE seconds: its log says why. Until one does, nothing can be bought"
    sleep 1
    waited=$((waited + 1))
done
