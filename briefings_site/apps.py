from django.apps import AppConfig


class BriefingsSiteConfig(AppConfig):
    name = "briefings_site"

    def ready(self) -> None:
        from . import powers  # noqa: F401 - a check registers itself
