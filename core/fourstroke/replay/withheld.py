"""Columns that the prediction log holds masked or hashed: what another version would be asked is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

# As `prediction_log.privacy` writes hashes.
_HASHED: Final = re.compile(r"[0-9a-f]{24}")


@attrs.frozen(kw_only=True)
class Needs:
    """What a model is asked with.

    Parameters
    ----------
    columns : frozenset of str, optional
        The columns that it needs; ``None`` if its plugin does not say, and then it may need any.
    spared : frozenset of str
        Columns that no model is trained on, such as the task's id and target.
    """

    columns: frozenset[str] | None
    spared: frozenset[str] = frozenset()

    def why_not(
        self,
        names: Collection[str],
        cells: Callable[[str], Iterable[Any]],
        withheld: Mapping[str, Collection[str]],
    ) -> str:
        """Say why a batch of the log cannot be put to the model; empty if it can.

        Parameters
        ----------
        names : collection of str
            The columns of the batch.
        cells : callable
            Gives the cells of one; it is asked for those alone that may be withheld.
        withheld : mapping
            The columns that may be masked (``mask``) and hashed (``hash``); a batch from before a rule holds
            its cells still.
        """
        if self.columns is not None and (missing := sorted(self.columns - set(names))):
            return f"the log has no column {_listed(missing)}, which it needs"
        for kind, named, is_so in (
            ("masked", withheld["mask"], is_masked),
            ("hashed", withheld["hash"], is_hashed),
        ):
            found = [name for name in self._needed(names) if name in named and is_so(cells(name))]
            if found and self.columns is None:
                return f"{_listed(found)} is {kind} in the log, and its plugin does not say what it needs"
            if found:
                return f"{_listed(found)} is {kind} in the log, and it needs that"
        return ""

    def _needed(self, names: Collection[str]) -> list[str]:
        wanted = names if self.columns is None else self.columns
        return sorted(set(wanted) - self.spared)


def is_masked(cells: Iterable[Any]) -> bool:
    """Say whether cells are those of a masked column: none holds anything."""
    return all(cell is None or cell != cell for cell in cells)  # noqa: PLR0124 - NaN is not itself


def is_hashed(cells: Iterable[Any]) -> bool:
    """Say whether cells are those of a hashed column: each that is there is a hash.

    Examples
    --------
    >>> is_hashed(["0123456789abcdef01234567", None]), is_hashed(["Ulm"]), is_hashed([None])
    (True, False, False)
    """
    is_any = False
    for cell in cells:
        if cell is None or cell != cell:  # noqa: PLR0124 - NaN is not itself
            continue
        if not (isinstance(cell, str) and _HASHED.fullmatch(cell)):
            return False
        is_any = True
    return is_any


def _listed(names: Collection[str]) -> str:
    return ", ".join(repr(name) for name in names)
