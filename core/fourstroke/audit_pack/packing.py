"""Gather all that there is about a model version, and write it as one archive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.artifacts.digest import canonical_json
from fourstroke.audit_pack import archive, telling
from fourstroke.audit_pack.verifying import (
    FORM,
    LEDGER,
    MANIFEST,
    ROWS,
    SIGNATURE,
    SIGNATURE_FORM,
)
from fourstroke.audit_trail import as_lines
from fourstroke.bill_of_materials import bill_of_materials
from fourstroke.config import mask
from fourstroke.engine.workshop import HOME, Workshop
from fourstroke.entities.audit_pack import PackedFile
from fourstroke.entities.data_card import FIRST
from fourstroke.errors import StoreError
from fourstroke.pages import page
from fourstroke.plain_json import plain
from fourstroke.run_data import data_of
from fourstroke.signing import sign
from fourstroke.version import __version__
from fourstroke.version_card import card_text
from fourstroke.written import refuse_to_overwrite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fourstroke.config import Config
    from fourstroke.project import Project
    from fourstroke.records.rows import DatasetRow, EventRow, RunRow, VersionRow

INDEX: Final = "index.html"
_ABOUT: Final = {
    "alerts.json": "alerts about it",
    "bill-of-materials.json": "model, data and distributions, as CycloneDX 1.6",
    "card.md": "the model card",
    "decisions.json": "every answer of approvers and people",
    "deployments.json": "where it was put to work, and where it was taken down",
    "environment.json": "interpreter, platform, all distributions with their versions",
    "labels.json": "aliases, tags, descriptions, stages, requests",
    LEDGER: "the whole ledger of the project: each event holds the hash of the one before",
    ROWS: "the rows that events on this model and its data tell: each event holds the digest of its row",
    "observations.json": "what monitors saw",
    "report.html": "the report of the run that registered it",
    "run.json": "the run that registered it: who, when, from which commit, settings, steps",
    "verdicts.json": "every verdict with all checks and waivers",
    "version.json": "what the registry knows of it",
}
_ABOUT_FOLDERS: Final = {
    "code": "as the run had it",
    "data": "a version of data that it was made from",
    "model": "the model itself",
}


@attrs.frozen(kw_only=True)
class _Gathering:
    """Reads of one version what goes into its pack."""

    project: Project
    row: VersionRow
    run: RunRow
    events: tuple[EventRow, ...]

    def tables(self) -> Iterator[tuple[str, Any]]:
        """Give what becomes JSON, by the file's name."""
        records, model, version = self.project.records, self.row.model, self.row.version
        labels = self.project.models[model][version].labels
        yield "version.json", {**plain(self.row), "labels": plain(labels)}
        detail = self.project.runs.show(self.run.run)
        yield "run.json", {"run": detail.run, "steps": detail.steps, "metrics": detail.metrics}
        yield "environment.json", records.provenance(self.run.run).facts
        yield "verdicts.json", records.verdicts(model, version)
        yield "decisions.json", records.decisions(model, version)
        own = [each for each in records.model_labels(model) if each.version in {version, None}]
        yield "labels.json", own
        deployed = [each for each in records.deployments(model) if each.version == version]
        yield "deployments.json", deployed
        yield "observations.json", records.observations(model, version)
        yield "alerts.json", records.alerts(model, version)
        yield "bill-of-materials.json", bill_of_materials(self.project, self.row)
        for reference, data in data_of(records, self.run):
            yield self._data(reference, data)

    def _data(self, reference: str, row: DatasetRow) -> tuple[str, Any]:
        layer = self.project.records.dataset_layers(row.name).get(row.version, FIRST)
        store = Workshop.of(self.project.config).store
        kept = row.profile  # which tables of other kinds than the bundled ones may not have
        profile = store.load(kept) if kept is not None and store.has(kept) else None
        return f"data/{reference}.json", {**plain(row), "layer": layer, "profile": plain(profile)}

    def texts(self) -> Iterator[tuple[str, str]]:
        """Give what is text as it is."""
        yield "card.md", card_text(self.project.config, self.project.records, self.row)
        for name, text in self.project.runs.source(self.run.run).items():
            yield f"code/{name}", text
        report = self.project.root / HOME / "reports" / self.run.run / "report.html"
        if report.is_file():
            yield "report.html", report.read_text(encoding="utf-8")

    def ledger(self) -> Iterator[tuple[str, bytes]]:
        """Give the chain, and of the rows that it tells those of this model and its data, as sealed."""
        yield LEDGER, as_lines(self.events)
        data = {f"data {reference}" for reference, _ in data_of(self.project.records, self.run)}
        own = {
            event.sequence
            for event in self.events
            if event.subject.partition("@v")[0] == self.row.model or event.subject in data
        }
        rows = sorted(
            (each for each in self.project.records.sealed_rows() if each.event in own),
            key=lambda each: (each.event, each.table),
        )
        lines = (canonical_json(attrs.asdict(each, recurse=False)) for each in rows)
        yield ROWS, b"".join(line + b"\n" for line in lines)

    def artifacts(self, *, with_data: bool, with_model: bool) -> Iterator[tuple[str, Path]]:
        """Give stored files as they are; each has just been checked."""
        store = Workshop.of(self.project.config).store
        if with_data:
            for reference, row in data_of(self.project.records, self.run):
                for file in row.artifact.files:
                    yield f"data/{reference}/{file.name}", store.fetch(file.digest)
        if with_model:
            for file in self.row.artifact.files:
                yield f"model/{file.name}", store.fetch(file.digest)


