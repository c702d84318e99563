# Varnish 7 with xkey (Debian: varnish, varnish-modules), where visitors' pages are to be answered without asking
# the site. It stands before nginx, or where nginx's cache stands, behind something that ends TLS.
#
# The site says in Surrogate-Control how long a page may be kept, and sends PURGE with its key after each change:
# CDN_PURGE_URL=http://127.0.0.1:6081/ on the site's side. What says nothing of the kind is kept nowhere.
vcl 4.1;

import std;
import xkey;

backend site {
    .host = "127.0.0.1";
    .port = "8000";
}

# Who may make it forget: the machines that work the site's tasks.
acl site_itself {
    "127.0.0.1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ site_itself) {
            return (synth(403));
        }
        set req.http.X-Forgotten = xkey.purge(req.http.Surrogate-Key);
        return (synth(200, "Forgotten: " + req.http.X-Forgotten));
    }
    # A reader, or somebody who may be one, is answered by the site alone.
    if (req.http.Cookie ~ "(?i)session|messages" || req.http.Authorization) {
        return (pass);
    }
    # What is left of cookies is a browser's own affair; with them nothing would be answered from here.
    unset req.http.Cookie;
}

sub vcl_backend_response {
    if (beresp.http.Surrogate-Control ~ "max-age=\d+" && !beresp.http.Set-Cookie) {
        set beresp.ttl = std.duration(regsub(beresp.http.Surrogate-Control, ".*max-age=(\d+).*", "\1s"), 0s);
        set beresp.grace = std.duration(
            regsub(beresp.http.Surrogate-Control, ".*stale-while-revalidate=(\d+).*", "\1s"), 0s);
        set beresp.keep = 0s;
        set beresp.http.xkey = beresp.http.Surrogate-Key;
        return (deliver);
    }
    # For two minutes nobody waits for another's answer to the same address: it is not the same answer.
    set beresp.uncacheable = true;
    set beresp.ttl = 120s;
    return (deliver);
}

sub vcl_deliver {
    unset resp.http.xkey;
    unset resp.http.Surrogate-Key;
    unset resp.http.Surrogate-Control;
    unset resp.http.X-Accel-Expires;
    set resp.http.X-Cache = "MISS";
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    }
}
