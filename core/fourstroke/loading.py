"""Load a published table by one word, from any notebook."""

from __future__ import annotations

from typing import Any

from fourstroke.errors import UsageError
from fourstroke.project import Project


def load(reference: str) -> Any:
    """Load a published table: ``name``, ``name@3``, ``name@curated``, or ``path/of/project:name@3``.

    Parameters
    ----------
    reference : str
        The data set, with the project's folder before a colon if it is not the current one.

    Returns
    -------
    table
        As it was published.

    Raises
    ------
    UsageError
        If it is no such text, or there is no such data set.
    """
    if not isinstance(reference, str):
        raise UsageError(
            f"expected a text, got {type(reference).__name__}",
            hint="write 'name@3' or 'folder:name@3'",
        )
    path, _, name = reference.rpartition(":")
    name, _, version = name.partition("@")
    with Project.open(path or ".") as project:
        return project.datasets[name].load(version=version or None)
