"""The data cycle: collect, prepare, check, publish, split, audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.cycles import auditing, quarantine
from fourstroke.cycles.shape import columns_of, counted, in_words, rows_of
from fourstroke.cycles.verdicts import failed_check, refuse_if_blocked, still_holds, tally
from fourstroke.entities.run import DatasetFact
from fourstroke.errors import ConfigError, nearest
from fourstroke.plan import Inputs, Outputs, Ref, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import Config, PluginTable
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.plugins.build import BuiltPlugin


PUBLISH = "data.publish"
SPLIT = "data.split"
PINNED = "table"
_SHOWN_COLUMNS = 5_000
_MOST_DIGITS = 9


def steps(config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> list[Step]:
    """Give the steps of the data cycle, in the order of the project file."""
    if config.pin:
        made = [_pinned(config)]
        return made + _model_parts(config, plugins, Ref(PUBLISH, PINNED))
    sources = config.tables.get("collect", ())
    made = [collecting(table.name, plugins["collect", table.name], "data") for table in sources]
    names = {table.name: step.name for table, step in zip(sources, made, strict=True)}
    made += preparing(config.tables.get("prepare", ()), plugins, names, "data")
    before = made[-1].name if config.tables.get("prepare") else made[0].name
    checks, good = checking(config.tables.get("check", ()), plugins, Ref(before))
    made += [*checks, _publish(good, checks)]
    return made + _model_parts(config, plugins, good)


def _model_parts(
    config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin], data: Ref
) -> list[Step]:
    """Give the steps that divide a table for the model cycle, and audit the parts."""
    made = [_split(config, plugins, data)] if config.tables.get("split") else []
    if config.tables.get("train"):
        made += auditing.steps(config.tables.get("audit", ()), plugins, SPLIT)
    return made


def _pinned(config: Config) -> Step:
    return Step(
        name=PUBLISH,
        cycle="data",
        stage="pin",
        settings={"data.pin": config.pin},
        act=pinned,
        is_volatile=True,
    )


def collecting(name: str, source: BuiltPlugin, cycle: str) -> Step:
    """Give the step that reads one source."""
    return Step(
        name=f"{cycle}.collect.{name}",
        cycle=cycle,
        stage="collect",
        plugins=(source,),
        work=collect,
        has_source=True,
    )


def preparing(
    tables: Sequence[PluginTable],
    plugins: Mapping[tuple[str, str], BuiltPlugin],
    names: Mapping[str, str],
    cycle: str,
) -> list[Step]:
    """Give the steps that prepare, each after the one before it or after what ``from`` names.

    Parameters
    ----------
    tables : sequence of PluginTable
        The tables ``[[data.prepare]]``, in the order of the file.
    plugins : mapping
        What was built of them.
    names : mapping of str to str
        Which step stands for which source; the first one is where the chain begins.
    cycle : str
        ``data``, or ``operations`` for a batch that is scored.
    """
    known = dict(names)
    own = next(iter(known))
    made = []
    for table in tables:
        sources = {name: Ref(known[name]) for name in table.inputs} or {own: Ref(known[own])}
        step = Step(
            name=f"{cycle}.prepare.{table.name}",
            cycle=cycle,
            stage="prepare",
            inputs=sources,
            plugins=(plugins["prepare", table.name],),
            work=prepare,
        )
        made.append(step)
        own = table.name
        known[own] = step.name
    return made


def checking(
    tables: Sequence[PluginTable], plugins: Mapping[tuple[str, str], BuiltPlugin], before: Ref
) -> tuple[list[Step], Ref]:
    """Give the steps that check, and what of the table goes on.

    Those that set rows aside come first, one after the other: all others check what is published.
    """
    made, good = {}, before
    for table in tables:
        if table.on_failure == "quarantine":
            step = quarantine.setting_aside(table, plugins["check", table.name], good)
            made[table.name], good = step, Ref(step.name, quarantine.GOOD)
    for table in tables:
        if table.name not in made:
            made[table.name] = _check(table, plugins, good)
    return [made[table.name] for table in tables], good


def _check(table: PluginTable, plugins: Mapping[tuple[str, str], BuiltPlugin], before: Ref) -> Step:
    return Step(
        name=f"data.check.{table.name}",
        cycle="data",
        stage="check",
        inputs={"data": before},
        plugins=(plugins["check", table.name],),
        work=check,
        is_current=still_holds,
        on_failure=failed_check,
    )


def _publish(before: Ref, checks: list[Step]) -> Step:
    return Step(
        name=PUBLISH,
        cycle="data",
        stage="publish",
        inputs={"data": before} | {step.name: Ref(step.name) for step in checks},
        act=publish,
        is_current=_is_published,
    )


def _split(config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin], before: Ref) -> Step:
    table = config.tables["split"][0]
    return Step(
        name=SPLIT,
        cycle="data",
        stage="split",
        inputs={"data": before, "published": Ref(PUBLISH)},
        plugins=(plugins["split", table.name],),
        # A split that was made before need not have the part that is to choose now.
        settings={"model.select_on": config.select_on} if config.select_on != "test" else {},
        work=split,
    )


def collect(bench: Bench) -> Outputs:
    """Read a source."""
    table = bench.caller.collect(bench.step, context=bench.context)
    return {"value": table, "summary": in_words(table)}


def prepare(bench: Bench) -> Outputs:
    """Turn the inputs into one table."""
    tables = {name: bench.load(name) for name in bench.inputs}
    first = next(iter(tables.values()))
    rows = rows_of(first)
    table = bench.caller.prepare(bench.step, data=first, inputs=tables, context=bench.context)
    return {"value": table, "summary": _difference(rows, table)}


def check(bench: Bench) -> Outputs:
    """Check the table that is about to be published."""
    data = bench.load("data")
    checks = tuple(bench.caller.check(bench.step, data=data, context=bench.context))
    return {"value": checks, "summary": tally(checks)}


def split(bench: Bench) -> Outputs:
    """Divide the published table."""
    parts = dict(bench.caller.split(bench.step, data=bench.load("data"), context=bench.context))
    chooses = bench.context.settings.get("model", {}).get("select_on", "test")
    if chooses not in parts:
        raise ConfigError(
            f"the split makes no part {chooses!r}: there are {', '.join(parts)}",
            where="model.select_on",
            hint="[data.split] validation = 0.2",
        )
    return {**parts, "summary": in_words(parts)}


def publish(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Publish the checked table as a version in the catalog.

    Raises
    ------
    BlockedError
        If a check says no: then nothing is published.
    """
    checks = [
        item for name, found in inputs.items() if name != "data" for item in session.load(found)
    ]
    refuse_if_blocked(checks, "data")
    data = inputs["data"]
    measured = session.perform(step.name, measure, (), {"data": data}).outputs
    rows, columns = session.load(measured["value"])
    fact, is_new = session.writer.publish_dataset(
        session.config.dataset,
        data,
        rows,
        tuple(columns),
        session.note,
        profile=measured.get("profile"),
        card=session.config.catalog,
    )
    if is_new:
        session.told(session.events.dataset_published(session.writer.run, fact))
    passed = sum(item.status == "pass" for item in checks)
    odd = sum(item.status not in {"pass", "skipped"} for item in checks)
    return {
        "value": attrs.evolve(fact, checks=passed, warnings=odd),
        "summary": _published(fact, is_new=is_new),
    }


