"""The command that plays the whole loop: from a table to an alert, and to a new champion by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.cli.templates.census import World
    from fourstroke.outcomes import LoopOutcome, MonitorOutcome, PredictOutcome, RunOutcome
    from fourstroke.project import Project

_LEARNT_ROWS = 4000
_USUAL_ROWS = 800
_CHANGED_ROWS = 3000
# What monitors see only once outcomes are known.
_REALISED = "realised"

_PROJECT = """\
# The project of `fourstroke demo`: who earns more than 50,000 a year?

[project]
name = "census"
description = "Generated people, and whether they earn much"

[task]
target = "income"
kind = "binary"
positive = ">50K"
id = "person"                         # outcomes that become known later find their row by it
sensitive = ["sex"]

[data.collect]
path = "data/census.csv"

[[data.prepare]]
use = "deduplicate"

[[data.prepare]]
use = "steps.py:drop_impossible"
oldest = 100

[data.split]
test = 0.25

[[model.train]]
name = "boosting"
use = "sklearn"
estimator = "HistGradientBoostingClassifier"
params = { max_iter = 40, learning_rate = 0.1 }

[[model.train]]
name = "linear"
use = "sklearn"
estimator = "LogisticRegression"
params = { max_iter = 1000 }

[[development.validate]]
use = "threshold"
metric = "roc_auc"
min = 0.75

[[development.validate]]
use = "baseline"

[[development.validate]]
use = "champion"

[[operations.monitor]]
use = "drift"                         # do people look as they did?

[[operations.monitor]]
use = "performance"                   # was the model right? Known once outcomes are
metrics = ["roc_auc", "accuracy"]

[operations.retrain]
use = "triggers"                      # turn again when performance drops, or data drift

[operations.loop]
budget = "2 per 7d"                   # and no more often than this

[backends]
runner = "inline"                     # a table as small as this needs no further processes

[run]
seed = 7
"""

_STEPS = '''\
"""Steps of this project's own: a plain function whose keyword parameters are its settings."""


def drop_impossible(data, oldest: int = 100):
    """Drop people who are older than anybody is."""
    return data[data["age"] <= oldest]
