"""What stands about a registered version: its latest verdict, the last word on it, and its clean runs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from fourstroke.approvals import Word, lacks_proof, missing, standing
from fourstroke.artifacts.digest import digest_json
from fourstroke.cycles.step_names import SELECT
from fourstroke.guard import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.config import Config, Policy
    from fourstroke.entities.model import Decision
    from fourstroke.records import Records
    from fourstroke.records.rows import DecisionRow, RunRow, VerdictRow, VersionRow

# Who decided: the project's approver, asked in each turn; or a person, whose word stays.
APPROVER: Final = "approve"
PERSON: Final = "person"

# So many of the latest runs are looked through for one that made the same files.
_SEARCHED_RUNS = 200


def is_passed(records: Records, row: VersionRow) -> bool:
    """Whether the latest verdict on a version's files is a pass, whichever turn came to it."""
    return _passes(row, records.verdicts(row.model, row.version))


def _passes(row: VersionRow, verdicts: Sequence[VerdictRow]) -> bool:
    since = [each for each in verdicts if each.version == row.version]
    # The verdict that let it into the registry is of a time when it had no number.
    return since[-1].verdict.passed if since else row.facts.get("outcome") == "pass"


def last_word(records: Records, row: VersionRow) -> DecisionRow | None:
    """Give the decision that stands: a person's, else the approver's; to wait decides nothing."""
    known = records.decisions(row.model, row.version)
    by_people = [each for each in known if each.kind == PERSON]
    answered = [
        each for each in known if each.kind == APPROVER and each.decision.answer != "waiting"
    ]
    waiting = [each for each in known if each.kind == APPROVER]
    for found in (by_people, answered, waiting):
        if found:
            return found[-1]
    return None


def words_of(records: Records, row: VersionRow) -> tuple[Word, ...]:
    """Give what people said of a version, the oldest first."""
    known = records.decisions(row.model, row.version, kind=PERSON)
    return tuple(Word(each.decision, each.at) for each in known)


def all_of(
    policy: Policy,
    records: Records,
    row: VersionRow,
    present: RunRow,
    spoken: Decision | None = None,
) -> Standing:
    """Gather all that stands about a version, with a word of this moment as the last one.

    Whether its author is proved is looked up only where the policy asks for it.
    """
    found, words = last_word(records, row), words_of(records, row)
    if spoken is not None:
        words = (*words, Word(spoken, dt.datetime.now(dt.UTC)))
    known = [label for label in records.model_labels(row.model) if label.version == row.version]
    verdicts = records.verdicts(row.model, row.version)
    latest = verdicts[-1] if verdicts else None
    stages = [label.value for label in known if label.kind == "stage"]
    return Standing(
        what=f"{row.model}@v{row.version}",
        author=records.run(row.run).user,
        is_author_proved=policy.tells_authors
        and "process_user" in records.provenance(row.run).facts,
        verdict_passed=_passes(row, verdicts),
        said_no=tuple(each for each in latest.verdict.checks if each.says_no) if latest else (),
        judged_in=latest.run if latest else "",
        waivers=latest.verdict.waivers if latest else (),
        judged_by=latest.verdict.policy if latest else "",
        judged_by_call=latest.verdict.by_call if latest else (),
        decision=spoken or (found.decision if found else None),
        words=words,
        is_clean=has_clean_run(records, row, present),
        stage=stages[-1] if stages else "",
        is_retired=any(label.kind == "retired" for label in known),
    )


def lacking(policy: Policy, records: Records, row: VersionRow) -> str:
    """Say which approvals of people the policy still asks for; empty if none."""
    if not policy.approvals_needed:
        return ""
    author, now = records.run(row.run).user, dt.datetime.now(dt.UTC)
    return missing(policy, standing(policy, words_of(records, row), author, now))


def persons_word(records: Records, row: VersionRow, policy: Policy) -> Decision | None:
    """Give what a person decided last, if anybody did; no yes in the name of a principal without their token."""
    found = last_word(records, row)
    if found is None or found.kind != PERSON:
        return None
    said = found.decision
    return None if said.answer == "yes" and lacks_proof(policy, said.by, said.proof) else said


def is_refused(records: Records, row: VersionRow) -> bool:
    """Whether the last word on a version is no: it was refused, or rolled back."""
    found = last_word(records, row)
    return found is not None and found.decision.answer == "no"


def has_clean_run(records: Records, row: VersionRow, present: RunRow) -> bool:
    """Whether a run from a commit without changes made these files: this one, or an earlier one."""
    if _is_clean(records.run(row.run)):
        return True
    if present.kind == "run" and _is_clean(present):
        # A turn that deploys has made the same files, or known by their keys that it would.
        return True
    return any(
        _is_clean(run) and _made(records, run) == row.digest
        for run in records.runs(_SEARCHED_RUNS, kind="run")
    )


def _is_clean(run: RunRow) -> bool:
    # Without a commit nobody can say from what the run was made.
    return bool(run.commit) and not run.dirty


def _made(records: Records, run: RunRow) -> str:
    for step in records.steps(run.run):
        if step.fact.name == SELECT and "model" in step.outputs:
            return str(step.outputs["model"].digest)
    return ""


def policy_digest(config: Config) -> str:
    """Give the digest of all that the project file asks of a candidate.

    A verdict that is shown later can so be held against the policy of that day.
    """
    asked = config.values.get("development", {})
    # Whose token is which says nothing of a candidate, and changes with each new one.
    policy = {name: value for name, value in asked["policy"].items() if name != "principals"}
    return digest_json({"policy": policy, "validate": asked.get("validate")})
