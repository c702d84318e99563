"""A line in Wagtail's audit log for every act, kept when accounts are closed: it names no address."""

from typing import Any

from wagtail.log_actions import LogActionRegistry, LogFormatter, log

from accounts.models import StaffPosting, User

ASKED, POSTED = "staff_posting.ask", "staff_posting.post"
APPROVED, DECLINED = "staff_posting.approve", "staff_posting.decline"
LABELS = {
    ASKED: "Ask a second person for a ledger posting",
    POSTED: "Post to the ledger",
    APPROVED: "Approve a ledger posting",
    DECLINED: "Decline a ledger posting",
}
DONE = {
    ASKED: "Asked a second person",
    POSTED: "Posted",
    APPROVED: "Approved and posted",
    DECLINED: "Declined",
}


def leave(posting: StaffPosting, action: str, *, by: User | None) -> None:
    log(
        posting,
        action,
        user=by,
        data={
            "what": posting.what,
            "reader": posting.reader_id,
            "amount": posting.amount,
            "reason": posting.reason,
            "reverses": posting.reverses_id,
            "transaction": posting.posted_id,
            "declined_because": posting.declined_because,
        },
    )


class Formatter(LogFormatter):
    action = ""

    def format_message(self, entry: Any) -> str:
        because = entry.data.get("declined_because") or entry.data.get("reason", "")
        return f"{DONE[self.action]}: {because}"


def register(actions: LogActionRegistry) -> None:
    for action, label in LABELS.items():
        actions.register_action(action)(type("Formatted", (Formatter,), {"action": action, "label": label}))
