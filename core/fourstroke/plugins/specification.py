"""What the hooks are called and which arguments they take, read from the specifications themselves."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from fourstroke.hooks import data, development, events, model, operations, services, tables

STAGES: Final = (
    data.DataHooks,
    model.ModelHooks,
    development.DevelopmentHooks,
    operations.OperationsHooks,
)
EVENTS: Final = (events.EventHooks,)
SPECIFICATIONS: Final[tuple[type, ...]] = (
    *STAGES,
    services.StorageHooks,
    services.CodecHooks,
    tables.TableHooks,
    services.ExecutorHooks,
    services.RenderHooks,
    *EVENTS,
)

# Which hooks a plugin of a stage must have, and which it may have besides. A stage that is not here
# is served by the hook of its name.
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "batch": ("collect",),
    "train": ("train", "predict"),
    "storage": ("write", "read", "exists", "keys", "delete"),
    "codec": ("encode", "decode"),
    "observe": (),
}
_OPTIONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "collect": ("source_state",),
    "batch": ("source_state",),
    "check": ("set_aside", "infer_contract", "compare_contracts"),
    "train": ("signature",),
    "explain": ("explain_rows",),
    "validate": ("compare_models",),
    "codec": (
        "profile_table",
        "compare_tables",
        "write_table",
        "find_rows",
        "stack_rows",
        "read_labels",
        "label_rows",
        "columns_of",
        "table_of",
        "pack_columns",
        "unpack_columns",
    ),
    "render": (
        "render_profile",
        "render_catalog",
        "render_lineage",
        "render_audit_pack",
        "render_monitoring",
    ),
    "deploy": ("probe_deployment", "verify_deployment", "withdraw"),
    "monitor": ("profile",),
}
# What may come one by one.
_YIELDING: Final = frozenset({"keys"})


@attrs.frozen
class Hook:
    """One hook, as its specification says it.

    Parameters
    ----------
    name : str
        Its name.
    function : callable
        The function of the specification, with ``self``.
    arguments : tuple of str
        What it is called with, without ``self``.
    is_stage, is_event : bool
        Whether a step is done by it, or observers hear it; neither for services.
    may_yield : bool
        Whether an implementation may be a generator.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    is_stage: bool
    is_event: bool
    may_yield: bool


@functools.cache
def hooks() -> Mapping[str, Hook]:
    """Give every hook by its name, in the order of the specifications."""
    found = {
        name: Hook(
            name,
            function,
            arguments=tuple(inspect.signature(function).parameters)[1:],
            is_stage=specification in STAGES,
            is_event=specification in EVENTS,
            may_yield=name in _YIELDING,
        )
        for specification in SPECIFICATIONS
        for name, function in vars(specification).items()
        if inspect.isfunction(function) and not name.startswith("_")
    }
    return MappingProxyType(found)


def needed(stage: str) -> tuple[str, ...]:
    """Give the hooks that a plugin of a stage must have."""
    return _NEEDED.get(stage, (stage,))


def served_by(stage: str) -> frozenset[str]:
    """Give the hooks that are called of a plugin of a stage: those it must have and those it may."""
    if stage == "observe":
        return frozenset(name for name, hook in hooks().items() if hook.is_stage or hook.is_event)
    return frozenset((*needed(stage), *_OPTIONAL.get(stage, ())))
