"""What the first page of an audit pack tells, in sections of small tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fourstroke.audit_pack.verifying import LEDGER, ROWS
from fourstroke.entities.audit_pack import AuditPack
from fourstroke.entities.data_card import FIRST
from fourstroke.entities.facts import Section, Table
from fourstroke.run_data import data_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from fourstroke.entities.audit_pack import PackedFile
    from fourstroke.entities.facts import Check
    from fourstroke.labels import Labels
    from fourstroke.project import Project
    from fourstroke.records.rows import EventRow, RunRow, VerdictRow, VersionRow

# More of them stand in the files.
_MOST_OBSERVATIONS: Final = 60
_UNPROVEN: Final = (
    "Names are those of the operating system, and addresses those that git knows: they say who"
    " acted by the machine's word, and nobody has proved them."
)


def told(
    project: Project, row: VersionRow, events: Sequence[EventRow], files: tuple[PackedFile, ...]
) -> AuditPack:
    """Put together what the page tells of a version.

    Parameters
    ----------
    project : Project
        Whose registry it is in.
    row : VersionRow
        The version.
    events : sequence of EventRow
        The whole ledger.
    files : tuple of PackedFile
        What else is in the pack.
    """
    run = project.records.run(row.run)
    labels = project.models[row.model][row.version].labels
    verdicts = project.records.verdicts(row.model, row.version)
    return AuditPack(
        title=f"{row.model}@v{row.version}",
        project=project.name,
        state="; ".join(_state(project, row, labels, verdicts)),
        is_in_order=_is_in_order(project, row, labels, verdicts),
        facts=_facts(row, run, labels, events),
        sections=(
            _origin(project, run, files),
            _judgement(verdicts),
            _answers(project, row),
            _work(project, row),
            _watch(project, row),
            _events(row, events),
        ),
        files=files,
    )


def _state(
    project: Project, row: VersionRow, labels: Labels, verdicts: Sequence[VerdictRow]
) -> Iterator[str]:
    if labels.is_retired:
        yield "out of use for good"
    else:
        yield "in production" if row.is_champion else "not in production"
    said = project.records.decisions(row.model, row.version, kind="person")
    if said:
        yield f"the last word of people on it is {said[-1].decision.answer}"
    yield f"its latest verdict is {verdicts[-1].verdict.outcome}" if verdicts else "not judged"


def _is_in_order(
    project: Project, row: VersionRow, labels: Labels, verdicts: Sequence[VerdictRow]
) -> bool:
    said = project.records.decisions(row.model, row.version, kind="person")
    is_refused = bool(said) and said[-1].decision.answer == "no"
    return bool(verdicts) and verdicts[-1].verdict.passed and not (is_refused or labels.is_retired)


def _facts(
    row: VersionRow, run: RunRow, labels: Labels, events: Sequence[EventRow]
) -> tuple[tuple[str, str], ...]:
    commit = run.commit or "none: the project was in no repository"
    if run.commit:
        commit += ", with changes that were not committed" if run.dirty else ", nothing changed"
    found = {
        "digest": row.digest,
        "candidate": row.candidate,
        "registered": f"{_at(row.created)} by {run.user}",
        "run": f"{run.run}: {run.command or run.kind}",
        "commit": commit,
        "called": ", ".join(labels.aliases),
        "stage": labels.stage,
        "description": labels.description,
        "tags": ", ".join(f"{name}={value}" for name, value in labels.tags.items()),
        "as of": f"event {events[-1].sequence} of the ledger, {_at(events[-1].at)}"
        if events
        else "",
    }
    return tuple((name, text) for name, text in found.items() if text)


def _origin(project: Project, run: RunRow, files: Iterable[PackedFile]) -> Section:
    rows = []
    for reference, data in data_of(project.records, run):
        layers = project.records.dataset_layers(data.name)
        owner = data.card.owner if data.card else ""
        layer = layers.get(data.version, FIRST)
        rows.append((reference, data.rows, layer, owner, data.digest))
    code = [each.name for each in files if each.name.startswith("code/")]
    distributions = project.records.provenance(run.run).facts.get("distributions", {})
    has_patch = "code/changes.patch" in code
    return Section(
        title="What it was made from",
        text=f"Code: {_counted(len(code), 'file')} in code/"
        f"{', with the changes that git did not have in changes.patch' if has_patch else ''}. "
        f"Environment: {_counted(len(distributions), 'distribution')}, in environment.json and"
        " bill-of-materials.json.",
        tables=(
            Table(
                title="Data", columns=("version", "rows", "layer", "owner", "digest"), rows=(*rows,)
            ),
            Table(
                title="Plugins",
                columns=("stage", "plugin", "distribution", "version"),
                rows=tuple(
                    (each.kind, each.name, each.distribution or "the project's own", each.version)
                    for each in run.plugins
                ),
            ),
        ),
    )


def _judgement(verdicts: Sequence[VerdictRow]) -> Section:
    if not verdicts:
        return Section(title="How it was judged", text="It was not judged.")
    latest = verdicts[-1].verdict
    champion = "no champion" if latest.champion is None else f"the champion v{latest.champion}"
    tables = [
        Table(
            title=f"Checks of the latest verdict, {_at(verdicts[-1].at)}",
            columns=("check", "outcome", "observed", "required", "why"),
            rows=tuple(_check(each) for each in latest.checks),
        ),
        Table(
            title="All verdicts",
            columns=("at (UTC)", "outcome", "checks", "waivers", "run"),
            rows=tuple(
                (
                    _at(each.at),
                    each.verdict.outcome,
                    len(each.verdict.checks),
                    len(each.verdict.waivers),
                    each.run,
                )
                for each in verdicts
            ),
        ),
    ]
    if latest.waivers:
        rows = tuple((each.check, each.by, each.until, each.why) for each in latest.waivers)
        tables.insert(1, Table(title="Waivers", columns=("check", "by", "until", "why"), rows=rows))
    waivers = _counted(len(latest.waivers), "waiver")
    said = f"{latest.outcome}, compared with {champion}; {waivers}."
    return Section(title="How it was judged", text=said, tables=tuple(tables))


def _check(check: Check) -> tuple[str, str, str, str, str]:
    observed = "" if check.observed is None else str(check.observed)
    if isinstance(check.observed, float):
        observed = f"{check.observed:.4g}"
    if check.interval is not None:
        observed += f" [{check.interval[0]:.4g}, {check.interval[1]:.4g}]"
    kind = check.status if check.severity == "error" else f"{check.status} (does not count)"
    return (check.name, kind, observed, check.required, check.why)


def _answers(project: Project, row: VersionRow) -> Section:
    rows = tuple(
        (
            _at(each.at),
            each.decision.answer,
            " ".join(filter(None, (each.decision.shown_by, each.decision.email))),
            "a person" if each.kind == "person" else "a rule",
            each.decision.why,
            each.decision.evidence,
            each.decision.until,
        )
        for each in project.records.decisions(row.model, row.version)
        if each.kind not in {"retrain", "turn"}
    )
    columns = ("at (UTC)", "answer", "by", "who", "why", "evidence", "until")
    table = Table(title="", columns=columns, rows=rows)
    return Section(title="Who answered for it", text=_UNPROVEN, tables=(table,) if rows else ())


def _work(project: Project, row: VersionRow) -> Section:
    rows = tuple(
        (_at(each.at), each.kind.replace("_", " "), each.target, each.location, each.run)
        for each in project.records.deployments(row.model)
        if each.version == row.version
    )
    table = Table(title="", columns=("at (UTC)", "what", "target", "where", "run"), rows=rows)
    return Section(
        title="Where it was put to work",
        text="" if rows else "Nowhere.",
        tables=(table,) if rows else (),
    )


def _watch(project: Project, row: VersionRow) -> Section:
    seen = project.records.observations(row.model, row.version)
    latest = [each for each in seen if each.window == seen[-1].window]
    # The worst first: a page that is printed has an end.
    latest.sort(key=lambda each: (each.observation.status == "ok", each.observation.name))
    tables = [
        Table(
            title=f"The latest window, {_at(latest[0].at)}",
            columns=("observation", "column", "value", "limit", "status", "why"),
            rows=tuple(
                (
                    each.observation.name,
                    each.observation.column,
                    each.observation.value,
                    each.observation.threshold,
                    each.observation.status,
                    each.observation.why,
                )
                for each in latest[:_MOST_OBSERVATIONS]
            ),
        )
    ] if latest else []  # fmt: skip
    alerts = project.records.alerts(row.model, row.version)
    if alerts:
        rows = tuple(
            (_at(each.at), each.alert.severity, each.alert.title, each.alert.text)
            for each in alerts
        )
        columns = ("at (UTC)", "severity", "alert", "text")
        tables.insert(0, Table(title="Alerts", columns=columns, rows=rows))
    windows = len({each.window for each in seen})
    said = f"{_counted(windows, 'window')} looked at; {_counted(len(alerts), 'alert')}."
    return Section(
        title="How it did since",
        text=said if seen else "No monitor has looked at it yet.",
        tables=tuple(tables),
    )


def _events(row: VersionRow, events: Sequence[EventRow]) -> Section:
    own = {row.model, f"{row.model}@v{row.version}"}
    rows = tuple(
        (
            each.sequence,
            _at(each.at),
            each.shown_who,
            each.what,
            each.subject,
            each.why,
            each.hash[:19],
        )
        for each in events
        if each.subject in own
    )
    columns = ("event", "at (UTC)", "who", "what", "subject", "why", "hash")
    return Section(
        title="What the ledger tells",
        text=f"Each event holds the hash of the one before: {LEDGER} has all of them, and {ROWS} the"
        " rows that those on this model tell.",
        tables=(Table(title="", columns=columns, rows=rows),),
    )


def _counted(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def _at(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
