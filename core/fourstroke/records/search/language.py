"""Read a search: comparisons joined by ``and``, ``or``, ``not`` and parentheses.

The grammar, in which ``not`` binds before ``and``, and ``and`` before ``or``::

    search     = [ any ]
    any        = all { "or" all }
    all        = one { "and" one }
    one        = "not" one | "(" any ")" | comparison | WORD
    comparison = FIELD ( OPERATOR value | [ "not" ] "in" "(" value { "," value } ")"
                       | [ "not" ] "like" value )
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.errors import nearest
from fourstroke.records.search.fields import check, field_of, is_field_like
from fourstroke.records.search.tokens import Token, cut
from fourstroke.records.search.tree import (
    AllOf,
    AnyOf,
    Comparison,
    Field,
    Not,
    Operator,
    Order,
    Term,
    Value,
    Word,
    comparisons,
    fault,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNS: Final[tuple[Operator, ...]] = ("=", "!=", ">=", "<=", ">", "<")
_JOINING: Final = frozenset({"and", "or", "not", "in", "like"})
_DEEPEST: Final = 50
# SQLite takes an expression of at most a thousand levels, and 32,766 values.
_MOST_COMPARISONS: Final = 300
_MOST_VALUES: Final = 1_000
_SORTED_BY: Final = ("started", "finished", "seed")


def parse(text: str) -> Term:
    """Read a search; an empty one finds all, and one of words alone looks for them as they stand.

    Raises
    ------
    UsageError
        With the column of what is wrong, and what was probably meant.
    """
    if not text.strip():
        return AllOf(())
    tokens = cut(text)
    words = [token for token in tokens if token.kind != "end"]
    if len(words) > 1 and all(_is_only_word(token) for token in words):
        return word(text.strip())
    reader = _Reader(tokens)
    term = reader.any_of(0)
    if not reader.is_at_end:
        raise reader.unexpected("'and', 'or' or the end")
    if sum(1 for _ in comparisons(term)) > _MOST_COMPARISONS:
        raise fault(f"there are more than {_MOST_COMPARISONS} comparisons", 1, "use 'in'")
    return term


def _is_only_word(token: Token) -> bool:
    return token.kind == "word" and not token.prefix and token.keyword not in _JOINING


def word(text: str) -> Term:
    """Give the search for a word that occurs anywhere in a run's id, command, user or message."""
    return Word(text) if text else AllOf(())


def parse_order(text: str) -> tuple[Order, ...]:
    """Read what to sort by: ``metrics.roc_auc``, ``metrics.loss asc, started``.

    The highest and the latest come first, unless ``asc`` stands behind it.

    Raises
    ------
    UsageError
        If something cannot be sorted by.
    """
    reader = _Reader(cut(text))
    keys = [reader.order()]
    while reader.takes(","):
        keys.append(reader.order())
    if not reader.is_at_end:
        raise reader.unexpected("'asc', 'desc', ',' or the end")
    return tuple(keys)


@attrs.define
class _Reader:
    """Reads tokens one after the other."""

    tokens: list[Token]
    place: int = 0
    values: int = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    @property
    def is_at_end(self) -> bool:
        return self.next.kind == "end"

    def take(self) -> Token:
        token = self.next
        self.place += 1
        return token

    def takes(self, text: str) -> bool:
        """Step over a sign or keyword, if it stands here."""
        token = self.next
        if token.keyword == text or (token.kind == "sign" and token.text == text):
            self.place += 1
            return True
        return False

    def unexpected(self, wanted: str) -> Exception:
        token = self.next
        found = "the end" if token.kind == "end" else repr(token.text)
        hint = ""
        if token.kind == "word":
            near = nearest(token.text, ["and", "or", "not", "in", "like"])
            hint = near if near.startswith("did you mean") else "put text with spaces into quotes"
        return fault(f"expected {wanted}, found {found}", token.column, hint)

    def any_of(self, depth: int) -> Term:
        return self._joined(
            "or", lambda: self._joined("and", lambda: self.one(depth), AllOf), AnyOf
        )

    def _joined(
        self, joint: str, read: Callable[[], Term], kind: Callable[[tuple[Term, ...]], Term]
    ) -> Term:
        parts = [read()]
        while self.takes(joint):
            parts.append(read())
        return parts[0] if len(parts) == 1 else kind(tuple(parts))

    def one(self, depth: int) -> Term:
        if depth > _DEEPEST:
            raise fault(f"it is nested deeper than {_DEEPEST} levels", self.next.column)
        if self.takes("not"):
            return Not(self.one(depth + 1))
        if self.takes("("):
            term = self.any_of(depth + 1)
            if not self.takes(")"):
                raise self.unexpected("')'")
            return term
        return self.comparison()

    def comparison(self) -> Term:
        token = self.next
        if token.kind not in {"word", "text"} or token.keyword in _JOINING:
            raise self.unexpected("a field")
        self.take()
        if not self._is_operator(self.next):
            return self._word(token)
        if token.kind == "text" and not token.prefix:
            raise fault(f"{token.text!r} is a value, not a field", token.column, "turn them round")
        field = self._field(token)
        sign = self.next
        is_denied = self.takes("not")
        operator = self._operator(is_denied=is_denied)
        values = self._values() if operator == "in" else (self._value(),)
        check(field, operator, sign.column, values)
        found = Comparison(field, operator, values, token.column)
        return Not(found) if is_denied else found

    def order(self) -> Order:
        token = self.next
        if token.kind not in {"word", "text"}:
            raise self.unexpected("a field")
        self.take()
        field = self._field(token)
        if field.family not in {"metrics", "params"} and field.name not in _SORTED_BY:
            raise fault(
                f"runs cannot be sorted by {field}",
                token.column,
                f"by metrics.NAME, params.NAME, {', '.join(_SORTED_BY)}",
            )
        is_rising = self.takes("asc")
        if not is_rising:
            self.takes("desc")
        return Order(field, is_descending=not is_rising, column=token.column)

    def _field(self, token: Token) -> Field:
        if token.prefix:
            return field_of(token.prefix, token.column, quoted=token.text)
        return field_of(token.text, token.column)

    def _word(self, token: Token) -> Term:
        if token.kind == "word" and is_field_like(token.text):
            raise self.unexpected(f"an operator after {token.text!r}")
        return word(token.prefix + token.text)

    def _is_operator(self, token: Token) -> bool:
        if token.kind == "sign":
            return token.text in _SIGNS
        if token.keyword == "not":
            return self.tokens[self.place + 1].keyword in {"in", "like"}
        return token.keyword in {"in", "like"}

    def _operator(self, *, is_denied: bool) -> Operator:
        token = self.take()
        if token.keyword == "in" or (is_denied and token.keyword == "like"):
            return "in" if token.keyword == "in" else "like"
        if token.keyword == "like":
            return "like"
        return next(each for each in _SIGNS if each == token.text)

    def _value(self) -> Value:
        token = self.next
        is_value = token.kind in {"word", "text"} and token.keyword not in {"and", "or", "not"}
        if not is_value:
            raise self.unexpected("a value")
        self.take()
        self.values += 1
        if self.values > _MOST_VALUES:
            raise fault(f"there are more than {_MOST_VALUES:,} values", token.column)
        return Value(token.prefix + token.text, token.kind == "text", token.column)

    def _values(self) -> tuple[Value, ...]:
        if not self.takes("("):
            raise self.unexpected("'('")
        values = [self._value()]
        while self.takes(","):
            values.append(self._value())
        if not self.takes(")"):
            raise self.unexpected("',' or ')'")
        return tuple(values)
