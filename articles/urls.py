from django.urls import path

from . import views
from .feeds import LatestBriefings
from .sitemaps import sitemap

urlpatterns = [
    path("search/", views.search_page, name="search"),
    path("feed/", LatestBriefings(), name="feed"),
    path("<slug:section>/feed/", LatestBriefings(), name="section_feed"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("news-sitemap.xml", views.news_sitemap, name="news_sitemap"),
    path("robots.txt", views.robots, name="robots"),
]
