"""What an uploaded file is, told by its bytes. Its name and the browser's word for it count for nothing."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.core.exceptions import ValidationError

MEGABYTE = 1024 * 1024
MOST_BYTES = 15 * MEGABYTE
OFFICE = "application/vnd.openxmlformats-officedocument"
MOST_ENTRIES = 5000


@dataclass(frozen=True)
class Content:
    extension: str
    content_type: str


PDF = Content("pdf", "application/pdf")
CSV = Content("csv", "text/csv; charset=utf-8")
TEXT = Content("txt", "text/plain; charset=utf-8")
OFFICE_FOLDERS = {
    "word/document.xml": Content("docx", f"{OFFICE}.wordprocessingml.document"),
    "xl/workbook.xml": Content("xlsx", f"{OFFICE}.spreadsheetml.sheet"),
    "ppt/presentation.xml": Content("pptx", f"{OFFICE}.presentationml.presentation"),
}
DOCUMENTS = "PDF, Word, Excel, PowerPoint (without macros), CSV or plain text"


def check_size(size: int) -> None:
    if not size:
        raise ValidationError("The file is empty.")
    if size > MOST_BYTES:
        raise ValidationError(f"The file is too large: at most {MOST_BYTES // MEGABYTE} MB.")


def document_of(file: BinaryIO, *, name: str) -> Content:
    """``name`` only tells a table from any other text. Raises ``ValidationError`` for what is not known."""
    for known in (as_pdf, as_office, as_text):
        file.seek(0)
        found = known(file)
        if found is not None:
            return CSV if found is TEXT and name.lower().endswith(".csv") else found
    raise ValidationError(f"This is no file of a kind that can be attached: {DOCUMENTS}.")


def as_pdf(file: BinaryIO) -> Content | None:
    return PDF if file.read(5) == b"%PDF-" else None


def as_office(file: BinaryIO) -> Content | None:
    """By the list at the end of the archive; nothing is unpacked."""
    if file.read(4) != b"PK\x03\x04":
        return None
    try:
        names = zipfile.ZipFile(file).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    if len(names) > MOST_ENTRIES or any(name.lower().endswith((".bin", ".exe", ".dll")) for name in names):
        return None
    return next((content for name, content in OFFICE_FOLDERS.items() if name in names), None)


def as_text(file: BinaryIO) -> Content | None:
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    printable = all(" " <= letter != "\x7f" or letter in "\t\r\n\f" for letter in text)
    # What a browser or a shell could take for a program stays out, whatever it is called.
    looks_live = text.lstrip().lower().startswith(("<", "#!", "mz"))
    return TEXT if printable and not looks_live else None


Recogniser = Callable[[BinaryIO], Content | None]
