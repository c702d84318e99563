"""The demo's post office: every message is kept as a file, and sent on when EMAIL_URL names a server."""

import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

_numbers = itertools.count()


class FilingEmailBackend(EmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            file_message(message, folder=settings.MAIL_DIR)
        if not settings.EMAIL_HOST:
            return len(email_messages)
        return super().send_messages(email_messages) or 0


def file_message(message: EmailMessage, *, folder: Path) -> Path:
    """Write one RFC 5322 file. Its name sorts by time, and it appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns()}-{os.getpid()}-{next(_numbers):04}.eml"
    draft = folder / f".{name}.part"
    draft.write_bytes(message.message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
    return draft.rename(folder / name)
