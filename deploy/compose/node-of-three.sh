#!/bin/bash
# One of the three PostgreSQL servers. With nothing in its folder it is made: the one that follows nobody from
# nothing, with Marquee's roles; the others as a copy of it. After that it is whatever its folder says, a primary
# or a follower: failover.sh and rejoin.sh decide, never a restart.
set -euo pipefail

export PGDATA=/var/lib/postgresql/data PGPASSFILE=/var/lib/postgresql/pgpass
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

install -d -o postgres -g postgres -m 700 "$PGDATA"
# Whomever this server comes to follow.
install -o postgres -g postgres -m 600 /dev/null "$PGPASSFILE"
echo "*:*:*:marquee_replication:$REPLICATION_PASSWORD" > "$PGPASSFILE"

settings() {
    install -d -o postgres -g postgres "$PGDATA/conf.d"
    cp /etc/marquee/marquee.conf "$PGDATA/conf.d/marquee.conf"
    printf "cluster_name = '%s'\nlisten_addresses = '*'\nssl = off\n" "$NODE" > "$PGDATA/conf.d/node.conf"
    grep -q "^include_dir" "$PGDATA/postgresql.conf" || echo "include_dir = 'conf.d'" >> "$PGDATA/postgresql.conf"
    # Inside compose's own network there is no TLS; on machines of their own take ../postgresql/pg_hba.conf.
    cat > "$PGDATA/pg_hba.conf" <<END
local all         postgres                            peer
host  marquee     marquee_app,marquee_owner  samenet  scram-sha-256
host  replication marquee_replication        samenet  scram-sha-256
host  postgres    marquee_replication,marquee_failover  samenet  scram-sha-256
END
    chown -R postgres:postgres "$PGDATA"
}

if [ ! -s "$PGDATA/PG_VERSION" ] && [ -z "$FOLLOWS" ]; then
    as_postgres initdb --auth-local=peer --auth-host=scram-sha-256 --encoding=UTF8 --locale-provider=builtin \
        --builtin-locale=C.UTF-8 --no-locale --lc-ctype=C.UTF-8
    settings
    # Nobody follows yet, so nobody is waited for while the roles are made.
    as_postgres pg_ctl start --wait -o "-c listen_addresses='' -c synchronous_standby_names=''"
    as_postgres psql --set ON_ERROR_STOP=1 --set app="$APP_PASSWORD" --set owner="$OWNER_PASSWORD" \
        --set replication="$REPLICATION_PASSWORD" --set failover="$FAILOVER_PASSWORD" <<'END'
CREATE ROLE marquee_owner LOGIN PASSWORD :'owner';
CREATE ROLE marquee_app LOGIN PASSWORD :'app';
CREATE DATABASE marquee OWNER marquee_owner;
\include /etc/marquee/roles.sql
ALTER ROLE marquee_replication PASSWORD :'replication';
ALTER ROLE marquee_failover PASSWORD :'failover';
END
    as_postgres pg_ctl stop --wait
elif [ ! -s "$PGDATA/PG_VERSION" ]; then
    until as_postgres pg_basebackup --pgdata "$PGDATA" --write-recovery-conf \
        --checkpoint fast --dbname "host=$FOLLOWS user=marquee_replication application_name=$NODE"; do
        find "$PGDATA" -mindepth 1 -delete
        sleep 2
    done
    settings
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres
