"""Every key of the project file that belongs to fourstroke itself: kind, default and meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

import attrs

from fourstroke.alerting.settings import AlertSettings
from fourstroke.config.kinds import (
    AGE,
    BUDGET,
    CLASS_LABEL,
    ENTRIES,
    FLAG,
    NAME,
    NAMES,
    PATHS,
    PERSISTENCE,
    PRINCIPALS,
    SECONDS,
    SHARE,
    TEXT,
    TEXT_BY_NAME,
    TEXTS,
    TEXTS_BY_ACTION,
    TEXTS_BY_NAME,
    TIMEZONE,
    USE,
    WAIVERS,
    Kind,
    choice,
    whole,
)
from fourstroke.config.settings import Durability, LogRules, OnFailure
from fourstroke.entities.task import Task, TaskKind
from fourstroke.replay.settings import RollbackSettings
from fourstroke.stages import STAGES
from fourstroke.turning.settings import LoopSettings
from fourstroke.windows.settings import CUTS, UNITS, LabelSettings, WindowSettings

# Generators of random numbers in NumPy and scikit-learn take seeds of 32 bits.
_LARGEST_SEED = 2**32 - 1
_MOST_RETRIES = 100
_MOST_ROWS = 10**9


@attrs.frozen(kw_only=True)
class Key:
    """One key.

    Parameters
    ----------
    path : tuple of str
        The key within the file, or within a plugin table.
    kind : Kind
        What may stand there.
    about : str
        What it is for, in one sentence.
    default : object
        What it is without; ``None`` for nothing.
    is_required : bool
        Whether it has to be there.
    may_hold_secrets : bool
        Whether ``${NAME}`` is replaced in it.
    """

    path: tuple[str, ...]
    kind: Kind
    about: str
    default: Any = None
    is_required: bool = False
    may_hold_secrets: bool = False

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1]


def _task(name: str, kind: Kind, about: str) -> Key:
    default = attrs.fields_dict(Task)[name].default
    return Key(path=("task", name), kind=kind, about=about, default=default)


def _catalog(name: str, kind: Kind, about: str) -> Key:
    return Key(path=("data", "catalog", name), kind=kind, about=about)


def _policy(name: str, kind: Kind, about: str, default: Any) -> Key:
    return Key(path=("development", "policy", name), kind=kind, about=about, default=default)


def _of(settings: type, *around: str) -> Callable[[str, Kind, str], Key]:
    """Make keys whose defaults are those of a class."""
    fields = attrs.fields_dict(settings)

    def key(name: str, kind: Kind, about: str) -> Key:
        return Key(path=(*around, name), kind=kind, about=about, default=fields[name].default)

    return key


_window = _of(WindowSettings, "operations", "window")
_WINDOW: Final = (
    _window("by", choice(CUTS), "What ends a window: a look, so many rows, time, or the calendar."),
    _window("rows", whole(1, _MOST_ROWS), "How many rows a window by rows has."),
    _window("every", AGE, "How long a window by time is, such as 6h."),
    _window("unit", choice(UNITS), "The unit of a window by calendar."),
    _window("timezone", TIMEZONE, "Whose calendar, such as Europe/Zurich."),
    _window("late", AGE, "How long after its end a window is waited for, such as 1h."),
    _window(
        "season", AGE, "How much earlier the window lies that one is compared with, such as 7d."
    ),
    _window("catch_up", whole(1, 1000), "How many windows are looked at in one go, at most."),
)
_label = _of(LabelSettings, "operations", "labels")
_LABELS: Final = (
    _label("id", TEXT, "The column of scored rows that labels come under; else the task's id."),
    _label("mature", AGE, "How long labels may take; until then no window is judged by them."),
)

_alerting = _of(AlertSettings, "operations", "alerting")
_ALERTING: Final = (
    _alerting("windows", PERSISTENCE, "In how many of the latest windows it has to be seen."),
    _alerting("cool_down", AGE, "How long people are not told again of the same, such as 24h."),
    _alerting("quiet", whole(1, 100), "After how many windows without it a matter is over."),
    Key(
        path=("operations", "alerting", "runbooks"),
        kind=TEXT_BY_NAME,
        about="By the monitor's name, where people read what to do.",
        default={},
    ),
)
_loop = _of(LoopSettings, "operations", "loop")
_LOOP: Final = (
    _loop("budget", BUDGET, "How many turns of the loop there are at most, such as 2 per 7d."),
    _loop("cool_down", AGE, "How long after a turn of the loop the next one waits, such as 24h."),
)

_rollback = _of(RollbackSettings, "operations", "rollback")
_ROLLBACK: Final = (
    _rollback(
        "monitor", TEXT, "The monitor whose alert is a reason to roll back; empty for never."
    ),
    _rollback(
        "metric", TEXT, "By which the version before has to be better; else the primary one."
    ),
    _rollback("minimum_rows", whole(2, _MOST_ROWS), "How many rows need a known outcome for it."),
)


def _log(name: str, kind: Kind, about: str, *, may_hold_secrets: bool = False) -> Key:
    default = attrs.fields_dict(LogRules)[name].default
    return Key(
        path=("operations", "log", name),
        kind=kind,
        about=about,
        default=default,
        may_hold_secrets=may_hold_secrets,
    )


_SENSITIVITIES: Final = ("public", "internal", "confidential", "personal")

KEYS: Final = (
    Key(path=("project", "name"), kind=NAME, about="The project's name.", is_required=True),
    Key(path=("project", "description"), kind=TEXT, about="One sentence for people.", default=""),
    Key(
        path=("project", "card"),
        kind=TEXT,
        about="The file with what people say of the model: intended use, limits.",
        default="model-card.md",
    ),
    Key(
        path=("project", "allow_pickle"),
        kind=FLAG,
        about="Store unknown types by pickle: then whoever can write to the store can run code.",
        default=False,
    ),
    _task("target", TEXT, "The column to predict; empty for a project that prepares data only."),
    _task("kind", choice(get_args(TaskKind)), "What the target is."),
    _task("positive", CLASS_LABEL, "The class of interest of a binary task."),
    _task("id", TEXT, "The column that names a row; never a feature."),
    _task("time", TEXT, "The column that orders rows in time."),
    _task("group", TEXT, "The column whose values stay on one side of a split."),
    _task("sensitive", TEXTS, "Columns by which evaluation is also reported."),
    _task("ignore", TEXTS, "Columns that are kept and never used as features."),
    Key(
        path=("run", "seed"),
        kind=whole(0, _LARGEST_SEED),
        about="For everything that draws at random.",
        default=0,
    ),
    Key(
        path=("run", "retries"),
        kind=whole(0, _MOST_RETRIES),
        about="How often a failed step is tried again, unless its own table says so.",
        default=0,
    ),
    Key(
        path=("run", "timeout_seconds"),
        kind=SECONDS,
        about="How long a step may take, unless its own table says so; without it, any time.",
    ),
    Key(
        path=("data", "name"),
        kind=NAME,
        about="The data set's name in the catalog; the project's name without it.",
    ),
    Key(
        path=("data", "pin"),
        kind=TEXT,
        about="A published version to use, such as v3, instead of what the sources hold now.",
        default="",
    ),
    _catalog("owner", TEXT, "Whom to ask about the data set."),
    _catalog("description", TEXT, "What the data set holds, in a sentence or two."),
    _catalog("tags", TEXTS, "Words to find it by."),
    _catalog("sensitivity", choice(_SENSITIVITIES), "Who may see it."),
    _catalog("licence", TEXT, "What others may do with it."),
    _catalog("fresh", AGE, "How old its latest version may be, such as 7d."),
    Key(
        path=("data", "catalog", "columns"),
        kind=TEXT_BY_NAME,
        about="What each column holds.",
    ),
    Key(
        path=("model", "name"),
        kind=NAME,
        about="The model's name in the registry; the project's name without it.",
    ),
    Key(
        path=("model", "select"),
        kind=TEXT,
        about="The metric that chooses between candidates; the first one without it.",
        default="",
    ),
    Key(
        path=("model", "select_on"),
        kind=choice(("test", "validation")),
        about="The rows that choose: those of `validation` leave those of test untouched by the choice.",
        default="test",
    ),
    _policy(
        "author_may_approve",
        FLAG,
        "Whether the one who ran the training may approve its model.",
        True,
    ),
    _policy(
        "clean_tree", FLAG, "Promote only what was trained without uncommitted changes.", False
    ),
    _policy("approvals", whole(0, 20), "How many people have to approve a version.", 0),
    _policy(
        "approvers",
        ENTRIES,
        "Who may approve: names, addresses or roles; each approval takes one entry.",
        (),
    ),
    _policy("roles", TEXTS_BY_NAME, "The people behind each role.", {}),
    _policy(
        "approval_age", AGE, "How long an approval holds, such as 30d; for good without it.", ""
    ),
    _policy(
        "data_age",
        AGE,
        "How long ago the data of a version may have been published, such as 30d; any time without it.",
        "",
    ),
    _policy(
        "stages",
        NAMES,
        "The stages that people move versions through, in their order.",
        ("development", "staging", "production", "archived"),
    ),
    _policy("promote_from", TEXT, "The stage that a version has to be in to be promoted.", ""),
    _policy(
        "waive",
        WAIVERS,
        "Checks that need not pass for a while: check, by, why and until, the last day.",
        (),
    ),
    _policy(
        "may",
        TEXTS_BY_ACTION,
        "Who may do what: names, addresses or roles by action, such as promote; anybody without it.",
        {},
    ),
    _policy(
        "principals", PRINCIPALS, "Who proves by a token who they are: name, token, until.", ()
    ),
    *_WINDOW,
    *_LABELS,
    *_ALERTING,
    *_LOOP,
    *_ROLLBACK,
    _log("sample", SHARE, "The share of a service's requests that is logged, by their ids."),
    _log("mask", TEXTS, "Columns that are logged without their cells."),
    _log("hash", TEXTS, "Columns of which the log keeps a keyed hash in the place of each cell."),
    _log(
        "hash_key",
        TEXT,
        "The key of those hashes, such as ${LOG_KEY}; without it one of the project's own.",
        may_hold_secrets=True,
    ),
    _log("keep", AGE, "How long rows are kept, such as 90d; for good without it."),
    _log("rows_per_batch", whole(1, 10_000_000), "After how many rows of a service a batch ends."),
    _log("seconds_per_batch", SECONDS, "How old a batch of a service may get before it ends."),
    _log(
        "durability",
        choice(get_args(Durability)),
        "What an answered request survives: the end of the process, or a loss of power as well.",
    ),
    Key(
        path=("backends", "records"),
        kind=TEXT,
        about="An SQLAlchemy URL; without it SQLite in .fourstroke/.",
        may_hold_secrets=True,
    ),
)

# Keys of every plugin table; all others are settings of the plugin.
TABLE_KEYS: Final = (
    Key(
        path=("use",),
        kind=USE,
        about='An installed name, "distribution/name", or "file.py:Name" in the project.',
    ),
    Key(path=("name",), kind=NAME, about="Names the step; unique within the stage."),
)
STEP_KEYS: Final = (
    Key(path=("retries",), kind=whole(0, _MOST_RETRIES), about="How often it is tried again."),
    Key(path=("timeout_seconds",), kind=SECONDS, about="How long it may take."),
    Key(
        path=("depends",),
        kind=PATHS,
        about="Files of the project whose content the result depends on.",
        default=(),
    ),
)
PREPARE_KEYS: Final = (
    Key(
        path=("from",),
        kind=NAMES,
        about="Sources and earlier preparations that it takes, instead of the one before.",
        default=(),
    ),
    Key(
        path=("training_only",),
        kind=FLAG,
        about="Left out when a batch is scored.",
        default=False,
    ),
)
CHECK_KEYS: Final = (
    Key(
        path=("on_failure",),
        kind=choice(get_args(OnFailure)),
        about="Whether a check that says no blocks the run, or rows at fault are set aside.",
        default="block",
    ),
    Key(
        path=("most_quarantined",),
        kind=SHARE,
        about="The largest share of rows that may be set aside; beyond it the run is blocked.",
        default=0.05,
    ),
)

# Tables as a person would read them; keys and stages are in this order too within each.
TABLES_IN_ORDER: Final = (
    "project",
    "task",
    "run",
    "data",
    "model",
    "development",
    "operations",
    "report",
    "observe",
    "backends",
)
PATHS_IN_ORDER: Final = tuple(
    path
    for table in TABLES_IN_ORDER
    for path in [*(key.path for key in KEYS), *(stage.path for stage in STAGES)]
    if path[0] == table
)


def keys_of_table(stage: str, *, is_service: bool) -> tuple[Key, ...]:
    """Give the keys that a plugin table of a stage has beside the plugin's own settings."""
    if is_service:
        return TABLE_KEYS
    more = {"prepare": PREPARE_KEYS, "check": CHECK_KEYS}.get(stage, ())
    return (*TABLE_KEYS, *STEP_KEYS, *more)
