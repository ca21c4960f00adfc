"""The files of a model of MLflow, as its documentation describes them (MLflow 3: "MLflow Model", storage format)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from fourstroke import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fourstroke import ExportedModel, ModelSignature

DATA: Final = "exported"
_LOADER: Final = "fourstroke_local.pyfunc"
_EXAMPLE: Final = "input_example.json"
_SERVING_EXAMPLE: Final = "serving_input_example.json"
# MLflow has no type for durations: a model that takes them gets no signature.
_TYPES: Final = {"number": "double", "boolean": "boolean", "text": "string", "date": "datetime"}
_KINDS: Final = {"f": "double", "i": "long", "u": "long", "b": "boolean", "M": "datetime"}


def write(folder: Path, model: ExportedModel) -> None:
    """Write ``MLmodel`` and what it names beside an exported model.

    Parameters
    ----------
    folder : Path
        Holds the exported model as `DATA`.
    model : ExportedModel
        It.
    """
    manifest, environment = model.manifest, model.manifest["environment"]
    requirements = model.folder / "requirements.txt"
    lines = requirements.read_text(encoding="utf-8") if requirements.exists() else ""
    about: dict[str, Any] = {
        "flavors": {
            "python_function": {
                "loader_module": _LOADER,
                "data": DATA,
                "env": {"virtualenv": "python_env.yaml"},
                "python_version": environment["python"],
            }
        },
        "metadata": {
            "fourstroke": __version__,
            **{name: manifest[name] for name in ("model", "version", "digest")},
        },
        "model_size_bytes": sum(each.get("size_bytes", 0) for each in manifest["files"].values()),
    }
    if "created" in manifest:
        about["utc_time_created"] = manifest["created"].replace("T", " ").removesuffix("+00:00")
    about |= _described(folder, model)
    _write(folder / "MLmodel", about)
    _write(
        folder / "python_env.yaml",
        {"python": environment["python"], "dependencies": ["-r requirements.txt"]},
    )
    (folder / "requirements.txt").write_text(lines, encoding="utf-8", newline="\n")


def _described(folder: Path, model: ExportedModel) -> Mapping[str, Any]:
    """Write the example, and give it with the signature; nothing if the model does not tell its columns."""
    with model.predictor() as predictor:
        signature: ModelSignature | None = predictor.signature
        if signature is None or not signature.example:
            return {}
        if any(column.kind not in _TYPES for column in signature.columns):
            return {}
        rows = _rows(signature)
        said = predictor(rows)
    names = [column.name for column in signature.columns]
    cells = [[row.get(name) for name in names] for row in signature.example]
    split = {"columns": names, "data": cells}
    _write(folder / _EXAMPLE, split)
    _write(folder / _SERVING_EXAMPLE, {"dataframe_split": split})
    inputs = [
        {"type": _TYPES[column.kind], "name": column.name, "required": True}
        for column in signature.columns
    ]
    outputs = [
        {"type": _KINDS.get(kind.kind, "string"), "name": str(name), "required": True}
        for name, kind in said.dtypes.items()
    ]
    return {
        "signature": {
            "inputs": json.dumps(inputs),
            "outputs": json.dumps(outputs),
            "params": None,
        },
        "saved_input_example_info": {
            "artifact_path": _EXAMPLE,
            "serving_input_path": _SERVING_EXAMPLE,
            "type": "dataframe",
            "pandas_orient": "split",
        },
    }


def _rows(signature: ModelSignature) -> pd.DataFrame:
    table = pd.DataFrame([dict(row) for row in signature.example])
    for column in signature.columns:
        if column.kind == "date":
            table[column.name] = pd.to_datetime(table[column.name])
    return table


def _write(path: Path, content: Mapping[str, Any]) -> None:
    # JSON is YAML, too, and quotes whatever a name or label may hold.
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")
