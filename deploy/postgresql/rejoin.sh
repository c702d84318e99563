#!/bin/sh
# A former primary comes back as a follower. Run it on that machine, as PostgreSQL's user, while its server is
# stopped; it keeps nothing that only it had: nobody was ever told of that. The password is in ~/.pgpass.
#
#   rejoin.sh /var/lib/postgresql/18/main 'host=10.0.0.22 port=5432 user=marquee_replication' marquee_1
set -eu

data=$1 primary=$2 name=$3
! pg_ctl status -D "$data" > /dev/null || { echo "rejoin: stop the server of $data first" >&2; exit 1; }

# Settings that lie among the data are this machine's own, and would come over from the other as well.
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
for file in postgresql.conf pg_hba.conf pg_ident.conf conf.d; do
    [ ! -e "$data/$file" ] || cp -a "$data/$file" "$own/"
done

# A server that was killed is first brought to an orderly end, by pg_rewind itself and with nobody let in.
pg_rewind --target-pgdata "$data" --source-server "$primary dbname=postgres" ${CONFIG:+--config-file "$CONFIG"}
cp -a "$own/." "$data/"

# What this server was told as a primary, or as an earlier follower, is over.
sed -i '/^primary_conninfo/d; /^synchronous_standby_names/d' "$data/postgresql.auto.conf"
printf "primary_conninfo = '%s application_name=%s'\n" "$primary" "$name" >> "$data/postgresql.auto.conf"
touch "$data/standby.signal"
echo "rejoin: $data follows $primary when it is started"
