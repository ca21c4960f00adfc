"""The stages and services that the project file has tables for, and what each has without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen(kw_only=True)
class Stage:
    """One place of the project file where plugins are named.

    Parameters
    ----------
    name : str
        As `PluginTable.stage` says it.
    path : tuple of str
        The key of its table or array of tables.
    about : str
        What stands there, in one sentence.
    without : tuple of str or None
        What ``use`` says in the tables that it has if the file has none.
    is_single : bool
        Whether there may be one table only.
    is_needed : bool
        Whether an empty array, which leaves other stages out, is refused.
    needs_use : bool
        Whether each table has to name a plugin, because none is bundled as the usual one.
    needs_target : bool
        Whether the stage makes sense only where something is predicted.
    is_service : bool
        Whether its plugins are called beside the steps: keys of steps are then the plugin's own.
    may_be_text : bool
        Whether a text stands for a table that says nothing but ``use``.
    """

    name: str
    path: tuple[str, ...]
    about: str
    without: tuple[str | None, ...] = ()
    is_single: bool = False
    is_needed: bool = False
    needs_use: bool = False
    needs_target: bool = False
    is_service: bool = False
    may_be_text: bool = False


_USUAL: Final = (None,)

STAGES: Final = (
    Stage(
        name="collect",
        path=("data", "collect"),
        about="Where raw data comes from.",
        is_needed=True,
    ),
    Stage(
        name="prepare",
        path=("data", "prepare"),
        about="Steps that change the table, each after the one before or after those of `from`.",
        needs_use=True,
    ),
    Stage(
        name="check",
        path=("data", "check"),
        about="What must be true of the table before it is published.",
        without=_USUAL,
    ),
    Stage(
        name="split",
        path=("data", "split"),
        about="How the published table is divided into training and held-out rows.",
        without=_USUAL,
        is_single=True,
        is_needed=True,
    ),
    Stage(
        name="audit",
        path=("data", "audit"),
        about="What is asked of the parts of the split before anything is trained on them.",
        without=_USUAL,
        needs_target=True,
    ),
    Stage(
        name="train",
        path=("model", "train"),
        about="One candidate each; the best one goes on.",
        without=_USUAL,
        needs_target=True,
    ),
    Stage(
        name="evaluate",
        path=("model", "evaluate"),
        about="How candidates and the champion are measured.",
        without=_USUAL,
        is_needed=True,
        needs_target=True,
    ),
    Stage(
        name="explain",
        path=("model", "explain"),
        about="How candidates are made transparent.",
        without=_USUAL,
        needs_target=True,
    ),
    Stage(
        name="validate",
        path=("development", "validate"),
        about="What a candidate has to keep before it is registered as fit.",
        without=(None, "unless_worse"),
        needs_target=True,
    ),
    Stage(
        name="approve",
        path=("development", "approve"),
        about="Who or what decides whether a candidate may be deployed.",
        without=_USUAL,
        is_single=True,
        is_needed=True,
        needs_target=True,
    ),
    Stage(
        name="deploy",
        path=("development", "deploy"),
        about="Where a model version is put to work.",
        without=_USUAL,
        needs_target=True,
    ),
    Stage(
        name="batch",
        path=("operations", "batch"),
        about="Where rows come from that each run scores with the champion.",
        is_single=True,
        needs_target=True,
    ),
    Stage(
        name="monitor",
        path=("operations", "monitor"),
        about="How scored rows are compared with what the model was made for.",
        without=_USUAL,
        needs_target=True,
    ),
    Stage(
        name="alert",
        path=("operations", "alert"),
        about="How people are told.",
        without=_USUAL,
        needs_target=True,
    ),
    Stage(
        name="retrain",
        path=("operations", "retrain"),
        about="Whether the engine turns again after a window.",
        without=_USUAL,
        is_single=True,
        needs_target=True,
    ),
    Stage(
        name="render",
        path=("report",),
        about="Formats of the report of a run.",
        without=("html", "markdown", "json"),
        needs_use=True,
        is_service=True,
    ),
    Stage(
        name="observe",
        path=("observe",),
        about="Plugins that hear every event and may wrap every stage.",
        needs_use=True,
        is_service=True,
    ),
    Stage(
        name="storage",
        path=("backends", "storage"),
        about="Where artifacts are kept.",
        without=_USUAL,
        is_single=True,
        is_needed=True,
        is_service=True,
        may_be_text=True,
    ),
    Stage(
        name="executor",
        path=("backends", "runner"),
        about="What runs the steps.",
        without=_USUAL,
        is_single=True,
        is_needed=True,
        is_service=True,
        may_be_text=True,
    ),
)

STAGE_AT: Final[Mapping[tuple[str | int, ...], Stage]] = {stage.path: stage for stage in STAGES}


def header_of(stage: str) -> str:
    """Write the header of the table that names a stage's plugins; empty for what has no table.

    Examples
    --------
    >>> header_of("render"), header_of("split"), header_of("codec")
    ('[[report]]', '[data.split]', '')
    """
    found = next((each for each in STAGES if each.name == stage), None)
    if found is None:
        return ""
    path = ".".join(found.path)
    return f"[{path}]" if found.is_single else f"[[{path}]]"
