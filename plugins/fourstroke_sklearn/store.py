"""The codec of models: skops files, which hold data and names of allowed types, and no code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fourstroke import hookimpl, plugin

_FILE = "model.skops"


@plugin
class SkopsCodec:
    """Store estimators of scikit-learn as skops files: the same model is the same bytes."""

    @hookimpl
    def encode(self, value: Any, folder: Path) -> bool:
        """Write the model, once it is sure that it can be opened again."""
        from fourstroke_sklearn.safekeeping import model_to_bytes  # noqa: PLC0415 - loaded when used

        (folder / _FILE).write_bytes(model_to_bytes(value))
        return True

    @hookimpl
    def decode(self, folder: Path) -> Any:
        """Open the model; only types on the plugin's own list are made."""
        from fourstroke_sklearn.safekeeping import model_from_bytes  # noqa: PLC0415 - loaded when used

        return model_from_bytes((folder / _FILE).read_bytes())
