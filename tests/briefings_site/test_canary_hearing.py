"""A sweep that finds nothing is worth what it would have heard: here is a site that leaks, in every way."""

import base64
import gzip
import json
import zipfile
import zlib
from email.message import EmailMessage
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from briefings_site.canary.hearing import Ear
from briefings_site.canary.manifest import Manifest, Place, PlantedPage, PlantedReader
from briefings_site.canary.pictures import picture_of
from briefings_site.canary.words import Seed, new_seed

from .leaky import Reply, reply, site, with_trailer

WORD = Seed(new_seed()).word("a place")
SAID = f"<p>A long way, {WORD}, and on.</p>"
PAGE = "/canaries/locked/"


def zipped(name: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, SAID * 3)
    return file.getvalue()


def picture(form: str, size: int) -> bytes:
    file = BytesIO()
    Image.open(BytesIO(picture_of(WORD))).resize((size, size)).save(file, form)
    return file.getvalue()


def png_with_a_note() -> bytes:
    data = zlib.compress(SAID.encode())
    return picture_of("canary" + 16 * "0")[:33] + len(data).to_bytes(4, "big") + b"zTXtComment\0\0" + data


def base64_at(offset: int) -> bytes:
    return base64.b64encode(b"x" * offset + SAID.encode())


CODINGS = {
    "as it is": SAID.encode(),
    "in capitals": SAID.upper().encode(),
    "cut short": f"<p>A long way, {WORD[:-8]}…</p>".encode(),
    "decimal entities": "".join(f"&#{ord(c)};" for c in WORD).encode(),
    "hexadecimal entities": "".join(f"&#x{ord(c):X}" + ";" for c in WORD).encode(),
    "entities twice": "".join(f"&amp;#{ord(c)};" for c in WORD).encode(),
    "JSON escapes": "".join(f"\\u{ord(c):04x}" for c in WORD).encode(),
    "JSON in JSON": json.dumps(json.dumps({"body": "".join(f"\\u{ord(c):04x}" for c in WORD)})).encode(),
    "JavaScript escapes": "".join(f"\\x{ord(c):02x}" for c in WORD).encode(),
    "braced escapes": "".join(f"\\u{{{ord(c):x}}}" for c in WORD).encode(),
    "style sheet escapes": "".join(f"\\{ord(c):x} " for c in WORD).encode(),
    "percent": "".join(f"%{ord(c):02X}" for c in WORD).encode(),
    "percent twice": "".join(f"%25{ord(c):02x}" for c in WORD).encode(),
    "percent, the old way": "".join(f"%u{ord(c):04x}" for c in WORD).encode(),
    "quoted-printable": "".join(f"={ord(c):02X}" for c in WORD).encode(),
    "a soft line break": f"{WORD[:11]}=\r\n{WORD[11:]}".encode(),
    "soft hyphens": "\u00ad".join(WORD).encode(),
    "soft hyphens as entities": "&shy;".join(WORD).encode(),
    "no width": "\u200b".join(WORD).encode(),
    "markup within": "".join(f"<mark>{c}</mark>" for c in WORD).encode(),
    "break opportunities": "<wbr>".join(WORD).encode(),
    "reversed": WORD[::-1].encode(),
    "reversed, then entities": "".join(f"&#{ord(c)};" for c in WORD[::-1]).encode(),
    "base64": base64_at(0),
    "base64, a byte later": base64_at(1),
    "base64, two bytes later": base64_at(2),
    "base64 of addresses": base64.urlsafe_b64encode(b"\xfb\xef\xbe" + SAID.encode()).rstrip(b"="),
    "base64 on several lines": base64.encodebytes(b"x" * 50 + SAID.encode()),
    "base64 of base64": base64.b64encode(base64_at(1)),
    "base64, percent": base64_at(0).replace(b"=", b"%3D").replace(b"A", b"%41"),
    "reversed base64": base64_at(0)[::-1],
    "base64 of entities": base64.b64encode("".join(f"&#{ord(c)};" for c in WORD).encode()),
    "hex": SAID.encode().hex().encode(),
    "hex with colons": SAID.encode().hex(":").encode(),
    "gzip within": b"begin" + gzip.compress(SAID.encode()),
    "zlib within": b"begin" + zlib.compress(SAID.encode()),
    "base64 of gzip": base64.b64encode(gzip.compress(SAID.encode())),
    "a data address": b"<img src='data:text/plain;base64," + base64_at(0) + b"'>",
    "an Office file": zipped("word/document.xml"),
    "UTF-16": SAID.encode("utf-16"),
    "UTF-16, the other way": SAID.encode("utf-16-be"),
    "a note in a picture": png_with_a_note(),
    "a picture": picture("WEBP", 480),
    "a small picture": picture("JPEG", 160),
}


