"""The views that ours are measured against."""

import os
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from .tables import Briefing, Reader, Session


@cache
def bytes_named(name: str) -> bytes:
    return (Path(os.environ["BENCH_PAGES"]) / name).read_bytes()


def same_bytes(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(bytes_named(name))


def three_reads(request: HttpRequest, reader: int, briefing: int, name: str) -> HttpResponse:
    Session.objects.get(pk=request.COOKIES["session"])
    Reader.objects.get(pk=reader)
    Briefing.objects.get(pk=briefing)
    return HttpResponse(bytes_named(name))


def one_posting(request: HttpRequest) -> HttpResponse:
    given = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    with connection.cursor() as cursor:
        cursor.execute(os.environ["BENCH_POSTING"], given)
        assert cursor.fetchone()[0] == "posted"
    return HttpResponseRedirect("/", status=303)


urlpatterns = [
    path("bytes/<str:name>", same_bytes),
    path("reads/<int:reader>/<int:briefing>/<str:name>", three_reads),
    path("posting", one_posting),
]
