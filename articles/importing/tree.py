"""The body of an import file, Markdown or HTML, as one kind of tree that knows its lines."""

import re
from collections.abc import Iterator
from itertools import pairwise

from bleach.html5lib_shim import HTML_TAGS
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from markdown_it import MarkdownIt
from markdown_it.token import Token

from .errors import BadFile

LINE = "data-line"
NEVER = [
    "head",
    "title",
    "script",
    "style",
    "template",
    "noscript",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
]
VOID = ("embed",)
BLOCK_TAGS = {
    *(
        "p",
        "ul",
        "ol",
        "li",
        "blockquote",
        "table",
        "div",
        "section",
        "article",
        "main",
        "body",
        "html",
        "header",
    ),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "figure", "pre"),
}
KNOWN = {*HTML_TAGS, *BLOCK_TAGS, "font", "center"}
BREAKS = {*BLOCK_TAGS, "br", "tr", "td", "th", "caption"}
# What hides all that follows it until its end, so that a forgotten end would lose text in silence.
HIDES = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))
# Most of a text on lines longer than this was never wrapped: each of its lines is a paragraph.
NEVER_WRAPPED = 160
ADDRESS = re.compile(r"\]\([^)]*\)|https?://\S+")


def from_markdown(source: str, *, lines_before: int) -> BeautifulSoup:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(source)
    add_lines(tokens, lines_before)
    tree = soup(parser.renderer.render(tokens, parser.options, {}))
    without_scripts(tree, source, lines_before)
    for element in tree.find_all(True):
        if element.name not in KNOWN:
            raise BadFile(line_of(element), f"<{element.name}> is not HTML: write \\<{element.name}>")
    return tree


def from_html(source: str, *, lines_before: int) -> BeautifulSoup:
    tree = soup(source)
    for element in tree.find_all(True):
        element[LINE] = str((element.sourceline or 1) + lines_before)
    return without_scripts(tree, source, lines_before)


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser", on_duplicate_attribute="ignore")


def add_lines(tokens: list[Token], lines_before: int) -> None:
    each_line = was_never_wrapped(tokens)
    for before, token in pairwise([Token("", "", 0), *tokens]):
        if token.map is None:
            continue
        line = token.map[0] + 1 + lines_before
        if token.nesting == 1 or token.type in ("code_block", "fence"):
            token.attrSet(LINE, str(line))
        elif token.type == "html_block":
            token.content = numbered(token.content, line)
        elif token.type == "inline":
            add_lines_inside(token, line, each_line=each_line and is_paragraph(before))


def add_lines_inside(token: Token, line: int, *, each_line: bool) -> None:
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            if each_line:
                child.type, child.content = "html_inline", f'</p>\n<p {LINE}="{line}">'
        elif child.type == "image":
            child.attrSet(LINE, str(line))
        elif child.type == "html_inline":
            child.content, line = numbered(child.content, line), line + child.content.count("\n")


def numbered(html: str, line: int) -> str:
    """Raw HTML with its line as the first attribute of every element."""
    return re.sub(
        r"<([a-zA-Z][a-zA-Z0-9-]*)",
        lambda tag: f'{tag[0]} {LINE}="{line + html.count(chr(10), 0, tag.start())}"',
        html,
    )


def is_paragraph(token: Token) -> bool:
    return token.type == "paragraph_open" and token.level == 0


def was_never_wrapped(tokens: list[Token]) -> bool:
    paragraphs = (token.content for before, token in pairwise(tokens) if is_paragraph(before))
    lengths = [len(ADDRESS.sub("", line)) for text in paragraphs for line in text.split("\n")]
    return sum(length for length in lengths if length > NEVER_WRAPPED) > sum(lengths) / 2


def without_scripts(tree: BeautifulSoup, source: str, lines_before: int) -> BeautifulSoup:
    """Raises ``BadFile`` where the story itself would go with what is removed."""
    for begin, end in HIDES:
        if source.count(begin) > source.count(end):
            line = source.count("\n", 0, source.rindex(begin)) + 1 + lines_before
            raise BadFile(line, f"“{begin}” has no end: “{end}”")
    for name in NEVER:
        found = tree.find_all(name)
        closed = name in VOID or source.lower().count(f"</{name}") >= len(found)
        for element in found:
            if not closed or element.find(list(BLOCK_TAGS)):
                raise BadFile(line_of(element), f"<{name}> has no place here, or has no end")
            element.decompose()
    return tree


def line_of(element: Tag) -> int:
    """The line in the file: the element's own, or the first inside it, or that of what holds it."""
    for node in (element, *element.find_all(None, {LINE: True}, limit=1), *element.parents):
        if line := node.get(LINE):
            return int(str(line))
    return 1


def text_of(element: Tag) -> str:
    return " ".join(" ".join(text for _, text in lines_of(element)).split())


def lines_of(element: Tag) -> Iterator[tuple[int, str]]:
    """The lines of text inside, each with its number in the file."""
    number, line = line_of(element), ""
    for node in element.descendants:
        if isinstance(node, Tag) and node.name in BREAKS:
            yield number, line
            number, line = number if node.name == "br" else line_of(node), ""
        elif type(node) is NavigableString:
            *ended, rest = str(node).split("\n")
            for text in ended:
                yield number, line + text
                number, line = number + 1, ""
            line += rest
    yield number, line
