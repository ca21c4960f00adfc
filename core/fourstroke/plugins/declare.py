"""Declare a plugin: a class whose fields are its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, dataclass_transform

import attrs

if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def plugin(cls: type[T]) -> type[T]:
    """Make a class a plugin; the same as ``attrs.frozen(eq=False, kw_only=True)``.

    Its fields are its settings, and its methods with ``@hookimpl`` serve the stages. ``eq=False`` because
    pluggy compares and hashes plugins: two steps with equal settings are still two steps.

    Examples
    --------
    >>> @plugin
    ... class DropOutliers:
    ...     column: str
    ...     limit: float = 4.0
    >>> DropOutliers(column="income").limit
    4.0
    """
    return attrs.frozen(eq=False, kw_only=True, slots=False)(cls)
