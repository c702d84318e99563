"""What staff do beside the readers, inside the site: one JSON line asks, one answers.

Every command may be asked again after a lost answer: its key stands for one deed.
"""

import json
import sys
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import django
from django.core.exceptions import ObjectDoesNotExist
from django.core.management import CommandError, call_command
from django.db import Error, close_old_connections, transaction


def main() -> None:
    django.setup()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(answer(asked) | {"id": asked["id"]}), flush=True)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    from credits.errors import LedgerError

    close_old_connections()
    try:
        return {"done": DEEDS[asked["do"]](**asked["facts"])}
    except (CommandError, LedgerError, ObjectDoesNotExist) as refusal:
        return {"refused": f"{type(refusal).__name__}: {refusal}"}
    except (Error, OSError) as failure:
        return {"failed": f"{type(failure).__name__}: {failure}"}


def grant(email: str, number: int, key: str, expires: str | None = None) -> str:
    said = StringIO()
    call_command("grant_credits", email, number, reason="A bonus", key=key, expires=expires, stdout=said)
    return said.getvalue().strip()


def take_back(key: str) -> str:
    from credits import ledger
    from credits.models import LedgerTransaction

    posted = LedgerTransaction.objects.get(idempotency_key=f"staff:{key}")
    ledger.reverse(transaction_id=posted.pk, key=f"chaos-back:{key}", reason="Given by mistake")
    return "taken back"


@transaction.atomic
def picture(title: str) -> str:
    """Queues the making of its sizes: the row and its task are there together or not at all."""
    from django.core.files.images import ImageFile
    from PIL import Image

    from articles.models import Picture

    found = Picture.objects.filter(title=title).first()
    if found is None:
        drawn = BytesIO()
        Image.new("RGB", (64, 36), "navy").save(drawn, format="PNG")
        drawn.seek(0)
        found = Picture.objects.create(
            title=title, file=ImageFile(drawn, name=f"{title}.png"), description=""
        )
    return str(found.pk)


def publish(slug: str) -> str:
    from articles.models import BriefingPage

    BriefingPage.objects.get(slug=slug, alias_of=None).save_revision().publish()
    return "published"


def run(command: str) -> str:
    said = StringIO()
    call_command(command, stdout=said)
    return said.getvalue().strip()


DEEDS: dict[str, Callable[..., str]] = {
    "grant": grant,
    "take-back": take_back,
    "picture": picture,
    "publish": publish,
    "run": run,
}

if __name__ == "__main__":
    main()
