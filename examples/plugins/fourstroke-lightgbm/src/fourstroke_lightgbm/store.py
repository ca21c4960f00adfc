"""The codec: trees in LightGBM's own text format, columns and labels in JSON, and no pickle."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from fourstroke import StoreError, hookimpl, plugin

if TYPE_CHECKING:
    from pathlib import Path

_TREES: Final = "model.txt"
_COLUMNS: Final = "columns.json"
_FORMAT: Final = "fourstroke-lightgbm/1"


@plugin
class BoostedCodec:
    """Store models of LightGBM as text: the same model is the same bytes."""

    @hookimpl
    def encode(self, value: Any, folder: Path) -> bool:
        """Write the trees, and beside them what they are about."""
        trees = value.text.encode()
        facts = {
            "format": _FORMAT,
            "sha256": hashlib.sha256(trees).hexdigest(),
            "columns": [
                {"name": each.name, "family": each.family, "categories": list(each.categories)}
                for each in value.columns
            ],
            "labels": list(getattr(value, "labels", ())),
        }
        (folder / _TREES).write_bytes(trees)
        (folder / _COLUMNS).write_text(
            json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8"
        )
        return True

    @hookimpl
    def decode(self, folder: Path) -> Any:
        """Read a model.

        Raises
        ------
        StoreError
            If it is damaged, or of a format that this version does not know.
        """
        # LightGBM is loaded when it is used, and not when plugins are looked for.
        from fourstroke_lightgbm.columns import Column  # noqa: PLC0415
        from fourstroke_lightgbm.model import BoostedClassifier, BoostedRegressor  # noqa: PLC0415

        facts = _facts(folder)
        text = _trees(folder, facts["sha256"])
        columns = tuple(
            Column(each["name"], each["family"], tuple(each["categories"]))
            for each in facts["columns"]
        )
        if facts["labels"]:
            return BoostedClassifier(text=text, columns=columns, labels=tuple(facts["labels"]))
        return BoostedRegressor(text=text, columns=columns)


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / _COLUMNS).read_bytes())
        known = facts["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError("a stored model of LightGBM is damaged", where=_COLUMNS) from error
    if known != _FORMAT:
        raise StoreError(
            f"a stored model has the format {known!r}, and this version knows {_FORMAT!r}",
            hint="upgrade fourstroke-lightgbm",
        )
    return facts


def _trees(folder: Path, digest: str) -> str:
    """Read the trees, once it is sure that they are whole: LightGBM ends the process on half of them."""
    try:
        trees = (folder / _TREES).read_bytes()
    except OSError as error:
        raise StoreError("a stored model of LightGBM has no trees", where=_TREES) from error
    if hashlib.sha256(trees).hexdigest() != digest:
        raise StoreError("a stored model of LightGBM is damaged", where=_TREES)
    return trees.decode()
