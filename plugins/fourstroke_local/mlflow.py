"""The deployment target that is a model of MLflow: ``mlflow.pyfunc.load_model`` loads it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fourstroke import Context, Deployment, ExportedModel, ModelVersion, hookimpl, plugin
from fourstroke_local.elsewhere import score
from fourstroke_local.mlmodel import DATA, write
from fourstroke_local.versions import FILES, Versions, deployment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BY_MLFLOW: Final = """
import sys
import pandas as pd
folder, rows, said = sys.argv[1:]
try:
    from mlflow.pyfunc import load_model
except ModuleNotFoundError:
    from fourstroke_local.pyfunc import _load_pyfunc
    model = _load_pyfunc(f"{folder}/exported")
else:
    model = load_model(folder)
model.predict(pd.read_parquet(rows)).to_parquet(said)
"""


@plugin
class MlflowTarget:
    """Write models of MLflow side by side into ``<path>/<model>/``, with a link ``current`` to the one at work.

    The flavour is ``python_function``: signature, input example, exact requirements, and no pickle. It
    predicts what the model predicts here, probabilities included. MLflow itself is only needed where
    it is loaded; if it is installed here (``fourstroke[mlflow]``), the smoke test goes through it.
    """

    # The folder, relative to the project.
    path: Path = Path("mlflow-models")

    capabilities = frozenset({"withdraw", "files", "verify"})

    @hookimpl
    def deploy(self, version: ModelVersion, context: Context) -> Deployment:
        """Write the model unless it is there, and let the link lead to it."""
        versions = _versions(self.path, version.model)
        place = versions.put(version, partial(_write, version, context))
        return deployment_of(version, versions, place, context)

    @hookimpl
    def probe_deployment(self, deployment: Deployment, data: Any, context: Context) -> Any:
        """Score rows as MLflow does."""
        place = _versions(self.path, deployment.model).place(deployment)
        return score(_BY_MLFLOW, place, data, context)

    @hookimpl
    def verify_deployment(
        self, deployment: Deployment, files: Mapping[str, str], context: Context
    ) -> Sequence[str]:
        """Hold every file against what was written, and see where the link leads."""
        return _versions(self.path, deployment.model).faults(deployment, files, context)

    @hookimpl
    def withdraw(self, deployment: Deployment) -> bool:
        """Remove the link if it leads to the version, then its files."""
        return _versions(self.path, deployment.model).take(deployment)


def _versions(path: Path, model: str) -> Versions:
    return Versions(path, model, inside=f"{DATA}/{FILES}")


def _write(version: ModelVersion, context: Context, fresh: Path) -> None:
    fresh.mkdir()
    context.export(version, fresh / DATA)
    write(fresh, ExportedModel.open(fresh / DATA))