'''


@command()
@click.argument("folder", required=False, default="fourstroke-demo")
@pass_invocation
def demo(invocation: Invocation, *, folder: str) -> int:
    """Play the whole loop in a new FOLDER, offline, in under a minute.

    A table is generated, learnt from, and the model deployed; a usual week is scored, its outcomes
    come by id, and nothing happens; then the world changes, people are told, outcomes show how right
    the model was, and the loop trains, judges and deploys a new champion. At the end the ledger tells
    all of it.
    """
    place = invocation.folder() / folder
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(
            "it exists already and is not overwritten",
            where=str(place),
            hint="fourstroke demo ANOTHER-FOLDER",
        )
    return _Play(invocation=invocation, place=place).play()


@attrs.define(kw_only=True, eq=False)
class _Play:
    """One demo: each act does what a command would do, and says which."""

    invocation: Invocation
    place: Path
    facts: dict[str, Any] = attrs.field(factory=dict)
    _acts: int = 0

    def play(self) -> int:
        """Play all acts; stop at the first one that does not come to what it should."""
        self._set_the_stage()
        first = self._turn("Learn from the table: data, model, development", "first turn")
        if first.state != "succeeded":
            return self._end(f"the first turn ended {first.state}", succeeded=False)
        self._score("A usual week comes in, and is scored", "usual", "week-1.csv")
        self._outcomes(
            "Later it is known who earns much: outcomes come by id", "usual", "week-1.csv"
        )
        quiet = self._loop("Is there a reason to learn again? Not yet", "quiet loop")
        self._score(
            "The world changes: older people, fewer hours, a new kind of work",
            "changed",
            "week-2.csv",
        )
        alarmed = self._watch("The monitor sees it before any outcome is known", "changed")
        if not alarmed.report.alerts:
            return self._end("the change was not noticed", succeeded=False)
        self._outcomes("The outcomes of these people become known", "changed", "week-2.csv")
        judged = self._watch("Now it is known how right the model was", "judged", only=_REALISED)
        if not any(seen.statistic == _REALISED for seen in judged.report.observations):
            return self._end("the outcomes found no row", succeeded=False)
        self._grow()
        healed = self._loop("The loop again: train, judge, approve, deploy, or say why not", "loop")
        sound = self._audit("Who did what, when and why, and the proof that nobody changed it")
        text = _what_came_of_it(quiet, healed)
        return self._end(text, succeeded=sound and healed.end != "failed")

    def _set_the_stage(self) -> None:
        from fourstroke.cli.scaffold import write_new  # noqa: PLC0415 - --help does not need it
        from fourstroke.cli.templates import census  # noqa: PLC0415

        self._title("Write a project with a generated table", f"demo {self.place.name}")
        # The monitor's promise is one false alarm in a hundred usual weeks; this week is none of them.
        files = {
            "fourstroke.toml": _PROJECT,
            "steps.py": _STEPS,
            ".gitignore": ".fourstroke/\n",
            "data/census.csv": census.table(census.USUAL, _LEARNT_ROWS, seed=1),
            **_week(census.USUAL, _USUAL_ROWS, number=1, seed=5),
            **_week(census.CHANGED, _CHANGED_ROWS, number=2, seed=4),
        }
        write_new(self.place, files)
        for name in files:
            self._say(("wrote  ", "good"), self.invocation.shown(self.place / name))

    def _turn(self, title: str, key: str) -> RunOutcome:
        from fourstroke.cli.conclusion import conclude  # noqa: PLC0415 - --help does not need it
        from fourstroke.cli.progress import progress  # noqa: PLC0415

        self._title(title, "run")
        with (
            self._project() as project,
            progress(self.invocation.output, is_quiet=self._is_quiet) as listener,
        ):
            outcome = project.run(listener=listener, command="fourstroke run")
        for error in outcome.errors:
            self.invocation.output.fault(error)
        end = conclude(outcome.report)
        self.facts[key] = {
            "run": outcome.run,
            "state": outcome.state,
            "verdict": end.verdict,
            "reports": [self.invocation.shown(path) for path in outcome.files],
        }
        self._say(("verdict  ", "strong"), (end.verdict, end.colour))
        for path in outcome.files[:1]:
            self._say(("report   ", "strong"), self.invocation.shown(path))
        return outcome

    def _score(self, title: str, key: str, name: str) -> PredictOutcome:
        self._title(title, f"predict traffic/{name}")
        with self._project() as project:
            outcome = project.predict(
                self.place / "traffic" / name, command=f"fourstroke predict traffic/{name}"
            )
        self.facts[f"{key} batch"] = {"rows": outcome.rows, "version": outcome.version}
        self._say(
            ("scored   ", "strong"),
            f"{outcome.rows:,} rows by {outcome.model}@v{outcome.version}",
        )
        return outcome

    def _outcomes(self, title: str, key: str, name: str) -> None:
        """Bring what became known of people who were scored, as a user does."""
        from fourstroke.cli.labels import show_labels  # noqa: PLC0415 - --help does not need it

        words = f"labels add outcomes/{name}"
        self._title(title, words)
        with self._project() as project:
            found = project.labels.add(
                self.place / "outcomes" / name, command=f"fourstroke {words}"
            )
        self.facts[f"{key} outcomes"] = {"labels": found.labels, "column": found.column}
        if not self._is_quiet:
            show_labels(self.invocation.output, found)

    def _watch(self, title: str, key: str, *, only: str = "") -> MonitorOutcome:
        from fourstroke.cli.operate import show_observations, show_watch  # noqa: PLC0415 - --help does not need it

        self._title(title, "monitor")
        with self._project() as project:
            outcome = project.monitor(command="fourstroke monitor")
        self.facts[f"{key} window"] = {
            "alerts": [alert.title for alert in outcome.report.alerts],
            "decision": outcome.decision,
        }
        if not self._is_quiet:
            shown = [seen for seen in outcome.report.observations if only in ("", seen.statistic)]
            show_observations(
                self.invocation.output, attrs.evolve(outcome.report, observations=tuple(shown))
            )
            show_watch(self.invocation.output, outcome)
        return outcome

    def _loop(self, title: str, key: str) -> LoopOutcome:
        from fourstroke.cli.loop import facts, show  # noqa: PLC0415 - --help does not need it
        from fourstroke.cli.progress import progress  # noqa: PLC0415

        self._title(title, "loop")
        with (
            self._project() as project,
            progress(self.invocation.output, is_quiet=self._is_quiet) as listener,
        ):
            outcome = project.loop(listener=listener, command="fourstroke loop")
        self.facts[key] = facts(self.invocation, outcome)
        if not self._is_quiet:
            show(self.invocation, outcome)
        return outcome

    def _audit(self, title: str) -> bool:
        from fourstroke.cli.audit import show_events, sound  # noqa: PLC0415 - --help does not need it

        self._title(title, "audit list")
        with self._project() as project:
            events, checked = project.audit.events(), project.audit.verify()
        problems = checked.problems
        self.facts["audit"] = {"events": [each.what for each in events], "problems": problems}
        if not self._is_quiet:
            show_events(self.invocation.output, events[::-1])
            self._say(("   $ fourstroke audit verify", "dim"))
        self._say("; ".join(problems) if problems else sound(checked))
        return not problems

    def _grow(self) -> None:
        """Add the people of the second week to the table, with their outcomes."""
        from fourstroke.cli.templates import census  # noqa: PLC0415 - --help does not need it

        self._title("The same people, with their outcomes, join the table to learn from", "")
        later = census.table(census.CHANGED, _CHANGED_ROWS, seed=4, first=_first(2))
        with (self.place / "data" / "census.csv").open("a", encoding="utf-8", newline="") as file:
            file.write(later.partition("\n")[2])
        self._say(
            ("added  ", "good"),
            f"{_CHANGED_ROWS:,} rows to {self.invocation.shown(self.place / 'data' / 'census.csv')}",
        )

    def _end(self, text: str, *, succeeded: bool) -> int:
        if self._is_quiet:
            self.invocation.output.json(
                {"folder": self.place, "succeeded": succeeded, "end": text, **self.facts}
            )
        else:
            self._say("")
            self._say((text, "good" if succeeded else "bad"))
            go = f"cd {self.invocation.shown(self.place)}"
            self._say(("next     ", "strong"), f"{go} && fourstroke models show census")
            self._say(
                ("read     ", "strong"), f"{self.invocation.shown(self.place)}/fourstroke.toml"
            )
        return 0 if succeeded else 1

    @property
    def _is_quiet(self) -> bool:
        return self.invocation.as_json

    def _project(self) -> Project:
        from fourstroke.project import Project  # noqa: PLC0415 - --help does not need it

        return Project.open(self.place, overrides=tuple(self.invocation.overrides))

    def _title(self, title: str, words: str) -> None:
        self._acts += 1
        if self._acts > 1:
            self._say("")
        self._say(
            (f"{self._acts}  {title}", "strong"),
            (f"   $ fourstroke {words}" if words else "", "dim"),
        )

    def _say(self, *parts: str | tuple[str, str]) -> None:
        if not self._is_quiet:
            self.invocation.output.line(*parts)


def _first(week: int) -> int:
    """Give the first number of a week's people: no two tables share one."""
    return week * 10_000 + 1


def _week(world: World, rows: int, *, number: int, seed: int) -> dict[str, str]:
    """Write the people of a week, and what becomes known of them later."""
    from fourstroke.cli.templates import census  # noqa: PLC0415 - --help does not need it

    known = {
        "traffic": [name for name in census.COLUMNS if name != census.TARGET],
        "outcomes": [census.ID, census.TARGET],
    }
    return {
        f"{folder}/week-{number}.csv": census.table(
            world, rows, seed, columns=columns, first=_first(number)
        )
        for folder, columns in known.items()
    }


def _what_came_of_it(quiet: LoopOutcome, healed: LoopOutcome) -> str:
    from fourstroke.cli.loop import in_words  # noqa: PLC0415 - --help does not need it

    calm = "was quiet" if quiet.end == "quiet" else "turned"
    return f"The loop {calm} in a usual week; when the world had changed: {in_words(healed)}."
