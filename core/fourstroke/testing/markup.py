"""What a file of HTML or Markdown is made of, as whoever shows it will understand it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

# These have no end tag.
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)
# Attributes whose value a browser goes to.
_ADDRESSES: Final = frozenset(
    "src href xlink:href action formaction data poster background srcset ping manifest".split()  # noqa: SIM905
)
_INSIDE: Final = ("#", "data:", "mailto:")
_CSS_ADDRESS: Final = re.compile(
    r"url\(\s*['\"]?\s*([^)'\"]*)|@import\s+['\"]?([^;'\"]+)", re.IGNORECASE
)
_BAR: Final = re.compile(r"(?<!\\)(?:\\\\)*\|")
_RULE: Final = re.compile(r"^\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?$")


class Page(HTMLParser):
    """An HTML page: its elements, its words, and what it wants from elsewhere.

    Attributes
    ----------
    elements : list of str
        Each start of an element with the names of its attributes, in order.
    outside : list of str
        Addresses that are not in the page itself.
    unclosed : list of str
        Elements that do not end where they have to.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.outside: list[str] = []
        self.unclosed: list[str] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.unclosed += self._open

    @property
    def words(self) -> str:
        """The text that a reader sees, without what stands in styles and scripts."""
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        self.elements.append(" ".join([tag, *(name for name, _ in attrs)]))
        if tag not in _VOID:
            self._open.append(tag)
        for name, value in attrs:
            address = (value or "").strip()
            if name in _ADDRESSES and address and not address.lower().startswith(_INSIDE):
                self.outside.append(f"{tag} {name}={address[:80]}")
            if name == "style":
                self._css(address)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element that ends where it starts."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if self._open and self._open[-1] == tag:
            self._open.pop()
        elif tag not in _VOID:
            self.unclosed.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        """Take note of words, or of what a style wants."""
        inside = self._open[-1] if self._open else ""
        if inside == "style":
            self._css(data)
        elif inside != "script":
            self._words.append(data)

    def _css(self, text: str) -> None:
        for found in _CSS_ADDRESS.finditer(text):
            address = (found[1] or found[2] or "").strip()
            if address and not address.lower().startswith(_INSIDE):
                self.outside.append(f"style {address[:80]}")


def ragged_rows(markdown: str) -> list[str]:
    """Give the rows of Markdown tables that have more or fewer cells than their head."""
    lines = markdown.splitlines()
    found = []
    cells = 0
    for number, line in enumerate(lines):
        if not cells and _RULE.match(line) and number and "|" in lines[number - 1]:
            cells = _bars(line)
            if _bars(lines[number - 1]) != cells:
                found.append(lines[number - 1])
        elif cells and line.startswith("|"):
            if _bars(line) != cells:
                found.append(line)
        else:
            cells = 0
    return found


def _bars(line: str) -> int:
    return len(_BAR.findall(line))
