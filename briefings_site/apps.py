from django.apps import AppConfig


class BriefingsSiteConfig(AppConfig):
    name = "briefings_site"
