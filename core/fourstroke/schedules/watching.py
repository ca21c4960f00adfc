"""The watcher: takes the moments of schedules as they come, and does what they say."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import subprocess
import sys
import time
from typing import IO, TYPE_CHECKING, Any, Final

import attrs

from fourstroke.engine.workshop import HOME
from fourstroke.schedules.due import come
from fourstroke.schedules.schedule import ended_as

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fourstroke.project import Project
    from fourstroke.records.scheduling import Watch
    from fourstroke.schedules.schedule import FiringState, Schedule

# How long a leader leads without saying so again, and how often it says so.
LEASE_SECONDS: Final = 20.0
_RENEW_SECONDS: Final = 5.0
# After a command that came to no good end new data is not tried again for so long.
_STOPPED: Final = frozenset({"failed", "blocked", "refused"})
_PAUSE_AFTER_FAILURE: Final = dt.timedelta(hours=1)
_TAIL_BYTES: Final = 4_000
_LONGEST_MESSAGE: Final = 300


@attrs.define(eq=False)
class _Work:
    """A command that is being done."""

    firing: int
    process: subprocess.Popen[bytes]
    log: Path
    file: IO[bytes]


@attrs.define(eq=False)
class Watcher:
    """Does what schedules say, as long as it leads; of several watchers of a project one does.

    A moment is taken in the records before its command begins: so it is done once, whatever watchers
    there are, and also if this one dies. A command is a process of its own; one that is at work when
    its watcher dies goes on, and its firing is told as lost.

    Parameters
    ----------
    project : Project
        Whose schedules.
    say : callable
        Hears what happens.
    clock : callable
        Gives the present moment, in UTC.
    program : sequence of str
        What commands are begun with.
    """

    project: Project
    say: Callable[[str], None]
    clock: Callable[[], dt.datetime] = attrs.field(default=lambda: dt.datetime.now(dt.UTC))
    program: Sequence[str] = (sys.executable, "-m", "fourstroke")
    _watch: Watch = attrs.field(init=False)
    _works: dict[str, _Work] = attrs.field(factory=dict, init=False)
    _looked: dict[str, dt.datetime] = attrs.field(factory=dict, init=False)
    _leads: bool = attrs.field(default=False, init=False)
    _renewed: float = attrs.field(default=float("-inf"), init=False)

    def __attrs_post_init__(self) -> None:
        """Take a name."""
        self._watch = self.project.records.watch(secrets.token_hex(8))

    def go_on(self, poll_seconds: float) -> None:
        """Watch until somebody ends it; commands at work are ended, too, and told as failed."""
        try:
            while True:
                self.look()
                time.sleep(poll_seconds)
        finally:
            self.stop()

    def look(self) -> None:
        """Look once: what has ended, whether this one leads, what has come."""
        self._gather_ended()
        if not self._lead():
            return
        for schedule in self.project.records.schedules():
            if not schedule.is_paused:
                self._take(schedule)

    def finish(self) -> None:
        """Wait for all commands that are at work."""
        while self._works:
            self._gather_ended()
            time.sleep(0.05)

    def stop(self) -> None:
        """End what is at work, and let another watcher lead at once."""
        for work in self._works.values():
            work.process.terminate()
        for name, work in list(self._works.items()):
            work.process.wait()
            self._ended(name, work, "the watcher was stopped")
        self._watch.resign()

    def _lead(self) -> bool:
        if self._leads and time.monotonic() - self._renewed < _RENEW_SECONDS:
            return True
        led, self._leads = self._leads, self._watch.lead(LEASE_SECONDS)
        self._renewed = time.monotonic()
        if self._leads and not led:
            lost = self._watch.find_lost()
            more = f"; {lost} that others had begun are lost" if lost else ""
            self.say(f"this watcher leads{more}")
        elif led and not self._leads:
            self.say("another watcher leads")
        return self._leads

    def _take(self, schedule: Schedule) -> None:
        if schedule.on_new_data:
            self._look_for_data(schedule)
            return
        known = self.project.records.firings(schedule.name, 1)
        found = come(schedule, known[0].due if known else None, self.clock())
        if found.passed and found.moments:
            self.say(f"{schedule.name}: {found.passed} moments passed while nobody watched")
        for moment in found.moments:
            if schedule.catch_up == "all" and schedule.name in self._works:
                return  # its turn comes when the one before is done
            self._begin(schedule, moment)

    def _begin(self, schedule: Schedule, due: dt.datetime) -> None:
        if schedule.name in self._works:
            why = "the one before was still at work"
            if self._watch.take(schedule.name, due, "skipped", why) is not None:
                self.say(f"{schedule.name}: skipped, {why}")
            return
        firing = self._watch.take(schedule.name, due)
        if firing is None:
            return
        folder = self.project.root / HOME / "logs" / "watch"
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / f"{schedule.name}-{due:%Y%m%dT%H%M%SZ}.log"
        file = log.open("wb")
        process = subprocess.Popen(  # noqa: S603 - the words that the project's people scheduled
            self._command(schedule.words),
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        self._works[schedule.name] = _Work(firing, process, log, file)
        self.say(f"{schedule.name}: {schedule.command}")

    def _command(self, words: tuple[str, ...]) -> list[str]:
        here = [*self.program, "-C", str(self.project.root)]
        environment = self.project.config.environment
        return [*here, *(["--env", environment] if environment else []), *words]

    def _gather_ended(self) -> None:
        for name, work in list(self._works.items()):
            if work.process.poll() is not None:
                self._ended(name, work)

    def _ended(self, name: str, work: _Work, why: str = "") -> None:
        work.file.close()
        code = work.process.returncode
        state: FiringState = "failed" if why else ended_as(code)
        message = why or (
            f"exit code {code}: {_last_line(work.log)}" if code else _last_line(work.log)
        )
        if not self._watch.end(work.firing, state, message[:_LONGEST_MESSAGE]):
            message = f"{message}, and another watcher had told it as lost"
        del self._works[name]
        self.say(f"{name}: {state}{f', {message}' if state != 'done' else ''}")

    def _look_for_data(self, schedule: Schedule) -> None:
        now = self.clock()
        before = self._looked.get(schedule.name)
        pause = dt.timedelta(minutes=schedule.every_minutes)
        if schedule.name in self._works or (before is not None and now - before < pause):
            return
        self._looked[schedule.name] = now
        known = self.project.records.firings(schedule.name, 1)
        if known and known[0].state in _STOPPED and now - known[0].began < _PAUSE_AFTER_FAILURE:
            return
        changed = self._changed_sources(schedule)
        if changed:
            self.say(f"{schedule.name}: {changed}")
            self._begin(schedule, now.replace(microsecond=0))

    def _changed_sources(self, schedule: Schedule) -> str:
        """Say which source has changed since a run read it, by a plan in a process of its own."""
        done = subprocess.run(  # noqa: S603 - our own program
            self._command(("plan", "--json")), capture_output=True, check=False
        )
        try:
            steps: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
        except (ValueError, KeyError, TypeError):
            self.say(f"{schedule.name}: no plan: {_tail(done.stderr)}")
            return ""
        return "; ".join(
            f"{step['name']}: {step['reason']}"
            for step in steps
            if step["stage"] == "collect" and step["cycle"] == "data" and step["action"] == "run"
        )


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        return _tail(file.read())


def _tail(text: bytes) -> str:
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    # What a command came to says more than the hint below it.
    verdicts = [line for line in lines if line.startswith("verdict ")]
    return (verdicts or lines or [""])[-1]
