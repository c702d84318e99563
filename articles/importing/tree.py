"""The body of an import file, Markdown or HTML, as one kind of tree that knows its lines."""

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt

LINE = "data-line"
NEVER = ["script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "form"]
BLOCK_TAGS = {
    *("p", "ul", "ol", "li", "blockquote", "table", "div", "section", "article", "main", "body", "html", "header"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "figure", "pre"),
}


def from_markdown(source: str, *, lines_before: int) -> BeautifulSoup:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(source)
    for token in tokens:
        if token.map and token.nesting == 1:
            token.attrSet(LINE, str(token.map[0] + 1 + lines_before))
    return without_scripts(BeautifulSoup(parser.renderer.render(tokens, parser.options, {}), "html.parser"))


def from_html(source: str, *, lines_before: int) -> BeautifulSoup:
    tree = BeautifulSoup(source, "html.parser")
    for element in tree.find_all(True):
        element[LINE] = str((element.sourceline or 1) + lines_before)
    return without_scripts(tree)


def without_scripts(tree: BeautifulSoup) -> BeautifulSoup:
    for element in tree.find_all(NEVER):
        element.decompose()
    return tree


def line_of(element: Tag) -> int:
    """The line in the file: the element's own, or that of what holds it."""
    for node in (element, *element.parents):
        if line := node.get(LINE):
            return int(str(line))
    return 1


def text_of(element: Tag) -> str:
    return " ".join(element.get_text(" ").split())
