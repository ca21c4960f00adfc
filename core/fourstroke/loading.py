"""Load a published table by one word, from any notebook."""

from __future__ import annotations

from typing import Any

from fourstroke.project import Project


def load(reference: str) -> Any:
    """Load a published table: ``name``, ``name@3``, or ``path/of/project:name@3``.

    Parameters
    ----------
    reference : str
        The data set, with the project's folder before a colon if it is not the current one.

    Returns
    -------
    table
        As it was published.
    """
    path, _, name = reference.rpartition(":")
    name, _, version = name.partition("@")
    with Project.open(path or ".") as project:
        return project.datasets[name].load(version=version or None)
