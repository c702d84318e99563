from functools import cache

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache


@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        missing = unapplied_migrations()
    except Error:
        return JsonResponse({"ready": False, "database": "does not answer"}, status=503)
    if missing:
        return JsonResponse({"ready": False, "database": "ok", "unapplied_migrations": missing}, status=503)
    return JsonResponse({"ready": True, "database": "ok", "unapplied_migrations": []})


def unapplied_migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in known_migrations() if (app, name) not in applied]


@cache
def known_migrations() -> list[tuple[str, str]]:
    """Reading the files takes a tenth of a second, and they do not change while the process lives."""
    return sorted(MigrationLoader(None).graph.nodes)
