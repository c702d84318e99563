"""Somebody who publishes: a process of the site that takes a slug a line and says when it is out."""

import sys

import django


def main() -> None:
    django.setup()
    from articles.models import BriefingPage

    print("ready", flush=True)
    for line in sys.stdin:
        page = BriefingPage.objects.get(slug=line.strip())
        page.save_revision().publish()
        print("published", flush=True)


if __name__ == "__main__":
    main()
