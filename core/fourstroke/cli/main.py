"""The program ``fourstroke``: its commands, and how each call ends."""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import os
import sys
import traceback
import warnings
from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import Lazy, LazyGroup
from fourstroke.cli.invocation import Invocation
from fourstroke.cli.output import Output
from fourstroke.cli.parsing import in_our_words
from fourstroke.cli.signals import orderly_ending
from fourstroke.errors import FourstrokeError
from fourstroke.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME = "fourstroke"
_COMPLETION_VARIABLE = "_FOURSTROKE_COMPLETE"
_OWN_FAULT = 70
_INTERRUPTED = 130
# A start makes modules, classes and functions by the ten thousand, and none of them is garbage: to look
# for it after every 700 objects, as Python does, was a tenth of what a short command took.
_OBJECTS_A_COLLECTION = 50_000
_ENVIRONMENT_FAULTS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.EIO}
)

COMMANDS = {
    "init": Lazy("fourstroke.cli.init:init", "Start a project."),
    "run": Lazy("fourstroke.cli.run:run", "Turn the engine: run what is new, reuse what is known."),
    "plan": Lazy("fourstroke.cli.run:plan", "Show which steps would run, and why."),
    "predict": Lazy("fourstroke.cli.operate:predict", "Score a file with the champion."),
    "monitor": Lazy(
        "fourstroke.cli.operate:monitor", "Compare what was scored with what was learnt."
    ),
    "loop": Lazy("fourstroke.cli.loop:loop", "Monitor, and turn again if there is a reason."),
    "backtest": Lazy(
        "fourstroke.cli.backtest:backtest", "Replay logged traffic through another version."
    ),
    "alerts": Lazy("fourstroke.cli.alerts:alerts", "Show, see to and mute what people were told."),
    "incidents": Lazy(
        "fourstroke.cli.alerts:incidents", "Show what belongs to an alert: model, data, events."
    ),
    "labels": Lazy("fourstroke.cli.labels:labels", "Bring labels that became known later."),
    "predictions": Lazy(
        "fourstroke.cli.predictions:predictions",
        "Count, list, export and purge what was asked and answered.",
    ),
    "runs": Lazy("fourstroke.cli.runs:runs", "List, show and compare runs."),
    "data": Lazy("fourstroke.cli.data:data", "List, show and check data sets."),
    "models": Lazy("fourstroke.cli.models:models", "List, show, deploy and roll back models."),
    "plugins": Lazy("fourstroke.cli.plugins:plugins", "List and show plugins."),
    "config": Lazy("fourstroke.cli.config:config", "Show, explain and check the project file."),
    "use": Lazy("fourstroke.cli.use:use", "Use a plugin: edit fourstroke.toml and try it."),
    "lock": Lazy("fourstroke.cli.lock:lock", "Write down which plugins are in use."),
    "ci": Lazy(
        "fourstroke.cli.ci:ci", "Check the project as a forge does, and write its workflow."
    ),
    "lineage": Lazy(
        "fourstroke.cli.lineage:lineage", "Show what comes from what: data, models, predictions."
    ),
    "audit": Lazy(
        "fourstroke.cli.audit:audit", "Show who did what, and prove that nobody changed it."
    ),
    "principals": Lazy(
        "fourstroke.cli.principals:principals",
        "Make tokens, and show who proves by one who they are.",
    ),
    "diff-env": Lazy(
        "fourstroke.cli.environments:diff_env", "Show in what two environments differ."
    ),
    "schedule": Lazy("fourstroke.cli.schedule:schedule", "Say what is done at which times."),
    "watch": Lazy("fourstroke.cli.schedule:watch", "Do what schedules say, until it is ended."),
    "store": Lazy("fourstroke.cli.store:store", "Verify, clean, back up and restore what is kept."),
    "doctor": Lazy("fourstroke.cli.doctor:doctor", "Look for faults, and say how to mend them."),
    "demo": Lazy("fourstroke.cli.demo:demo", "Play the whole loop in a new folder, offline."),
    "completion": Lazy(
        "fourstroke.cli.completion:completion", "Print the script that completes words."
    ),
}


