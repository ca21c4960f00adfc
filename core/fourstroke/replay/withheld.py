"""Columns that the prediction log holds masked or hashed: what another version would be asked is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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

    def why_not(self, batch: Mapping[str, Any], withheld: Mapping[str, Collection[str]]) -> str:
        """Say why a batch of the log cannot be put to the model; empty if it can.

        Parameters
        ----------
        batch : mapping of str to array
            The columns of the batch.
        withheld : mapping
            The columns that may be masked (``mask``) and hashed (``hash``); a batch from before a rule holds
            its cells still.
        """
        if self.columns is not None and (missing := sorted(self.columns - batch.keys())):
            return f"the log has no column {_listed(missing)}, which it needs"
        for kind, named, is_so in (
            ("masked", withheld["mask"], is_masked),
            ("hashed", withheld["hash"], is_hashed),
        ):
            found = [
                name
                for name in self._needed(batch)
                if name in named and is_so(batch[name].tolist())
            ]
            if found and self.columns is None:
                return f"{_listed(found)} is {kind} in the log, and its plugin does not say what it needs"
            if found:
                return f"{_listed(found)} is {kind} in the log, and it needs that"
        return ""

    def _needed(self, batch: Mapping[str, Any]) -> list[str]:
        wanted = batch.keys() if self.columns is None else self.columns
        return sorted(set(wanted) - self.spared)


def is_masked(cells: Collection[Any]) -> bool:
    """Say whether cells are those of a masked column: none holds anything."""
    return all(cell is None or cell != cell for cell in cells)  # noqa: PLR0124 - NaN is not itself


def is_hashed(cells: Collection[Any]) -> bool:
    """Say whether cells are those of a hashed column: each that is there is a hash.

    Examples
    --------
    >>> is_hashed(["0123456789abcdef01234567", None]), is_hashed(["Ulm"]), is_hashed([None])
    (True, False, False)
    """
    there = [cell for cell in cells if isinstance(cell, str) or cell == cell]  # noqa: PLR0124
    texts = [cell for cell in there if cell is not None]
    return bool(texts) and all(
        isinstance(cell, str) and _HASHED.fullmatch(cell) is not None for cell in texts
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join(repr(name) for name in names)
