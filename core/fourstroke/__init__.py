"""fourstroke: the four cycles of machine learning in production, as hooks that plugins serve.

This module is the public API, re-exported; nothing happens at import. What a name stands for is imported
when it is first asked for, so that ``fourstroke --help`` does not wait for all of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from fourstroke.version import __version__

if TYPE_CHECKING:
    from fourstroke.context import Context
    from fourstroke.entities.audit_pack import AuditPack, PackedFile
    from fourstroke.entities.card import CardSection, ModelCard
    from fourstroke.entities.cells import Cells
    from fourstroke.entities.classes import (
        class_meant,
        class_name,
        class_of_interest,
        class_order,
        predicted_classes,
    )
    from fourstroke.entities.data_card import CatalogEntry, CatalogVersion, DataCard
    from fourstroke.entities.facts import (
        Chart,
        Check,
        ContractChange,
        Evaluation,
        Metric,
        Section,
        Series,
        Slice,
        Table,
    )
    from fourstroke.entities.lineage import Lineage, LineageEdge, LineageNode
    from fourstroke.entities.model import (
        Candidate,
        Decision,
        Deployment,
        InputColumn,
        InShadow,
        ModelSignature,
        ModelVersion,
        Verdict,
    )
    from fourstroke.entities.monitoring_history import (
        IncidentFact,
        MonitoringHistory,
        Trend,
        WatchedWindow,
    )
    from fourstroke.entities.occasion import Occasion
    from fourstroke.entities.operations import Alert, Batch, MonitoringReport, Observation, Window
    from fourstroke.entities.pieces import Pieces, Repeats
    from fourstroke.entities.profile import (
        Bar,
        ColumnChange,
        ColumnProfile,
        TableDifference,
        TableProfile,
    )
    from fourstroke.entities.run import DatasetFact, KeptFact, RunReport, StepFact
    from fourstroke.entities.task import Task
    from fourstroke.entities.traffic import Traffic
    from fourstroke.errors import (
        BlockedError,
        ConfigError,
        DataError,
        FourstrokeError,
        FourstrokeWarning,
        PluginError,
        RefusedError,
        StepError,
        StoreError,
        UsageError,
    )
    from fourstroke.exported import ExportedModel
    from fourstroke.hooks import hookimpl
    from fourstroke.loading import load
    from fourstroke.outcomes import LoopOutcome, MonitorOutcome, PredictOutcome, RunOutcome
    from fourstroke.plugins.declare import plugin
    from fourstroke.principals import owner_of_token
    from fourstroke.project import Project

__all__ = [
    "Alert",
    "AuditPack",
    "Bar",
    "Batch",
    "BlockedError",
    "Candidate",
    "CardSection",
    "CatalogEntry",
    "CatalogVersion",
    "Cells",
    "Chart",
    "Check",
    "ColumnChange",
    "ColumnProfile",
    "ConfigError",
    "Context",
    "ContractChange",
    "DataCard",
    "DataError",
    "DatasetFact",
    "Decision",
    "Deployment",
    "Evaluation",
    "ExportedModel",
    "FourstrokeError",
    "FourstrokeWarning",
    "InShadow",
    "IncidentFact",
    "InputColumn",
    "KeptFact",
    "Lineage",
    "LineageEdge",
    "LineageNode",
    "LoopOutcome",
    "Metric",
    "ModelCard",
    "ModelSignature",
    "ModelVersion",
    "MonitorOutcome",
    "MonitoringHistory",
    "MonitoringReport",
    "Observation",
    "Occasion",
    "PackedFile",
    "Pieces",
    "PluginError",
    "PredictOutcome",
    "Project",
    "RefusedError",
    "Repeats",
    "RunOutcome",
    "RunReport",
    "Section",
    "Series",
    "Slice",
    "StepError",
    "StepFact",
    "StoreError",
    "Table",
    "TableDifference",
    "TableProfile",
    "Task",
    "Traffic",
    "Trend",
    "UsageError",
    "Verdict",
    "WatchedWindow",
    "Window",
    "__version__",
    "class_meant",
    "class_name",
    "class_of_interest",
    "class_order",
    "hookimpl",
    "load",
    "owner_of_token",
    "plugin",
    "predicted_classes",
]

# Where each name is at home; a test holds it to the imports above.
_NAMES: Final = {
    "context": ("Context",),
    "entities.audit_pack": ("AuditPack", "PackedFile"),
    "entities.card": ("CardSection", "ModelCard"),
    "entities.cells": ("Cells",),
    "entities.classes": (
        "class_meant",
        "class_name",
        "class_of_interest",
        "class_order",
        "predicted_classes",
    ),
    "entities.data_card": ("CatalogEntry", "CatalogVersion", "DataCard"),
    "entities.facts": (
        "Chart",
        "Check",
        "ContractChange",
        "Evaluation",
        "Metric",
        "Section",
        "Series",
        "Slice",
        "Table",
    ),
    "entities.lineage": ("Lineage", "LineageEdge", "LineageNode"),
    "entities.model": (
        "Candidate",
        "Decision",
        "Deployment",
        "InputColumn",
        "InShadow",
        "ModelSignature",
        "ModelVersion",
        "Verdict",
    ),
    "entities.monitoring_history": ("IncidentFact", "MonitoringHistory", "Trend", "WatchedWindow"),
    "entities.occasion": ("Occasion",),
    "entities.operations": ("Alert", "Batch", "MonitoringReport", "Observation", "Window"),
    "entities.pieces": ("Pieces", "Repeats"),
    "entities.profile": ("Bar", "ColumnChange", "ColumnProfile", "TableDifference", "TableProfile"),
    "entities.run": ("DatasetFact", "KeptFact", "RunReport", "StepFact"),
    "entities.task": ("Task",),
    "entities.traffic": ("Traffic",),
    "errors": (
        "BlockedError",
        "ConfigError",
        "DataError",
        "FourstrokeError",
        "FourstrokeWarning",
        "PluginError",
        "RefusedError",
        "StepError",
        "StoreError",
        "UsageError",
    ),
    "exported": ("ExportedModel",),
    "hooks": ("hookimpl",),
    "loading": ("load",),
    "outcomes": ("LoopOutcome", "MonitorOutcome", "PredictOutcome", "RunOutcome"),
    "plugins.declare": ("plugin",),
    "principals": ("owner_of_token",),
    "project": ("Project",),
}
_HOMES: Final = {name: home for home, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what a name stands for, once."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
