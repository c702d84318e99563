"""What leaves the house on other ways: mails, and what the logs keep. Nobody may read a canary there."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from .hearing import Ear
from .manifest import Manifest
from .report import Leak, Report

# A log keeps what was asked for, and to ask for a word one has to say it.
OUR_SEARCH = re.compile(rb"/search/\?q=canary[0-9a-f]*")


def sweep_mails(folder: Path, manifest: Manifest, report: Report) -> None:
    ear = Ear(manifest.words)
    for file in sorted(folder.glob("**/*.eml")):
        listen(file, pieces_of_mail(file.read_bytes()), ear, manifest, report, who="whoever reads the mail")


def sweep_log(file: Path, manifest: Manifest, report: Report) -> None:
    """But for the searches that the sweep itself made. Raises ``OSError`` where the log cannot be read."""
    said = [OUR_SEARCH.sub(b"", file.read_bytes())]
    listen(file, said, Ear(manifest.words), manifest, report, who="whoever reads the log")


def listen(
    file: Path,
    said: "Iterator[bytes] | list[bytes]",
    ear: Ear,
    manifest: Manifest,
    report: Report,
    *,
    who: str,
) -> None:
    for piece in said:
        for word, written in ear.hear(piece).items():
            report.leaks.add(Leak(who, str(file), "read", str(manifest.words[word]), "file", written))
    report.asked += 1


def pieces_of_mail(raw: bytes) -> Iterator[bytes]:
    """The message as it is, its headers, and each part without its transfer coding."""
    yield raw
    message = email.message_from_bytes(raw, policy=email.policy.default)
    yield "\n".join(f"{name}: {value}" for name, value in message.items()).encode("utf-8", "replace")
    for part in message.walk():
        if isinstance(part, EmailMessage) and not part.is_multipart():
            yield bytes(part.get_payload(decode=True) or b"")
