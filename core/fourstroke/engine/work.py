"""One step's work, done in a worker: load inputs, call the plugin, store outputs."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import multiprocessing
import os
import sys
import time
import traceback
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts import files
from fourstroke.artifacts.artifact import Artifact
from fourstroke.context import Context, MetricPoint, Notes
from fourstroke.engine.masking import mask_file, masked, masked_error
from fourstroke.engine.strays import strays
from fourstroke.engine.workshop import Workshop, plugin_names, workshop
from fourstroke.errors import FourstrokeError, StepError, described, text_of
from fourstroke.plugins.own_frames import OwnCode, own_frames, own_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke.config import Config, PluginTable
    from fourstroke.plan import Work
    from fourstroke.plugins.calls import Caller


# The parent of the loggers that steps get in their context.
STEP_LOGGER = "fourstroke.step"
# A traceback travels to the main process with its error; the log has all of it.
_LONGEST_TRACE = 50_000


@attrs.frozen(kw_only=True, eq=False)
class Job:
    """One step as it travels to a worker: plain values that pickle."""

    run: str
    step: str
    work: Work
    config: Config
    tables: tuple[PluginTable, ...]
    inputs: Mapping[str, Artifact]
    log: Path
    timeout_seconds: float | None = None


@attrs.frozen(kw_only=True, eq=False)
class Done:
    """What a step left behind."""

    outputs: Mapping[str, Artifact]
    summary: str
    seconds: float
    metrics: tuple[MetricPoint, ...] = ()
    attachments: tuple[tuple[str, str, Artifact], ...] = ()
    messages: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, eq=False)
class Bench:
    """What a step's work sees: its inputs, loaded when asked for, its plugins, and its context.

    ``plugins`` are the names under which ``caller`` reaches them; the main one has the step's own
    name.
    """

    step: str
    plugins: tuple[str, ...]
    inputs: Mapping[str, Artifact]
    context: Context
    caller: Caller
    shop: Workshop

    def load(self, name: str) -> Any:
        """Load an input anew, so that changing it harms nobody; ``None`` if it is not there."""
        artifact = self.inputs.get(name)
        return None if artifact is None else self.shop.store.load(artifact)

    def load_artifact(self, artifact: Artifact) -> Any:
        """Load a value that an input refers to."""
        return self.shop.store.load(artifact)


def perform(job: Job) -> Done:
    """Do one step's work; called by the executor, in a worker process or in this one.

    Raises
    ------
    FourstrokeError
        For whatever goes wrong, so that nothing travels back that the main process cannot unpickle.
    """
    started = time.monotonic()
    job.log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with job.log.open("a", encoding="utf-8") as log, _quietly(log), _deadline(job, log):
            done = _contained(job, started, log)
    finally:
        mask_file(job.log, job.config)
    if job.log.stat().st_size == 0:
        job.log.unlink(missing_ok=True)
    return done


def _contained(job: Job, started: float, log: IO[str]) -> Done:
    """Let nothing but errors of fourstroke out of a plugin, and no secret with them."""
    try:
        return _perform(job, started)
    except FourstrokeError as error:
        raise masked_error(error, job.config) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the plugin border: panics of compiled code too
        traceback.print_exc(file=log)
        raise masked_error(_in_words(job, error), job.config) from None


def _perform(job: Job, started: float) -> Done:
    shop = workshop(job.config, job.run)
    with files.set_apart(shop.scratch, "step") as scratch:
        context = _context(job, shop, scratch)
        bench = Bench(
            step=job.step,
            plugins=plugin_names(job.step, job.tables),
            inputs=job.inputs,
            context=context,
            caller=shop.caller(job.step, job.tables),
            shop=shop,
        )
        before = frozenset(sys.modules)
        values = dict(job.work(bench))
        for file in strays(job.config.root, job.tables, before):
            context.say(f"it imported {file} unseen: name it under depends, or an edit is missed")
        summary = str(values.pop("summary", ""))
        outputs = {name: _stored(shop, masked(value, job.config)) for name, value in values.items()}
        notes = context.notes
        return Done(
            outputs=outputs,
            summary=masked(summary, job.config),
            seconds=time.monotonic() - started,
            metrics=tuple(
                attrs.evolve(point, name=masked(point.name, job.config)) for point in notes.metrics
            ),
            attachments=tuple(
                (masked(name, job.config), kind, artifact)
                for name, kind, artifact in _attachments(shop, notes)
            ),
            # A model that is asked six times says six times the same of itself.
            messages=masked(tuple(dict.fromkeys(notes.messages)), job.config),
        )


def _context(job: Job, shop: Workshop, scratch: Path) -> Context:
    config = job.config
    return Context(
        run=job.run,
        step=job.step,
        project=config.name,
        environment=config.environment,
        root=config.root,
        scratch=scratch,
        task=config.task,
        seed=config.seed,
        settings=config.values,
        log=logging.getLogger(f"{STEP_LOGGER}.{job.step}"),
        services=shop,
        memory=shop.memory(job.tables),
    )


def _stored(shop: Workshop, value: Any) -> Artifact:
    return value if isinstance(value, Artifact) else shop.store.put(value)


def _attachments(shop: Workshop, notes: Notes) -> tuple[tuple[str, str, Artifact], ...]:
    return tuple(
        (item.name, item.kind, shop.store.put_file(item.path, item.path.name))
        for item in notes.attachments
    )


@contextlib.contextmanager
def _quietly(log: IO[str]) -> Iterator[None]:
    """Send what a step prints and logs to its log file: stdout belongs to results."""
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root, own = logging.getLogger(), logging.getLogger(STEP_LOGGER)
    before = own.level
    root.addHandler(handler)
    own.setLevel(logging.INFO)  # Python's own default would leave out what a step tells
    try:
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log), _own_output(log):
            yield
    finally:
        own.setLevel(before)
        root.removeHandler(handler)


@contextlib.contextmanager
def _own_output(log: IO[str]) -> Iterator[None]:
    """Send what compiled code and child processes write there too, in a process of our own."""
    if multiprocessing.parent_process() is None:
        yield
        return
    saved = os.dup(1), os.dup(2)
    try:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
        yield
    finally:
        log.flush()
        for number, old in zip((1, 2), saved, strict=True):
            os.dup2(old, number)
            os.close(old)


@contextlib.contextmanager
def _deadline(job: Job, log: IO[str]) -> Iterator[None]:
    """End this worker when the step's time is over.

    faulthandler's own thread needs no interpreter lock, so that it also ends a step that hangs in
    compiled code. In the main process it would end the whole program: there no deadline is kept.
    """
    if job.timeout_seconds is None or multiprocessing.parent_process() is None:
        yield
        return
    faulthandler.dump_traceback_later(job.timeout_seconds, exit=True, file=log)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _in_words(job: Job, error: BaseException) -> StepError:
    """Tell an exception of a plugin in one line, with the place in its author's own code."""
    root = job.config.root
    code = OwnCode.of(root, workshop(job.config, job.run).modules(job.tables))
    place = own_place(error, code) or _last_place(error)
    is_exit = isinstance(error, SystemExit)
    what = f"it called exit({text_of(error)})" if is_exit else described(error)
    log = job.log.relative_to(root) if job.log.is_relative_to(root) else job.log.name
    told = StepError(
        what, where=job.step, hint=f"{place}{', ' if place else ''}the whole story is in {log}"
    )
    told.frames = own_frames(error, code)
    told.trace = "".join(traceback.format_exception(error))[-_LONGEST_TRACE:]
    return told


def _last_place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
