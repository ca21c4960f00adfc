"""What MLflow calls to load a model that fourstroke wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import ExportedModel

if TYPE_CHECKING:
    import pandas as pd


@attrs.frozen
class PythonFunction:
    """A model in MLflow's form: `predict` takes a table and gives one."""

    predictor: Any

    def predict(self, data: pd.DataFrame, params: Any = None) -> Any:  # noqa: ARG002 - MLflow's form
        """Score rows."""
        return self.predictor(data)


def _load_pyfunc(path: str) -> PythonFunction:
    """Open an exported model, which checks every file; MLflow knows the function by this name."""
    return PythonFunction(ExportedModel.open(path).predictor())