@pytest.mark.parametrize("coding", CODINGS)
def test_every_coding_is_heard(coding: str) -> None:
    assert list(Ear([WORD]).hear(CODINGS[coding])) == [WORD]


@pytest.mark.parametrize("coding", CODINGS)
def test_it_is_heard_again_among_lines_known_to_be_silent(coding: str) -> None:
    ear = Ear([WORD])
    silence = b"<html>\n<p>Nothing here.</p>\n"
    assert ear.hear(silence) == {}
    assert list(ear.hear(silence + b"\n" + CODINGS[coding] + b"\n" + silence)) == [WORD]
    assert list(ear.hear(CODINGS[coding])) == [WORD]


def test_a_word_that_was_never_planted_is_none() -> None:
    assert Ear([WORD]).hear(Seed(new_seed()).word("a place").encode()) == {}


PLACES: dict[str, dict[str, Reply]] = {
    "body": {PAGE: reply(SAID.encode())},
    "compressed body": {PAGE: reply(gzip.compress(SAID.encode()), headers={"Content-Encoding": "gzip"})},
    "deflated body": {
        PAGE: reply(zlib.compress(SAID.encode())[2:-4], headers={"Content-Encoding": "deflate"})
    },
    "comment": {PAGE: reply(f"<!-- {base64_at(1).decode()} -->".encode())},
    "attribute": {PAGE: reply(f'<div data-text="{WORD}">'.encode())},
    "JSON": {"/api/v2/pages/7/": reply(json.dumps({"x": WORD}).encode(), kind="application/json")},
    "header": {PAGE: reply(b"ok", headers={"X-Summary": WORD})},
    "ETag": {PAGE: reply(b"ok", headers={"ETag": f'W/"{WORD.encode().hex()}"'})},
    "redirect": {PAGE: reply(b"", status=302, headers={"Location": f"/elsewhere/?text={WORD}"})},
    "where a redirect leads": {
        PAGE: reply(b"", status=302, headers={"Location": "/elsewhere/"}),
        "/elsewhere/": reply(SAID.encode()),
    },
    "where a link leads": {
        "/": reply(b"<a href='/a/'>"),
        "/a/": reply(b'<img srcset="/b.webp 480w, /c.webp 960w">'),
        "/c.webp": reply(picture("WEBP", 320), kind="image/webp"),
    },
    "feed": {
        "/feed/": reply(b"<rss><link>/far/</link></rss>", kind="application/rss+xml"),
        "/far/": reply(SAID.encode()),
    },
    "304": {PAGE: reply(status=304, headers={"X-Was": WORD})},
    "error": {PAGE: reply(SAID.encode(), status=500)},
    "trailer": {PAGE: with_trailer(WORD)},
    "suffix": {f"{PAGE}x.css": reply(SAID.encode(), kind="text/css")},
    "query": {f"{PAGE}?format=json": reply(SAID.encode())},
}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    locked = Place("locked", "takeaways")
    manifest = Manifest(
        seed=new_seed(),
        session_cookie="sessionid",
        pages={"locked": PlantedPage(7, PAGE, "Locked", [3])},
        words={WORD: locked},
        readers={"visitor": PlantedReader(sees=[]), "guest": PlantedReader(sees=[locked])},
    )
    manifest.write(tmp_path / "manifest.json")
    return tmp_path / "manifest.json"


def swept(base_url: str, manifest: Path, *more: str) -> tuple[int, str]:
    """The exit code and what was said."""
    said, kind = StringIO(), () if "--as" in more else ("--as", "visitor")
    arguments = ("--base-url", base_url, "--manifest", str(manifest), *kind, *more)
    try:
        call_command("canary_sweep", *arguments, stdout=said)
    except SystemExit as ended:
        return int(str(ended.code)), said.getvalue()
    return 0, said.getvalue()


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_heard(place: str, manifest: Path) -> None:
    with site(PLACES[place]) as base_url:
        code, said = swept(base_url, manifest)
    assert code == 1
    assert "LEAK locked/takeaways before visitor: /" in said


