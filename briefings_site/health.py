from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from .unapplied import unapplied_migrations
from .vitals import vitals


@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """With ``deep=1`` staff see more. To anyone else the parameter says nothing."""
    try:
        missing = unapplied_migrations()
        deep = not missing and is_for_staff(request)
        found = {"vitals": vitals()} if deep else {}
    except Error:
        return JsonResponse({"ready": False, "database": "does not answer"}, status=503)
    ready = not missing and all(vital["ok"] for vital in found.get("vitals", {}).values())
    answer = {"ready": ready, "database": "ok", "unapplied_migrations": missing, **found}
    return JsonResponse(answer, status=200 if ready else 503)


def is_for_staff(request: HttpRequest) -> bool:
    return request.GET.get("deep") == "1" and request.user.has_perm("credits.view_ledgeraudit")
