"""What a project predicts."""

from __future__ import annotations

from typing import Literal

import attrs

TaskKind = Literal["binary", "multiclass", "regression"]


@attrs.frozen(kw_only=True)
class Task:
    """What is predicted, from the table ``[task]`` of the project file.

    Parameters
    ----------
    target : str
        The column to predict. Empty in a project that has a data cycle only.
    kind : {"binary", "multiclass", "regression"}
        What the target is.
    positive : str or int or float or bool, optional
        The class of interest of a binary task; without it the last in sorted order.
    id : str
        The column that names a row. It is never a feature.
    time : str
        The column that orders rows in time; empty if there is none.
    group : str
        The column whose values must stay on one side of a split; empty if there is none.
    sensitive : tuple of str
        Columns by which evaluation is also reported.
    ignore : tuple of str
        Columns that are kept in the table and never used as features.
    """

    target: str = ""
    kind: TaskKind = "binary"
    positive: str | int | float | bool | None = None
    id: str = ""
    time: str = ""
    group: str = ""
    sensitive: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def not_features(self) -> frozenset[str]:
        """The columns that a model must not be trained on."""
        return frozenset({self.target, self.id, *self.ignore} - {""})
