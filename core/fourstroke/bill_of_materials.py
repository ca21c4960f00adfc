"""The bill of materials of a model version, as CycloneDX 1.6: the model, its data, and all distributions.

CycloneDX is ECMA-424; field names and closed choices are those of its JSON schema
(https://cyclonedx.org/docs/1.6/json/), and package URLs those of https://github.com/package-url/purl-spec.
"""

from __future__ import annotations

import importlib.metadata
import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fourstroke.artifacts.artifact import Artifact
from fourstroke.artifacts.digest import ALGORITHM, digest_json
from fourstroke.engine.workshop import Workshop
from fourstroke.run_data import data_of
from fourstroke.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke.entities.facts import Evaluation
    from fourstroke.project import Project
    from fourstroke.records.rows import DatasetRow, VersionRow

SPECIFICATION: Final = "1.6"
_TASKS: Final = {"regression": "regression"}
# A field of metadata longer than this is the licence's text, and no name of it.
_LONGEST_NAME: Final = 100
_CLASSIFIER: Final = "License :: OSI Approved :: "


def bill_of_materials(project: Project, row: VersionRow) -> dict[str, Any]:
    """Give the bill of a version; the same version gives the same one in the same environment.

    Licences are those that the distributions tell which are installed here in the recorded version: the
    record itself has names and versions only.

    Parameters
    ----------
    project : Project
        Whose registry it is in.
    row : VersionRow
        The version.

    Returns
    -------
    dict
        Plain values, as CycloneDX 1.6 has them.
    """
    facts = project.records.provenance(row.run).facts
    run = project.records.run(row.run)
    datasets = [_dataset(each) for _, each in data_of(project.records, run)]
    distributions = [*_distributions(facts.get("distributions", {}))]
    platform = _python(facts)
    model = _model(project, row, [each["bom-ref"] for each in datasets])
    components = [*datasets, *platform, *distributions]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {
            # Of the registration: a bill that is written later says the same.
            "timestamp": row.created.isoformat(timespec="seconds"),
            "tools": {
                "components": [
                    {"type": "application", "name": "fourstroke", "version": __version__}
                ]
            },
            "component": model,
        },
        "components": components,
        "dependencies": [
            {"ref": model["bom-ref"], "dependsOn": [each["bom-ref"] for each in components]}
        ],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, digest_json(bill))
    return {"serialNumber": f"urn:uuid:{serial}", **bill}


def _model(project: Project, row: VersionRow, datasets: list[str]) -> dict[str, Any]:
    task = project.records.run(row.run).settings.get("task", {})
    evaluation: Evaluation = Workshop.of(project.config).store.load(
        Artifact.from_json(row.facts["evaluation"])
    )
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{row.model}@v{row.version}",
        "name": row.model,
        "version": str(row.version),
        "description": f"the candidate {row.candidate} of run {row.run}",
        **_content(row.artifact),
        "modelCard": {
            "modelParameters": {
                "approach": {"type": "supervised"},
                "task": _TASKS.get(task.get("kind", ""), "classification"),
                "datasets": [{"ref": each} for each in datasets],
            },
            "quantitativeAnalysis": {"performanceMetrics": [*_metrics(evaluation)]},
        },
    }


def _metrics(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    for metric in evaluation.metrics:
        if metric.value is not None:
            told: dict[str, Any] = {"type": metric.name, "value": repr(metric.value)}
            if metric.low is not None and metric.high is not None:
                interval = {"lowerBound": repr(metric.low), "upperBound": repr(metric.high)}
                told["confidenceInterval"] = interval
            yield told


def _dataset(row: DatasetRow) -> dict[str, Any]:
    card, rows = row.card, "" if row.rows is None else f"{row.rows} rows"
    told: dict[str, Any] = {"type": "dataset", "name": f"{row.name}@v{row.version}"}
    if card is not None and card.sensitivity:
        told["classification"] = card.sensitivity
    if card is not None and card.description:
        told["description"] = card.description
    found = {
        "type": "data",
        "bom-ref": f"data:{row.name}@v{row.version}",
        "name": row.name,
        "version": str(row.version),
        "description": rows or "a table",
        **_content(row.artifact),
        "data": [told],
    }
    if card is not None and card.licence:
        found["licenses"] = [{"license": {"name": card.licence}}]
    return found


def _content(artifact: Artifact) -> dict[str, Any]:
    """Tell the digests of an artifact's files, and what names the artifact as a whole.

    That one is of the list of files, and so no hash of a content that other programs could check.
    """
    return {
        "properties": [
            {"name": "fourstroke:digest", "value": artifact.digest},
            {"name": "fourstroke:codec", "value": artifact.codec},
        ],
        "components": [
            {
                "type": "file",
                "bom-ref": f"{artifact.digest}#{file.name}",
                "name": file.name,
                "hashes": [{"alg": "BLAKE3", "content": file.digest.removeprefix(f"{ALGORITHM}:")}],
            }
            for file in artifact.files
        ],
    }


def _python(facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "python" in facts:
        name = str(facts.get("implementation", "Python"))
        yield {
            "type": "platform",
            "bom-ref": f"platform:{name}@{facts['python']}",
            "name": name,
            "version": str(facts["python"]),
        }


def _distributions(known: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for name, version in sorted(known.items()):
        address = f"pkg:pypi/{quote(name.lower(), safe='')}@{quote(version, safe='')}"
        yield {
            "type": "library",
            "bom-ref": address,
            "name": name,
            "version": version,
            "purl": address,
            **_licences(name, version),
        }


def _licences(name: str, version: str) -> dict[str, Any]:
    """Give what a distribution says of its licence, if this version of it is installed here."""
    try:
        about = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return {}
    if about["Version"] != version:
        return {}
    if expressions := about.get_all("License-Expression"):  # PEP 639: they are of SPDX
        return {"licenses": [{"expression": expressions[0]}]}
    named = [
        each.removeprefix(_CLASSIFIER)
        for each in about.get_all("Classifier") or ()
        if each.startswith(_CLASSIFIER)
    ]
    said = (about.get_all("License") or [""])[0].strip()
    if not named and said and len(said) <= _LONGEST_NAME and "\n" not in said:
        named = [said]
    return {"licenses": [{"license": {"name": each}} for each in named]} if named else {}
