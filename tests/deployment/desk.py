"""An editor's desk in a process of its own: plants the canaries, then does what each line of stdin says."""

import sys
from pathlib import Path

import django


def main(manifest: Path) -> None:
    django.setup()
    from django.conf import settings
    from wagtail.models import Site

    from briefings_site.canary.planting import plant
    from tests.newsroom import open_newsroom

    open_newsroom()
    Site.objects.update(hostname="localhost", port=int(settings.BASE_URL.rpartition(":")[2]))
    plant(manifest)
    print("ready", flush=True)
    for line in sys.stdin:
        work(*line.split())
        print("done", flush=True)


def work(verb: str, slug: str, value: str = "") -> None:
    from articles.models import BriefingPage

    page = BriefingPage.objects.get(slug=slug)
    if verb == "unpublish":
        page.unpublish()
        return
    if verb == "price":
        page.price = int(value)
    if verb == "level":
        page.takeaways_access = value
    page.save_revision().publish()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