def pinned(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001 - as all acts
    """Use a version that was published before, in the place of what the sources hold now.

    Raises
    ------
    ConfigError
        If there is no such version.
    """
    config = session.config
    digits = config.pin.rpartition("@")[2].removeprefix("v")
    number = int(digits) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else None
    row = session.records.dataset(config.dataset, number) if number is not None else None
    if row is None:
        known = [f"v{each.version}" for each in session.records.dataset_versions(config.dataset)]
        hint = nearest(config.pin, known) or "leave it out to publish one"
        raise ConfigError(f"there is no version {config.pin!r}", where="data.pin", hint=hint)
    session.writer.use_dataset(row.name, row.version)
    fact = DatasetFact(
        name=row.name, version=row.version, digest=row.digest, rows=row.rows, columns=row.columns
    )
    return {
        "value": fact,
        PINNED: row.artifact,
        "summary": f"{_published(fact, is_new=True)}, pinned",
    }


def measure(bench: Bench) -> Outputs:
    """Count rows and name columns of the table that is published, and profile it if that can be done."""
    table = bench.load("data")
    shape = {"value": [rows_of(table), list(columns_of(table)[:_SHOWN_COLUMNS])]}
    if not bench.shop.tables.knows_profiles(table):
        return shape
    try:
        return {**shape, "profile": bench.shop.tables.profile(table)}
    except Exception as error:  # noqa: BLE001 - a version is worth more than its profile
        bench.context.say(f"it has no profile: {type(error).__name__}: {error}")
        return shape


def _is_published(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    fact: DatasetFact | None = session.load(outputs.get("value"))
    if fact is None:
        return False
    known = session.records.dataset(session.config.dataset, None, digest=fact.digest)
    if known is None or known.version != fact.version:
        return False
    # What is reused is made use of: a search by data has to find this run, too.
    session.writer.use_dataset(fact.name, fact.version, session.config.catalog)
    return True


def _difference(rows: int | None, table: Any) -> str:
    now = rows_of(table)
    if rows is None or now is None or rows == now:
        return in_words(table)
    return f"{in_words(table)} ({now - rows:+,})"


def _published(fact: DatasetFact, *, is_new: bool) -> str:
    rows = f", {counted(fact.rows, 'row')}" if fact.rows is not None else ""
    return f"{fact.name}@v{fact.version}{rows}{'' if is_new else ', unchanged'}"
