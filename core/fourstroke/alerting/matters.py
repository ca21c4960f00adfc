"""Matters: what alerts of one key belong together, and what people have said of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.records.alert_words import AlertWord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fourstroke.records.operation_rows import AlertRow

# What turns of the loop raise, and no monitor: data that fail their contract, a training that fails.
TRAINING_DATA: Final = "training_data"
TRAINING: Final = "training"
_OF_TURNS: Final = frozenset({TRAINING_DATA, TRAINING})


def raised_by(key: str) -> str:
    """Name what raises the alerts of a key: a monitor, or what is wrong with a turn."""
    return key.rpartition("/")[2]


def is_of_turn(key: str) -> bool:
    """Say whether an alert tells of a turn, and not of what a monitor saw."""
    return raised_by(key) in _OF_TURNS


@attrs.define(kw_only=True, eq=False)
class Matter:
    """Alerts of one key, from the first one to when it was over.

    Parameters
    ----------
    number : int
        That of its first alert; people name it by this.
    model, key : str
        Whose, and what.
    alerts : list of AlertRow
        The oldest first; there is one at least.
    words : list of AlertWord
        What people, and the rules, said of it, the oldest first.
    """

    number: int
    model: str
    key: str
    alerts: list[AlertRow]
    words: list[AlertWord] = attrs.field(factory=list)

    @property
    def began(self) -> dt.datetime:
        """When it was raised first, in UTC."""
        return self.alerts[0].at

    @property
    def last(self) -> AlertRow:
        """The latest alert."""
        return self.alerts[-1]

    @property
    def resolved(self) -> AlertWord | None:
        """How it was over; ``None`` while it is not."""
        return next((word for word in self.words if word.kind == "resolved"), None)

    @property
    def acknowledged(self) -> AlertWord | None:
        """Who sees to it; ``None`` if nobody has said so."""
        return next((word for word in reversed(self.words) if word.kind == "acknowledged"), None)

    @property
    def is_told(self) -> bool:
        """Whether channels were told of its latest alert: a killed run may not have come so far."""
        return any(
            word.kind == "told" and (word.at or self.began) >= self.last.at for word in self.words
        )

    @property
    def state(self) -> str:
        """Say in a word how it stands."""
        if self.resolved is not None:
            return "resolved"
        return "open" if self.acknowledged is None else "acknowledged"


def matters(alerts: Iterable[AlertRow], words: Iterable[AlertWord]) -> tuple[Matter, ...]:
    """Put alerts and what was said of them together, the oldest matter first.

    Notes
    -----
    An alert after a matter was over begins another one. Rows of one moment count in the order in which
    they were recorded, alerts first.
    """
    found: list[Matter] = []
    open_: dict[tuple[str, str], Matter] = {}
    rows: list[AlertRow | AlertWord] = [*alerts, *words]
    for row in sorted(rows, key=_moment):
        if isinstance(row, AlertWord):
            _add_word(row, open_)
            continue
        at = (row.alert.model, row.alert.key)
        if at not in open_:
            open_[at] = Matter(number=row.id, model=at[0], key=at[1], alerts=[])
            found.append(open_[at])
        open_[at].alerts.append(row)
    return tuple(found)


def _add_word(word: AlertWord, open_: dict[tuple[str, str], Matter]) -> None:
    at = (word.model, word.key)
    if at in open_:
        open_[at].words.append(word)
        if word.kind == "resolved":
            del open_[at]


def muted(words: Iterable[AlertWord], model: str, key: str, now: dt.datetime) -> AlertWord | None:
    """Give the word that mutes a key at a moment; muting outlasts the matter that it was said of."""
    said = [
        word
        for word in words
        if (word.model, word.key) == (model, key) and word.kind in {"muted", "unmuted"}
    ]
    if not said or said[-1].kind == "unmuted":
        return None
    return said[-1] if said[-1].until is None or now < said[-1].until else None


def _moment(row: AlertRow | AlertWord) -> dt.datetime:
    assert row.at is not None  # noqa: S101 - what was recorded has its moment
    return row.at
