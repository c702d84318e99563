"""Somebody is told, once, of what a person has to look at. Written with the deed, mailed afterwards."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from .models import BillingAlert

logger = logging.getLogger(__name__)

LONGEST = 200


def alert(subject: str, text: str, *, key: str) -> None:
    """In the caller's transaction; of one key only the first counts. No personal data in any of the three."""
    found = BillingAlert(key=key[:LONGEST], subject=subject[:LONGEST], text=text)
    if BillingAlert.objects.filter(key=found.key).exists():
        return
    BillingAlert.objects.bulk_create([found], ignore_conflicts=True)
    logger.error("billing: %s: %s", subject, " ".join(text.split()))


def send_due() -> int:
    """Mail what was not mailed yet, to ALERT_TO, and say how many that were. What fails is sent next time."""
    if not settings.ALERT_TO:
        return 0
    sent = 0
    for one in BillingAlert.objects.filter(mailed_at=None).order_by("raised_at"):
        try:
            send_mail(f"{settings.SITE_NAME}: {one.subject}", one.text, None, settings.ALERT_TO)
        except (SMTPException, OSError) as error:
            logger.warning("billing: an alert could not be mailed: %s", error)
            return sent
        BillingAlert.objects.filter(pk=one.pk).update(mailed_at=timezone.now())
        sent += 1
    return sent
