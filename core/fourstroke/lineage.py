"""Put together from the records what comes from what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fourstroke.entities.lineage import KINDS, Lineage, LineageEdge, LineageNode
from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke.records import Records
    from fourstroke.records.rows import RunRow

# Settings of sources that say where they read, the likeliest first.
_PLACES: Final = ("path", "url", "table", "query")
_LONGEST: Final = 60


def whole(records: Records) -> Lineage:
    """Give all data, models, deployments and predictions of a project, and what they come from."""
    builder = _Builder(records)
    builder.build()
    nodes = sorted(builder.nodes.values(), key=lambda node: KINDS.index(node.kind))
    edges = sorted(builder.edges, key=lambda edge: (edge.source, edge.target))
    return Lineage(nodes=tuple(nodes), edges=tuple(edges))


def traced(records: Records, reference: str, *, up: bool = True, down: bool = True) -> Lineage:
    """Give what one thing comes from, and what comes from it.

    Parameters
    ----------
    records : Records
        Of the project.
    reference : str
        ``data:sales@v1``, ``model:churn@3``, ``source:...``, ``deployment:...``, ``predictions:...``
        or ``run:...``, which stands for what the run made.
    up, down : bool
        The directions.

    Raises
    ------
    UsageError
        If there is no such thing; names the nearest.
    """
    graph = whole(records)
    kind, colon, name = reference.partition(":")
    if not colon:
        raise UsageError(f"{reference!r} names nothing", hint="data:NAME@1, model:NAME@1 or run:ID")
    if kind == "run":
        return _of_run(graph, records.run(name).run, up=up, down=down)
    if kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}", hint=nearest(kind, [*KINDS, "run"]))
    found = _found(graph, kind, name)
    return graph.around(found.id, up=up, down=down)


def _found(graph: Lineage, kind: str, name: str) -> LineageNode:
    """Find a node by its name; the version may stand without its v, or be left out for the latest."""
    nodes = [node for node in graph.nodes if node.kind == kind]
    stem, _, version = name.partition("@")
    wanted = f"{stem}@v{version.removeprefix('v')}" if version else name
    for node in reversed(nodes):
        if node.name in {name, wanted} or (not version and node.name.partition("@")[0] == name):
            return node
    raise UsageError(
        f"there is no {kind} {name!r}", hint=nearest(wanted, [node.name for node in nodes])
    )


def _of_run(graph: Lineage, run: str, *, up: bool, down: bool) -> Lineage:
    made = [node.id for node in graph.nodes if node.run == run]
    if not made:
        raise UsageError(f"run {run} made nothing that is kept", hint="fourstroke runs show " + run)
    parts = [graph.around(id_, up=up, down=down) for id_ in made]
    reached = {node.id for part in parts for node in part.nodes}
    return Lineage(
        nodes=tuple(node for node in graph.nodes if node.id in reached),
        edges=tuple(
            edge for edge in graph.edges if edge.source in reached and edge.target in reached
        ),
        about=f"run:{run}",
    )


class _Builder:
    """Collects nodes and edges."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.nodes: dict[str, LineageNode] = {}
        self.edges: set[LineageEdge] = set()
        self._runs: dict[str, RunRow] = {}

    def build(self) -> None:
        for name in self.records.datasets():
            self._dataset(name)
        for name in self.records.models():
            self._model(name)
        for node in [*self.nodes.values()]:
            self._used(node)

    def _dataset(self, name: str) -> None:
        for row in self.records.dataset_versions(name):
            run = self._run(row.run)
            rows = f"{row.rows:,} rows, " if row.rows is not None else ""
            node = self._add(
                kind="data",
                name=f"{name}@v{row.version}",
                about=f"{rows}{row.created:%Y-%m-%d}",
                run=row.run,
                facts={"digest": row.digest, "rows": row.rows, "columns": list(row.columns)},
            )
            for place in _sources(run.settings):
                source = self._add(kind="source", name=place, about="")
                self.edges.add(LineageEdge(source.id, node.id))

    def _model(self, name: str) -> None:
        for row in self.records.model_versions(name):
            title = f"{name}@v{row.version}"
            node = self._add(
                kind="model",
                name=title,
                about=f"{row.candidate}, {row.created:%Y-%m-%d}",
                run=row.run,
                facts={"digest": row.digest, "candidate": row.candidate},
            )
            self._at_work(name, row.version, node)

    def _at_work(self, model: str, version: int, node: LineageNode) -> None:
        for row in self.records.deployments(model):
            if row.version == version:
                made = self._add(
                    kind="deployment",
                    name=f"{row.target}:{model}@v{version}",
                    about=f"{row.location}, {row.at:%Y-%m-%d}",
                    run=row.run,
                )
                self.edges.add(LineageEdge(node.id, made.id))
        for batch in self.records.predictions(model, version):
            made = self._add(
                kind="predictions",
                name=f"{model}@v{version}#{batch.id}",
                about=f"{batch.rows:,} rows, {batch.at:%Y-%m-%d}",
                run=batch.run,
                facts={"rows": batch.rows},
            )
            self.edges.add(LineageEdge(node.id, made.id))

    def _used(self, node: LineageNode) -> None:
        """Connect a node with the data that its run made use of."""
        if node.kind not in {"data", "model"} or not node.run:
            return
        for reference in self._run(node.run).data:
            source = self.nodes.get(f"data:{reference}")
            if source is not None and source.id != node.id:
                # Data of the same run were made beside each other, and not from each other.
                if node.kind == "data" and source.run == node.run:
                    continue
                self.edges.add(LineageEdge(source.id, node.id))

    def _add(self, **given: Any) -> LineageNode:
        node = LineageNode(**given)
        return self.nodes.setdefault(node.id, node)

    def _run(self, run: str) -> RunRow:
        if run not in self._runs:
            self._runs[run] = self.records.run(run)
        return self._runs[run]


def _sources(settings: Mapping[str, Any]) -> Iterator[str]:
    """Name the sources of a run by where they read: secrets stand as ``${NAME}`` in settings."""
    data = settings.get("data", {})
    tables = data.get("collect", {})
    if data.get("pin"):
        return
    for table in tables if isinstance(tables, list) else [tables]:
        place = next((str(table[key]) for key in _PLACES if table.get(key)), "")
        short = place if len(place) <= _LONGEST else f"{place[: _LONGEST - 3]}..."
        yield short or str(table.get("use", table.get("name", "source")))
