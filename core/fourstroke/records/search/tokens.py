"""Cut the text of a search into words, quoted texts and signs, each with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import attrs

from fourstroke.records.columns import clean
from fourstroke.records.search.tree import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 10_000

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<sign>!=|>=|<=|==|<>|[=<>(),])
    |(?P<word>[^\s=<>!(),"']+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    """,
    re.VERBOSE | re.DOTALL,
)
_SPELLINGS: Final = {"==": "=", "<>": "!="}


@attrs.frozen
class Token:
    """A piece of the text; ``column`` counts from 1.

    Parameters
    ----------
    kind : {"sign", "word", "text", "end"}
        ``text`` stood in quotes.
    prefix : str
        For ``params."a b"`` what stands before the quotes.
    """

    kind: Literal["sign", "word", "text", "end"]
    text: str
    column: int
    prefix: str = ""

    @property
    def keyword(self) -> str:
        """The word in small letters, as keywords are written in any."""
        return self.text.lower() if self.kind == "word" else ""


def cut(text: str) -> list[Token]:
    """Cut the text; the last token is its end.

    Raises
    ------
    UsageError
        If a quote is not closed, a sign is unknown, or the text is too long.
    """
    if len(text) > LONGEST:
        raise fault(f"the search is longer than {LONGEST:,} characters", LONGEST + 1)
    return [*_tokens(text), Token("end", "", len(text) + 1)]


def _tokens(text: str) -> Iterator[Token]:
    place, waiting = 0, None
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _unreadable(text, place)
        column, kind, piece = place + 1, found.lastgroup, found[0]
        place = found.end()
        if waiting is not None:
            if kind == "text":
                yield Token("text", _unquoted(piece), waiting.column, prefix=waiting.text)
                waiting = None
                continue
            yield waiting
            waiting = None
        if kind == "word":
            token = Token("word", clean(piece), column)
            # `params."a b"`: one name, of which a part stands in quotes.
            if piece.endswith("."):
                waiting = token
            else:
                yield token
        elif kind == "text":
            yield Token("text", _unquoted(piece), column)
        elif kind == "sign":
            yield Token("sign", _SPELLINGS.get(piece, piece), column)
    if waiting is not None:
        yield waiting


def _unquoted(piece: str) -> str:
    return clean(re.sub(r"\\(.)", r"\1", piece[1:-1], flags=re.DOTALL))


def _unreadable(text: str, place: int) -> Exception:
    if text[place] in "\"'":
        return fault("the quote is not closed", place + 1, f"end it with {text[place]}")
    return fault(f"{text[place]!r} means nothing here", place + 1, "unequal is written !=")
