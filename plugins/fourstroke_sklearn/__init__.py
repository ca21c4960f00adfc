"""Train, evaluate, explain and store models of scikit-learn."""

from __future__ import annotations

from fourstroke_sklearn.evaluate import Quality
from fourstroke_sklearn.explain import Inspection
from fourstroke_sklearn.shap_explain import Shap
from fourstroke_sklearn.store import SkopsCodec
from fourstroke_sklearn.train import Sklearn

__all__ = ["Inspection", "Quality", "Shap", "Sklearn", "SkopsCodec"]