@click.command(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 a check or verdict "
    "said no, 4 refused by policy, 130 or 143 interrupted, 70 a fault of fourstroke.",
)
@click.version_option(__version__, prog_name=_NAME, message="%(prog)s %(version)s")
def cli() -> None:
    """Machine-learning operations in four strokes: data, model, development, operations."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one call of the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after the program's name; by default those of the process.

    Returns
    -------
    int
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    invocation = Invocation(output=Output.standard(), command=" ".join([_NAME, *words]))
    with orderly_ending() as ending, _notices(invocation.output), _rare_collections():
        code = _guarded(words, invocation)
    invocation.output.flush()
    return ending.exit_code if code == _INTERRUPTED else code


def _guarded(words: list[str], invocation: Invocation) -> int:
    """Turn whatever ends a call into lines on stderr and an exit code."""
    try:
        return _invoke(words, invocation)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        invocation.output.error("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        return 0  # whoever read has seen enough
    except Exception as error:  # noqa: BLE001 - the end of the program: nothing may pass untold
        return _tell(error, invocation)


def _invoke(words: list[str], invocation: Invocation) -> int:
    instruction = os.environ.get(_COMPLETION_VARIABLE)
    if instruction:
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only shells need it

        return shell_complete(cli, {"obj": invocation}, _NAME, _COMPLETION_VARIABLE, instruction)
    with cli.make_context(_NAME, words, obj=invocation) as context:
        result = cli.invoke(context)
    return result if type(result) is int else 0


def _tell(error: Exception, invocation: Invocation) -> int:
    known = _as_known(error)
    if known is None:
        return _own_fault(error, invocation)
    if invocation.debug:
        invocation.output.trace("".join(traceback.format_exception(error)))
    invocation.output.fault(known, debug=invocation.debug)
    return known.exit_code


def _as_known(error: Exception) -> FourstrokeError | None:
    """Give what a user can act on; nothing if it is a fault of ours."""
    if isinstance(error, FourstrokeError):
        return error
    if isinstance(error, click.ClickException):
        return in_our_words(error)
    if isinstance(error, OSError) and error.errno in _ENVIRONMENT_FAULTS:
        where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
        return FourstrokeError(error.strerror or str(error), where=where)
    return None


def _own_fault(error: Exception, invocation: Invocation) -> int:
    invocation.output.error(
        f"fault of fourstroke {__version__}: {type(error).__name__}: {error} "
        "(please report it with the lines below)"
    )
    invocation.output.trace("".join(traceback.format_exception(error)))
    return _OWN_FAULT


@contextlib.contextmanager
def _notices(output: Output) -> Iterator[None]:
    """Show warnings and log lines of the framework as ``warning: ...`` or ``error: ...`` on stderr."""

    def show(message: Warning | str, category: type[Warning], *_: object) -> None:
        kind = "" if issubclass(category, UserWarning) else f"{category.__name__}: "
        output.warn(kind + " ".join(str(message).split()))

    logger, handler = logging.getLogger(_NAME), _Notice(output)
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show  # type: ignore[assignment]  # takes whatever more there is
            yield
    finally:
        logger.removeHandler(handler)


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for garbage less often than Python does by itself."""
    youngest, *older = gc.get_threshold()
    # Whoever turned it off, or wants it to be rarer still, has a reason.
    gc.set_threshold(max(youngest, _OBJECTS_A_COLLECTION) if youngest else 0, *older)
    try:
        yield
    finally:
        gc.set_threshold(youngest, *older)


class _Notice(logging.Handler):
    def __init__(self, output: Output) -> None:
        super().__init__(level=logging.WARNING)
        self.output = output

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        say = self.output.error if record.levelno >= logging.ERROR else self.output.warn
        say(" ".join(record.getMessage().split()))
