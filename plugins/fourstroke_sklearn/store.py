"""The codec of models: skops files, which hold data and names of allowed types, and no code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "model.skops"


@plugin
class SkopsCodec:
    """Store estimators of scikit-learn as skops files: the same model is the same bytes."""

    @hookimpl
    def encode(self, value: Any, folder: Path) -> bool:
        """Write the model, once it is sure that it can be opened again."""
        # skops is loaded when it is used, and not when plugins are looked for.
        from fourstroke_sklearn.safekeeping import model_to_bytes  # noqa: PLC0415

        (folder / _FILE).write_bytes(model_to_bytes(value))
        return True

    @hookimpl
    def decode(self, folder: Path) -> Any:
        """Open the model; only types on the plugin's own list are made."""
        from fourstroke_sklearn.safekeeping import model_from_bytes  # noqa: PLC0415

        return model_from_bytes((folder / _FILE).read_bytes())
