from django_tasks import task

from .. import mails, withdrawing
from ..errors import Unavailable
from ..models import Withdrawal


@task()
def carry_out(withdrawal_id: int) -> None:
    """A nudge, so that a reader hears of it at once: what it misses, the clock's jobs find."""
    mails.send_due()
    try:
        withdrawing.carry_out(Withdrawal.objects.get(pk=withdrawal_id))
    except Unavailable:
        return
