from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The address that limits count by: what our own outermost proxy saw, never what the client claims."""
    proxies: int = settings.TRUSTED_PROXY_COUNT
    peer = str(request.META["REMOTE_ADDR"])
    if not proxies:
        return peer
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    return hops[-proxies] if len(hops) >= proxies else peer
