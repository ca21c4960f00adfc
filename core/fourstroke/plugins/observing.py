"""Observers: told what happened, and run around stages; whatever they do harms no run.

What a stage gives belongs to its step's cache key, in which no observer stands. So an observer may
see the result of a stage and not change it, and a failure of its own is told and goes no further.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.errors import described
from fourstroke.hooks import events, hookimpl
from fourstroke.plugins.implementations import Implementation, implementations
from fourstroke.plugins.manager import manager_of
from fourstroke.plugins.specification import Hook, hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from fourstroke.context import Context
    from fourstroke.entities.model import Deployment, ModelVersion, Verdict
    from fourstroke.entities.operations import Alert
    from fourstroke.entities.run import DatasetFact, RunState, StepFact

_log = logging.getLogger(__name__)


class Events:
    """Tells observers what happened; each by itself, so that one that fails silences no other.

    Each method gives a line for every observer that failed.
    """

    def __init__(self, observers: Mapping[str, object]) -> None:
        self._observers = {
            name: manager_of({f"observe.{name}": observer}, (events.EventHooks,)).hook
            for name, observer in observers.items()
        }

    def run_started(self, run: str, project: str) -> list[str]:
        """Tell that a run has begun."""
        return self._tell("run_started", run=run, project=project)

    def step_started(self, run: str, step: StepFact) -> list[str]:
        """Tell that a step has begun."""
        return self._tell("step_started", run=run, step=step)

    def step_finished(self, run: str, step: StepFact) -> list[str]:
        """Tell how a step ended."""
        return self._tell("step_finished", run=run, step=step)

    def dataset_published(self, run: str, dataset: DatasetFact) -> list[str]:
        """Tell of a data set's new version."""
        return self._tell("dataset_published", run=run, dataset=dataset)

    def model_validated(self, run: str, verdict: Verdict) -> list[str]:
        """Tell a verdict."""
        return self._tell("model_validated", run=run, verdict=verdict)

    def model_registered(self, run: str, version: ModelVersion) -> list[str]:
        """Tell of a new model version."""
        return self._tell("model_registered", run=run, version=version)

    def model_deployed(self, run: str, deployment: Deployment) -> list[str]:
        """Tell that a version is at work."""
        return self._tell("model_deployed", run=run, deployment=deployment)

    def alert_raised(self, run: str, alert: Alert) -> list[str]:
        """Tell an alert."""
        return self._tell("alert_raised", run=run, alert=alert)

    def run_finished(self, run: str, state: RunState) -> list[str]:
        """Tell how a run ended."""
        return self._tell("run_finished", run=run, state=state)

    def _tell(self, event: str, **facts: Any) -> list[str]:
        problems = []
        for name, hook in self._observers.items():
            try:
                getattr(hook, event)(**facts)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin border: told
                problems.append(_told(name, f"at {event}", error))
        return problems


class Watcher:
    """Stands in for an observer among the plugins of a caller, with its wrappers contained."""


def watcher(name: str, observer: object) -> Watcher:
    """Give what a caller registers in the place of an observer."""
    stand_in = Watcher()
    for item in implementations(type(observer)):
        hook = hooks().get(item.hook)
        if hook is not None and hook.is_stage and item.options.get("wrapper"):
            around = _contained(name, hook, getattr(observer, item.method), item)
            first, last = bool(item.options.get("tryfirst")), bool(item.options.get("trylast"))
            mark = hookimpl(wrapper=True, tryfirst=first, trylast=last)
            setattr(stand_in, hook.name, mark(around))
    return stand_in


def _contained(
    observer: str, hook: Hook, method: Callable[..., Any], item: Implementation
) -> Callable[..., Generator[None, Any, Any]]:
    """Make a wrapper around the observer's: it hands the stage's outcome on untouched."""
    wanted = {parameter.name for parameter in item.parameters}

    def around(*values: Any) -> Generator[None, Any, Any]:
        given = dict(zip(hook.arguments, values, strict=True))
        watch = _Watch(observer, hook.name, given.get("context"))
        watch.begin(method, {name: value for name, value in given.items() if name in wanted})
        try:
            result = yield
        except BaseException as failure:
            watch.fail(failure)
            raise
        watch.end(result)
        return result

    # pluggy reads the names of arguments from what is wrapped: that is the specification, all of
    # them.
    return functools.update_wrapper(around, hook.function)


@attrs.define
class _Watch:
    """One observer around one call."""

    observer: str
    hook: str
    context: Context | None
    _running: Generator[None, Any, Any] | None = None

    def begin(self, method: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        try:
            running = method(**arguments)
            next(running)
        except StopIteration:
            self._tell("it did not yield")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin border: told
            self._tell(error)
        else:
            self._running = running

    def end(self, result: Any) -> None:
        if self._running is None:
            return
        try:
            self._running.send(result)
        except StopIteration as end:
            if end.value is not None and end.value is not result:
                self._tell("it gave another result, which is not used: observers only watch")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin border: told
            self._tell(error)
        else:
            self._stop(self._running)

    def fail(self, failure: BaseException) -> None:
        if self._running is None:
            return
        try:
            self._running.throw(failure)
        except StopIteration:
            return  # it may swallow the failure for itself; the stage has failed all the same
        except BaseException as error:
            if error is failure:
                return
            if not isinstance(error, Exception | SystemExit):
                raise
            self._tell(error)
        else:
            self._stop(self._running)

    def _stop(self, running: Generator[None, Any, Any]) -> None:
        self._tell("it yields more than once")
        try:
            running.close()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin border: told
            self._tell(error)

    def _tell(self, problem: object) -> None:
        text = _told(self.observer, f"around {self.hook}", problem)
        if self.context is None:
            _log.warning(text)
        else:
            self.context.say(text)


def failure_of(observer: str, message: str) -> str:
    """Give what a message tells of an observer that failed; empty if it tells something else."""
    head = _head(observer)
    return message.removeprefix(head) if message.startswith(head) else ""


def _head(observer: str) -> str:
    return f"observer {observer} failed "


def _told(observer: str, place: str, problem: object) -> str:
    what = described(problem) if isinstance(problem, BaseException) else problem
    return f"{_head(observer)}{place}: {what}"
