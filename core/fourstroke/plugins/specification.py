"""What the hooks are called and which arguments they take, read from the specifications themselves."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from types import MappingProxyType

from fourstroke.hooks import data, development, events, model, operations, services

SPECIFICATIONS: tuple[type, ...] = (
    data.DataHooks,
    model.ModelHooks,
    development.DevelopmentHooks,
    operations.OperationsHooks,
    services.StorageHooks,
    services.CodecHooks,
    services.ExecutorHooks,
    services.RenderHooks,
    events.EventHooks,
)

# Which hooks a plugin of a stage must have. A stage that is not here is served by the hook of its name.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "batch": ("collect",),
    "train": ("train", "predict"),
    "storage": ("write", "read", "exists", "keys", "delete"),
    "codec": ("encode", "decode"),
    "observe": (),
}


@functools.cache
def hooks() -> Mapping[str, tuple[str, ...]]:
    """Give every hook's argument names, without ``self``."""
    found = {
        name: tuple(inspect.signature(function).parameters)[1:]
        for specification in SPECIFICATIONS
        for name, function in vars(specification).items()
        if inspect.isfunction(function) and not name.startswith("_")
    }
    return MappingProxyType(found)


def needed(stage: str) -> tuple[str, ...]:
    """Give the hooks that a plugin of a stage must have."""
    return _NEEDED.get(stage, (stage,))


def event_names() -> frozenset[str]:
    """Give the names of all events."""
    return frozenset(
        name
        for name, function in vars(events.EventHooks).items()
        if inspect.isfunction(function) and not name.startswith("_")
    )
