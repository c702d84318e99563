"""What staff ask when something feels wrong: each part of the running site, its figures, and if it is well.

Limits are for a person who looks, not for a load balancer: past one of them, somebody should look.
"""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Max, Min
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from redis.exceptions import RedisError

from accounts.billing.models import Order, Reconciliation, StripeEvent
from briefings_site.management.commands.clock import JOBS
from briefings_site.models import ClockRun
from credits import seals as ledger_seals
from credits.freezes import open_freezes
from credits.models import LedgerSeal
from credits.watch import CAUSE, last_audit

Vital = dict[str, Any]

PATIENCE = 300.0
TASK_WAITS = 600.0
EVENT_WAITS = 600.0
RECONCILED = 900.0
DISK_LEFT = 500 * 1024**2
CONNECTIONS_USED = 0.9


def vitals() -> dict[str, Vital]:
    return {name: look() for name, look in LOOKS.items()}


def audit() -> Vital:
    last = last_audit()
    if last is None:
        return {"ok": False, "last": None}
    age = _age(last.finished_at)
    overdue = _overdue(age, settings.LEDGER_AUDIT_EVERY)
    return {
        "ok": not overdue and not last.differences,
        "age": age,
        "transactions": last.transactions,
        "differences": last.differences,
        "first_difference": last.first_difference,
    }


def seals() -> Vital:
    last = LedgerSeal.objects.order_by("-pk").first()
    waiting = ledger_seals.waiting().aggregate(count=Count("pk"), oldest=Min("created_at"))
    oldest = _age(waiting["oldest"])
    return {
        "ok": not _overdue(oldest or 0.0, settings.LEDGER_SEAL_EVERY),
        "head": last and {"seal": last.pk, "hash": last.hash, "age": _age(last.sealed_at)},
        "unsealed": waiting["count"],
        "oldest_unsealed": oldest,
    }


def freezes() -> Vital:
    """A freeze for a dispute is business; one by the audit is somebody's to look at."""
    found = open_freezes()
    by_audit = found.filter(cause=CAUSE).count()
    return {"ok": not by_audit, "open": found.count(), "by_audit": by_audit}


def tasks() -> Vital:
    ready = DBTaskResult.objects.ready()
    oldest = _age(ready.aggregate(at=Min("enqueued_at"))["at"])
    failed = DBTaskResult.objects.failed()
    lately = {hours: failed.filter(finished_at__gt=_ago(hours=hours)).count() for hours in (1, 24)}
    return {
        "ok": (oldest or 0.0) < TASK_WAITS and not lately[1],
        "waiting": ready.count(),
        "oldest_waiting": oldest,
        "failed_in_an_hour": lately[1],
        "failed_in_a_day": lately[24],
        "last_finished": _age(DBTaskResult.objects.finished().aggregate(at=Max("finished_at"))["at"]),
    }


def clock() -> Vital:
    """Seconds since each job last came to its end; null: never."""
    ran = dict(ClockRun.objects.values_list("command", "finished_at"))
    jobs = {job.name: _age(ran.get(job.name)) for job in JOBS}
    late = [job.name for job in JOBS if _overdue(jobs[job.name], job.every)]
    return {"ok": not late, "late": late, "jobs": jobs}


def billing() -> Vital:
    """Events that wait too long, what waits for a person, and seconds since Stripe and we were compared."""
    waiting = StripeEvent.objects.filter(state=StripeEvent.State.WAITING)
    oldest = _age(waiting.aggregate(at=Min("received_at"))["at"])
    parked = StripeEvent.objects.parked().count()
    parked_orders = Order.objects.filter(state=Order.State.PARKED).count()
    ended = Reconciliation.objects.filter(finished_at__isnull=False)
    compared = {
        "light": _age(ended.aggregate(at=Max("finished_at"))["at"]),
        "full": _age(ended.filter(full=True).aggregate(at=Max("finished_at"))["at"]),
    }
    overdue = bool(settings.STRIPE_SECRET_KEY) and _overdue(compared["light"], RECONCILED)
    return {
        "ok": (oldest or 0.0) < EVENT_WAITS and not parked and not parked_orders and not overdue,
        "sells": bool(settings.STRIPE_SECRET_KEY),
        "waiting": waiting.count(),
        "oldest_waiting": oldest,
        "parked_events": parked,
        "parked_orders": parked_orders,
        "last_compared": compared,
    }


def cache_is_writable() -> Vital:
    key, value = f"vitals:{uuid4()}", "written"
    try:
        cache.set(key, value, 60)
        return {"ok": cache.get(key) == value}
    except (OSError, RedisError) as error:
        return {"ok": False, "error": type(error).__name__}


def mail() -> Vital:
    configured = bool(settings.EMAIL_HOST) or hasattr(settings, "MAIL_DIR")
    return {
        "ok": configured,
        "host": bool(settings.EMAIL_HOST),
        "alerts_go_to": len(settings.ALERT_TO),
        "heads_go_to": len(settings.LEDGER_HEAD_TO),
    }


def disk() -> Vital:
    usage = shutil.disk_usage(settings.DATA_DIR)
    return {"ok": usage.free > DISK_LEFT, "free": usage.free, "total": usage.total}


def connections() -> Vital:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE datname = current_database()), count(*),"
            " current_setting('max_connections')::int FROM pg_stat_activity"
        )
        ours, used, most = cursor.fetchone()
    return {"ok": used < most * CONNECTIONS_USED, "ours": ours, "used": used, "most": most}


LOOKS: dict[str, Callable[[], Vital]] = {
    "audit": audit,
    "seals": seals,
    "freezes": freezes,
    "tasks": tasks,
    "clock": clock,
    "billing": billing,
    "cache": cache_is_writable,
    "mail": mail,
    "disk": disk,
    "connections": connections,
}


def _ago(*, hours: int) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def _age(moment: datetime | None) -> float | None:
    return None if moment is None else round((timezone.now() - moment).total_seconds(), 1)


def _overdue(age: float | None, every: float) -> bool:
    return age is None or age > 2 * every + PATIENCE
