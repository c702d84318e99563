#!/bin/sh
# node.sh down|up HOST:PORT: takes a web node out of nginx before it is restarted, and puts it back.
#
# A node that is asked to stop finishes what it has begun, but not what waits at its door. So first nobody is
# sent there any more, then it is stopped, and nothing is lost:
#
#   node.sh down 10.0.0.11:8000 && ssh 10.0.0.11 systemctl restart marquee-web@8000 && node.sh up 10.0.0.11:8000
set -eu

NODES=${NODES:-/etc/nginx/marquee-nodes.conf}
NGINX=${NGINX:-nginx}
PIDFILE=${PIDFILE:-/run/nginx.pid}
PATIENCE=${PATIENCE:-70}

what=$1 node=$(printf %s "$2" | sed 's/[.]/[.]/g')
grep -Eq "^ *server +$node[ ;]" "$NODES" || { echo "node.sh: $NODES has no node $2" >&2; exit 1; }
case $what in
    down)
        grep -E '^ *server ' "$NODES" | grep -Ev "server +$node[ ;]" | grep -Evq ' down;' ||
            { echo "node.sh: $2 is the last node that is up" >&2; exit 1; }
        change="/^ *server +$node[ ;]/ { s/ down;/;/; s/;/ down;/; }" ;;
    up) change="/^ *server +$node[ ;]/ s/ down;/;/" ;;
    *) echo "node.sh: down or up" >&2; exit 2 ;;
esac

changed=$(sed -E "$change" "$NODES")
printf '%s\n' "$changed" > "$NODES"
$NGINX -t -q
$NGINX -s reload
[ "$what" = down ] || exit 0

# nginx's former workers still have what was asked of the node before, and end when it is answered.
sleep 0.2
waited=0
while pgrep -P "$(cat "$PIDFILE")" -f 'is shutting down' > /dev/null; do
    [ "$waited" -lt "$PATIENCE" ] || { echo "node.sh: $2 still has requests after $PATIENCE seconds" >&2; exit 1; }
    sleep 1
    waited=$((waited + 1))
done
