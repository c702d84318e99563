from django.conf import settings
from django.urls import URLPattern, include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from briefings_site.health import livez, readyz


def media_urls() -> list[URLPattern]:
    """Pictures from Django itself, in the demo only."""
    if not settings.SERVE_MEDIA:
        return []
    return [re_path(r"^media/(?P<path>.+)$", serve, {"document_root": settings.MEDIA_ROOT})]


handler403 = "briefings_site.refusals.forbidden"

urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("", include("accounts.urls")),
    path("admin/", include(wagtailadmin_urls)),
    path("accounts/", include("allauth.account.urls")),
    path("", include("insights.urls")),
    path("", include("articles.urls")),
    *media_urls(),
    path("", include(wagtail_urls)),
]
