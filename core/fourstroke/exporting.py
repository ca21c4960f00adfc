"""Write a model version into a folder of its own, and prove that it predicts the same there."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Final

from fourstroke.artifacts import files
from fourstroke.artifacts.artifact import Artifact
from fourstroke.config.source import FILE_NAME
from fourstroke.cycles.smoke import first_rows
from fourstroke.engine.made_from import CODE
from fourstroke.engine.workshop import Workshop
from fourstroke.errors import StoreError, UsageError
from fourstroke.explaining import held_out
from fourstroke.exported import FORMAT, MANIFEST, MODEL, PROFILES, PROJECT, ExportedModel, digest_of
from fourstroke.predictor import Predictor
from fourstroke.reproduction import as_project_file
from fourstroke.version import __version__
from fourstroke.version_card import card_text

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.history import Runs
    from fourstroke.project import Project
    from fourstroke.records.rows import RunRow, VersionRow

_EXAMPLE_ROWS: Final = 5
_MODE: Final = 0o755
_NEEDED: Final = ("fourstroke", "numpy", "pandas", "pyarrow", "scikit-learn", "skops")
_SCRIPT: Final = '''"""Score a CSV file with this model: python predict.py rows.csv > predictions.csv"""

import argparse
import sys
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("rows", help="a CSV file with the columns of input_example.csv")
file = parser.parse_args().rows

import pandas as pd  # noqa: E402 - after the help, which need not wait for it

from fourstroke import ExportedModel, FourstrokeError  # noqa: E402 - as above

try:
    model = ExportedModel.open(Path(__file__).parent)
    kinds = model.manifest["columns"]
    rows = pd.read_csv(file, dtype={name: str for name in kinds if kinds[name] == "text"})
    for name in rows.columns.intersection(list(kinds)):
        if kinds[name] == "date":
            rows[name] = pd.to_datetime(rows[name])
        elif kinds[name] == "duration":
            rows[name] = pd.to_timedelta(rows[name])
    model.predict(rows).to_csv(sys.stdout, index=False)
except (FourstrokeError, OSError, ValueError) as error:
    sys.exit(f"error: {error}")
'''


def export(project: Project, row: VersionRow, folder: Path) -> ExportedModel:
    """Write a version into a new folder, whole or not at all.

    Parameters
    ----------
    project : Project
        Whose registry it is in.
    row : VersionRow
        The version.
    folder : Path
        Where; it must not be there, or be empty.

    Raises
    ------
    UsageError
        If the folder is there and not empty.
    StoreError
        If the model does not predict from the folder what it predicts from the store.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("it is there already", where=str(folder), hint="name another folder")
    with files.explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with files.set_apart(folder.parent, "export") as partial:
            _fill(partial, project, row)
            partial.chmod(_MODE)  # until here it was of this process alone
            partial.replace(folder)
    return ExportedModel.open(folder)


def _fill(folder: Path, project: Project, row: VersionRow) -> None:
    shop = Workshop.of(project.config)
    runs, run = project.runs, project.records.run(row.run)
    facts = runs.provenance(run.run).facts
    shop.store.materialize(row.artifact, folder / MODEL)
    profiles: dict[str, dict[str, Any]] = row.facts.get("profiles", {})
    for name, profile in profiles.items():
        # What monitors compare with: elsewhere nobody has the rows that it was made of.
        shop.store.materialize(Artifact.from_json(profile), folder / PROFILES / name)
    for name, text in runs.source(row.run).items():
        if name.startswith(f"{CODE}/"):
            _write(folder / PROJECT / name.removeprefix(f"{CODE}/"), text)
    _write(folder / PROJECT / FILE_NAME, as_project_file(run.settings))
    _write(folder / "predict.py", _SCRIPT)
    _write(folder / "card.md", card_text(project.config, project.records, row))
    _write(folder / "requirements.txt", _requirements(runs, run))
    example, said, columns = _example(project, row), None, dict[str, str]()
    if example is not None:
        with Predictor.of(project, row) as predictor:
            said, columns = predictor(example), _kinds(predictor)
        shop.tables.write(example, folder / "input_example.csv")
        shop.tables.write(said, folder / "expected_output.csv")
    manifest = {
        "format": FORMAT,
        "fourstroke": __version__,
        "model": row.model,
        "version": row.version,
        "digest": row.digest,
        "codec": row.artifact.codec,
        "train": row.facts["train"],
        "columns": columns,
        "profiles": profiles,
        "run": row.run,
        "commit": run.commit,
        "data": list(run.data),
        "created": row.created.isoformat(),
        "environment": {
            "python": facts.get("python", ""),
            "distributions": dict(facts.get("distributions", {})),
        },
        "metrics": {
            name: value
            for name, value in runs.metrics([run]).get(run.run, {}).items()
            if "." not in name  # the chosen model's; the others bear the step's name
        },
        "files": _digests(folder),
    }
    _write(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    if example is not None and not _same(ExportedModel.open(folder).predict(example), said):
        raise StoreError(
            "the exported model predicts otherwise", where=f"{row.model}@v{row.version}"
        )
    shutil.rmtree(folder / PROJECT / "__pycache__", ignore_errors=True)


def _example(project: Project, row: VersionRow) -> Any:
    """Give the first rows that the model was measured on; nothing if they are gone."""
    table = held_out(project, row)
    if table is None:
        return None
    return first_rows(table, _EXAMPLE_ROWS)


def _kinds(predictor: Predictor) -> dict[str, str]:
    """Name what each column that the model needs holds, for readers of CSV; nothing if it does not tell."""
    signature = predictor.signature
    return {} if signature is None else {each.name: each.kind for each in signature.columns}


def _same(one: Any, other: Any) -> bool:
    return bool(one.equals(other)) if hasattr(one, "equals") else bool(one == other)


def _requirements(runs: Runs, run: RunRow) -> str:
    """Pin what the model was trained with."""
    known = dict(runs.provenance(run.run).facts.get("distributions", {}))
    plugins = {fact.distribution: fact.version for fact in run.plugins}
    found = {name: known[name] for name in _NEEDED if name in known} | plugins
    return "".join(f"{name}=={version}\n" for name, version in sorted(found.items()) if name)


def _digests(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.relative_to(folder).as_posix(): {
            "sha256": digest_of(path),
            "size_bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