def test_a_site_that_says_nothing_is_clean(manifest: Path) -> None:
    with site({"/": reply(b"<a href='/about/'>Welcome</a>"), "/about/": reply(b"About")}) as base_url:
        code, said = swept(base_url, manifest)
    assert code == 0
    assert said.count("\n") == 1
    assert said.startswith("No leak: ")


def test_who_has_a_right_must_see_what_it_opens(manifest: Path) -> None:
    with site({}) as base_url:
        code, said = swept(base_url, manifest, "--as", "guest")
    assert code == 1
    assert "MISSING 1 of 1 canaries of locked/takeaways were not shown to guest" in said


def test_what_a_shared_cache_may_keep_is_a_leak_even_before_who_has_the_right(manifest: Path) -> None:
    public, private = {"Cache-Control": "public, max-age=60"}, {"Cache-Control": "private, no-store"}
    with site({PAGE: reply(SAID.encode(), headers=public)}) as base_url:
        assert "shared cache" in swept(base_url, manifest, "--as", "guest")[1]
    with site({PAGE: reply(SAID.encode(), headers=private)}) as base_url:
        assert swept(base_url, manifest, "--as", "guest")[0] == 0


def test_a_search_that_knows_a_locked_word_is_a_leak(manifest: Path) -> None:
    with site({f"/search/?q={WORD}": reply(b"One result")}) as base_url:
        assert "told apart" in swept(base_url, manifest)[1]


def test_the_report_as_json_names_the_leak(manifest: Path) -> None:
    with site(PLACES["header"]) as base_url:
        report = json.loads(swept(base_url, manifest, "--json")[1])
    plainly = next(leak for leak in report["leaks"] if leak["way"] == "asked plainly")
    assert not report["clean"]
    assert plainly == {
        "kind": "visitor",
        "target": PAGE,
        "way": "asked plainly",
        "place": "locked/takeaways",
        "where": "headers",
        "written": "plain",
    }


def test_what_cannot_be_decoded_or_reached_is_not_called_clean(manifest: Path) -> None:
    with site({PAGE: reply(b"\x1b\0", headers={"Content-Encoding": "br"})}) as base_url:
        assert "content coding br" in swept(base_url, manifest)[1]
    code, said = swept(base_url, manifest)
    assert (code, "TROUBLE" in said) == (1, True)


def test_more_addresses_than_the_bound_are_not_called_clean(manifest: Path) -> None:
    with site({}) as base_url:
        assert "more than 3 addresses" in swept(base_url, manifest, "--most", "3")[1]


def test_mails_and_logs_are_heard(manifest: Path, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "New"
    mail.set_content("\n".join(f"{line} with a text before it" for line in (WORD, "x" * 90)), cte="base64")
    (tmp_path / "1.eml").write_bytes(mail.as_bytes())
    (tmp_path / "log").write_text(f"GET /?q={WORD}\n")
    with site({}) as base_url:
        paths = ("--mail-dir", str(tmp_path), "--log", str(tmp_path / "log"))
        code, said = swept(base_url, manifest, *paths)
    assert (code, "whoever reads the mail" in said, "whoever reads the log" in said) == (1, True, True)


def test_a_log_may_say_what_the_sweep_itself_searched_for(manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"GET /search/?q={WORD} HTTP/1.1\n")
    with site({}) as base_url:
        assert swept(base_url, manifest, "--log", str(tmp_path / "log"))[0] == 0


def test_a_wrong_command_line_is_named(manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="knows no owner: it has visitor, guest"):
        swept("http://127.0.0.1:1", manifest, "--as", "owner")
    with pytest.raises(CommandError, match="cannot be read"):
        swept("http://127.0.0.1:1", tmp_path / "none.json")
    (tmp_path / "none.json").write_text("[]")
    with pytest.raises(CommandError, match="no manifest of plant_canaries"):
        swept("http://127.0.0.1:1", tmp_path / "none.json")
    with pytest.raises(CommandError, match="is no folder"):
        swept("http://127.0.0.1:1", manifest, "--mail-dir", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="No such file"):
        swept("http://127.0.0.1:1", manifest, "--log", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="base-url"):
        swept("staging.example", manifest)
