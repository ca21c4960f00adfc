"""Lineage as events of OpenLineage, for catalogs that read them (https://openlineage.io/spec)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from fourstroke.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.entities.lineage import Lineage, LineageNode
    from fourstroke.records import Records

_PRODUCER: Final = f"urn:fourstroke:{__version__}"
_SPEC: Final = "https://openlineage.io/spec"
_EVENT: Final = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_VERSION: Final = f"{_SPEC}/facets/1-0-1/DatasetVersionDatasetFacet.json"
_SCHEMA: Final = f"{_SPEC}/facets/1-1-1/SchemaDatasetFacet.json"
_TYPES: Final = {"succeeded": "COMPLETE", "blocked": "FAIL", "failed": "FAIL", "running": "RUNNING"}


def events(lineage: Lineage, records: Records) -> Iterator[dict[str, Any]]:
    """Give one event for each run that made something in a lineage, the oldest first."""
    runs = {node.run for node in lineage.nodes if node.run}
    for row in sorted((records.run(run) for run in runs), key=lambda row: row.started):
        made = [node for node in lineage.nodes if node.run == row.run]
        taken = {
            node.id: node
            for each in made
            for node in lineage.beside(each.id, upwards=True)
            if node.run != row.run
        }
        yield {
            "eventType": _TYPES.get(row.state, "ABORT"),
            "eventTime": (row.finished or row.started).isoformat(),
            "producer": _PRODUCER,
            "schemaURL": _EVENT,
            # The specification asks for a UUID; this one follows from the run's own id.
            "run": {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{_PRODUCER}#{row.run}"))},
            "job": {"namespace": row.project, "name": row.kind},
            "inputs": [_dataset(node, row.project) for node in taken.values()],
            "outputs": [_dataset(node, row.project) for node in made],
        }


def _dataset(node: LineageNode, project: str) -> dict[str, Any]:
    name, _, version = node.name.partition("@")
    facets: dict[str, Any] = {}
    if version:
        facets["version"] = {
            "_producer": _PRODUCER,
            "_schemaURL": _VERSION,
            "datasetVersion": version,
        }
    if "columns" in node.facts:
        fields = [{"name": column} for column in node.facts["columns"]]
        facets["schema"] = {"_producer": _PRODUCER, "_schemaURL": _SCHEMA, "fields": fields}
    return {"namespace": project, "name": f"{node.kind}/{name}", "facets": facets}
