from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_ratelimit.decorators import ratelimit

from accounts.privacy import KEPT_NOWHERE

from .found import answer_to, page_found
from .limits import searches
from .models import BriefingPage, ListedBriefing
from .visitors import PUBLIC

NEWS_DAYS = 2
MOST_NEWS = 1000


@ratelimit(key="ip", rate=searches, block=True)
def search_page(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(page_found(request, answer_to(request.GET)))
    response.headers["Cache-Control"] = KEPT_NOWHERE
    return response


def news_sitemap(request: HttpRequest) -> HttpResponse:
    """The briefings of the last two days, as Google News wants them.

    https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
    """
    since = timezone.localdate() - timedelta(days=NEWS_DAYS)
    rows = ListedBriefing.objects.public().once().filter(date__gte=since)
    fresh = BriefingPage.objects.placed(rows.newest(MOST_NEWS).values("page"))
    context = {"briefings": fresh, "publication": settings.WAGTAIL_SITE_NAME}
    return public(render(request, "articles/news_sitemap.xml", context, content_type="application/xml"))


def robots(request: HttpRequest) -> HttpResponse:
    context = {"base": settings.WAGTAILADMIN_BASE_URL}
    return public(render(request, "articles/robots.txt", context, content_type="text/plain"))


def public(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = PUBLIC
    return response
