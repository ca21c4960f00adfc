"""What comes from what: sources, data, models, and where models are at work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import attrs

NodeKind = Literal["source", "data", "model", "deployment", "predictions"]
# In the order in which one comes from the other.
KINDS: Final[tuple[NodeKind, ...]] = ("source", "data", "model", "deployment", "predictions")


@attrs.frozen(kw_only=True)
class LineageNode:
    """One thing.

    Parameters
    ----------
    kind : {"source", "data", "model", "deployment", "predictions"}
        What it is.
    name : str
        As people write it behind the kind: ``sales@v1``.
    about : str
        A few words: rows, place, when.
    run : str
        The run that it came from; empty for a source.
    facts : mapping
        More of it, as plain values.
    """

    kind: NodeKind
    name: str
    about: str = ""
    run: str = ""
    facts: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def id(self) -> str:
        """Its name among all: ``data:sales@v1``."""
        return f"{self.kind}:{self.name}"


@attrs.frozen
class LineageEdge:
    """That one thing was made from another.

    Parameters
    ----------
    source : str
        The id of what was there before.
    target : str
        The id of what was made from it.
    """

    source: str
    target: str


@attrs.frozen(kw_only=True)
class Lineage:
    """What comes from what.

    Parameters
    ----------
    nodes : tuple of LineageNode
        What there is, in the order of the kinds.
    edges : tuple of LineageEdge
        What was made from what.
    about : str
        The id of what was asked for; empty for all there is.
    """

    nodes: tuple[LineageNode, ...] = ()
    edges: tuple[LineageEdge, ...] = ()
    about: str = ""

    def node(self, id_: str) -> LineageNode | None:
        """Give a node by its id."""
        return next((node for node in self.nodes if node.id == id_), None)

    def around(self, id_: str, *, up: bool = True, down: bool = True) -> Lineage:
        """Give what a node comes from, and what comes from it."""
        reached = {id_}
        if up:
            reached |= set(self._reached(id_, upwards=True))
        if down:
            reached |= set(self._reached(id_, upwards=False))
        return Lineage(
            nodes=tuple(node for node in self.nodes if node.id in reached),
            edges=tuple(
                edge for edge in self.edges if edge.source in reached and edge.target in reached
            ),
            about=id_,
        )

    def beside(self, id_: str, *, upwards: bool) -> tuple[LineageNode, ...]:
        """Give what a node was made from directly, or what was made from it."""
        wanted = {
            edge.source if upwards else edge.target
            for edge in self.edges
            if (edge.target if upwards else edge.source) == id_
        }
        return tuple(node for node in self.nodes if node.id in wanted)

    def _reached(self, id_: str, *, upwards: bool) -> Iterator[str]:
        waiting, seen = [id_], {id_}
        while waiting:
            for node in self.beside(waiting.pop(), upwards=upwards):
                if node.id not in seen:
                    seen.add(node.id)
                    waiting.append(node.id)
                    yield node.id
