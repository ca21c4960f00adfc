"""The project file: read strictly, overlaid, and told where each value comes from."""

from __future__ import annotations

from fourstroke.config.load import load_config
from fourstroke.config.schema import json_schema
from fourstroke.config.secrets import mask, resolve_secrets
from fourstroke.config.settings import (
    Config,
    Entry,
    LogRules,
    PluginTable,
    Policy,
    flat,
    flat_values,
)
from fourstroke.config.source import where_instead

__all__ = [
    "Config",
    "Entry",
    "LogRules",
    "PluginTable",
    "Policy",
    "flat",
    "flat_values",
    "json_schema",
    "load_config",
    "mask",
    "resolve_secrets",
    "where_instead",
]