def pack(
    project: Project,
    row: VersionRow,
    path: Path,
    *,
    with_data: bool = False,
    with_model: bool = False,
    key: Path | None = None,
) -> None:
    """Write the audit pack of a version into a new file, whole or not at all.

    Parameters
    ----------
    project : Project
        Whose registry it is in.
    row : VersionRow
        The version.
    path : Path
        The archive.
    with_data, with_model : bool
        Whether tables and the model's files go along themselves.
    key : Path, optional
        A private key of Ed25519 to sign the manifest with.

    Raises
    ------
    UsageError
        If the file is there already, or the key is none.
    StoreError
        If something is damaged, or the ledger tells the value of a secret.
    """
    refuse_to_overwrite(path)
    gathering = _Gathering(
        project=project, row=row, run=project.records.run(row.run), events=project.records.events()
    )
    content: dict[str, bytes | Path] = {}
    config = project.config
    for name, value in gathering.tables():
        text = json.dumps(plain(value), indent=1, sort_keys=True, ensure_ascii=False)
        content[name] = mask(text + "\n", config).encode()
    for name, text in gathering.texts():
        content[name] = mask(text, config).encode()
    for name, lines in gathering.ledger():
        _refuse_secrets(name, lines, config)
        content[name] = lines
    content |= dict(gathering.artifacts(with_data=with_data, with_model=with_model))
    content[INDEX] = mask(_index(gathering, content), config).encode()
    content[MANIFEST] = manifest = _manifest(gathering, content)
    if key is not None:
        content[SIGNATURE] = _signature(key, manifest)
    archive.write(path, content)


def _refuse_secrets(name: str, lines: bytes, config: Config) -> None:
    """Refuse a secret in what cannot be masked, since its hashes would not fit any more."""
    for number, line in enumerate(lines.decode().splitlines(), start=1):
        if mask(line, config) != line:
            raise StoreError(
                "it tells the value of a secret, and cannot leave the project",
                where=f"{name}:{number}",
                hint="change the secret: a reason that was typed is in the ledger for good",
            )


def _index(gathering: _Gathering, content: Mapping[str, bytes | Path]) -> str:
    listed = tuple(
        PackedFile(
            name=name,
            about=_ABOUT.get(name) or _ABOUT_FOLDERS.get(name.partition("/")[0], ""),
            size_bytes=int(fact["size_bytes"]),
            digest=str(fact["sha256"]),
        )
        for name, fact in _facts(content).items()
    )
    told = telling.told(gathering.project, gathering.row, gathering.events, listed)
    return page(gathering.project, "render_audit_pack", {"pack": told})


def _manifest(gathering: _Gathering, content: Mapping[str, bytes | Path]) -> bytes:
    row, events = gathering.row, gathering.events
    told = {
        "form": FORM,
        "fourstroke": __version__,
        "project": gathering.project.name,
        "model": row.model,
        "version": row.version,
        "digest": row.digest,
        "ledger": {
            "sequence": events[-1].sequence if events else 0,
            "hash": events[-1].hash if events else "",
        },
        "files": _facts(content),
    }
    return (json.dumps(told, indent=1, sort_keys=True) + "\n").encode()


def _facts(content: Mapping[str, bytes | Path]) -> dict[str, dict[str, str | int]]:
    facts = {}
    for name in sorted(content):
        with archive.opened(content[name]) as source:
            facts[name] = archive.fact_of(source)
    return facts


def _signature(key: Path, manifest: bytes) -> bytes:
    told = {
        "form": SIGNATURE_FORM,
        "of": MANIFEST,
        "algorithm": "Ed25519",
        "signature": sign(key, manifest),
    }
    return (json.dumps(told, indent=1, sort_keys=True) + "\n").encode()
