"""What may be uploaded is told by its bytes, and what comes out of a picture is that picture and no more."""

import zipfile
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from insights.files import pictures
from insights.files.content import MOST_BYTES, check_size, document_of
from insights.files.storing import named
from tests.newsroom import drawing


def office(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            # Without the time of day, which would stand in the tests' names.
            archive.writestr(zipfile.ZipInfo(name), "")
    return out.getvalue()


KNOWN = [
    (b"%PDF-1.7 and more", "x.exe", "pdf"),
    (office("word/document.xml"), "x.docx", "docx"),
    (office("xl/workbook.xml"), "x.docx", "xlsx"),
    (office("ppt/presentation.xml"), "x.zip", "pptx"),
    ("a,b\nä,ß\n".encode(), "x.csv", "csv"),
    (b"\xef\xbb\xbfplain words", "x", "txt"),
]
UNKNOWN = [
    b"<html><script>alert(1)</script>",
    b"  \n<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"#!/bin/sh",
    b"MZ\x90\x00",
    b"\x7fELF",
    b"GIF89a\x01\x00",
    b"a\x00b",
    b"\xff\xfe",
    b"PK\x03\x04 broken",
    office("word/document.xml", "word/vbaProject.bin"),
    office("index.html"),
]


@pytest.mark.parametrize(("bytes_", "name", "extension"), KNOWN)
def test_a_document_is_known_by_its_content(bytes_: bytes, name: str, extension: str) -> None:
    assert document_of(BytesIO(bytes_), name=name).extension == extension


@pytest.mark.parametrize("bytes_", UNKNOWN)
def test_anything_else_is_refused_whatever_it_is_called(bytes_: bytes) -> None:
    with pytest.raises(ValidationError, match="no file of a kind"):
        document_of(BytesIO(bytes_), name="harmless.pdf")


@pytest.mark.parametrize("size", [0, MOST_BYTES + 1])
def test_nothing_and_too_much_are_refused(size: int) -> None:
    with pytest.raises(ValidationError):
        check_size(size)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Reports\\Quarter 3.PDF", "quarter-3.pdf"),
        ('a"\r\nSet-Cookie: x.pdf', "a-set-cookie-x.pdf"),
        ("x" * 300, f"{'x' * 100}.pdf"),
    ],
)
def test_a_name_is_made_harmless(name: str, kept: str) -> None:
    from uuid import uuid4

    assert named(name, "pdf", uuid4()) == kept


def test_a_picture_loses_all_it_says_of_itself() -> None:
    taken = Image.new("RGB", (8, 4), "red")
    exif = Image.Exif()
    exif[0x010E] = "canary-in-exif"
    out = BytesIO()
    taken.save(out, "JPEG", exif=exif, comment=b"canary-in-comment")
    for file in (out, drawing("canary-in-text")):
        for drawn in pictures.redraw(file):
            assert b"canary" not in drawn.webp
            assert not Image.open(BytesIO(drawn.webp)).getexif()


def test_a_picture_is_turned_upright_before_it_forgets_how_it_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = BytesIO()
    Image.new("RGB", (8, 4)).save(out, "JPEG", exif=exif)
    assert [(one.width, one.height) for one in pictures.redraw(out)] == [(4, 8)]


@pytest.mark.parametrize(
    ("width", "widths"), [(6, [6]), (480, [480]), (1000, [480, 960, 1000]), (3000, [480, 960, 1600])]
)
def test_a_picture_is_kept_in_a_few_widths_and_never_enlarged(width: int, widths: list[int]) -> None:
    assert list(pictures.widths_of(width)) == widths


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16", "RGBA"])
def test_every_mode_of_a_picture_can_be_drawn(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (8, 4)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert pictures.redraw(out)[0].width == 8


def test_what_is_no_picture_is_refused() -> None:
    whole = drawing(width=300, height=300).getvalue()
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"
    for bytes_ in (b"", b"<svg/>", b"%PDF-1.7", whole[:80], postscript):
        with pytest.raises(ValidationError):
            pictures.redraw(BytesIO(bytes_))


def test_a_picture_that_would_fill_the_memory_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 99)
    with pytest.raises(ValidationError, match="too large"):
        pictures.redraw(drawing(width=10, height=10))
