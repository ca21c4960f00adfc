"""Approvals: who counts, who is missing, and that nothing is promoted without them."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import multiprocessing
from pathlib import Path

import pytest
from conftest import Shell
from hypothesis import given, settings
from hypothesis import strategies as st
from whole_project import start, write_project

from fourstroke import Project, RefusedError, UsageError
from fourstroke.approvals import Word, has_ended, missing, standing
from fourstroke.cli.main import main
from fourstroke.config import Policy
from fourstroke.entities.model import Decision

pytestmark = pytest.mark.usefixtures("in_one_process")

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
TWO = """
[development.policy]
approvals = 2
approvers = ["risk", "science"]
author_may_approve = false
roles = {risk = ["ann", "both@example.org"], science = ["sue", "both@example.org"]}
"""


def word(by: str, answer: str = "yes", *, days: int = 0, until: str = "", email: str = "") -> Word:
    decision = Decision(answer=answer, why="a test", by=by, until=until, email=email)  # type: ignore[arg-type]
    return Word(decision, NOW - dt.timedelta(days=days))


def names(words: tuple[Word, ...]) -> list[str]:
    return [each.decision.by for each in words]


def test_a_no_takes_back_every_yes_before_it():
    said = [word("ann"), word("bob"), word("eve", "no"), word("ann")]

    assert names(standing(Policy(), said, "root", NOW)) == ["ann"]


def test_a_person_counts_once():
    assert names(standing(Policy(), [word("ann"), word("ann")], "root", NOW)) == ["ann"]


def test_approval_ends_with_its_last_day_and_with_the_age_of_the_policy():
    said = [
        word("ann", until="2026-05-31"),
        word("bob", until="2026-06-01"),
        word("old", days=31),
        word("new", days=29),
    ]

    assert names(standing(Policy(approval_age="30d"), said, "root", NOW)) == ["bob", "new"]


def test_author_counts_only_where_the_policy_says_so():
    said = [word("root"), word("x", email="root")]

    assert names(standing(Policy(), said, "root", NOW)) == ["root", "x"]
    assert standing(Policy(author_may_approve=False), said, "root", NOW) == ()


def test_who_plays_two_roles_takes_one_entry():
    policy = Policy(
        approvals=2,
        approvers=("risk", "science"),
        roles={"risk": ("ann", "both"), "science": ("both",)},
    )

    assert missing(policy, [word("both")]).startswith("1 of 2 approvals")
    assert missing(policy, [word("ann")]) == "1 of 2 approvals; still to be asked: science"
    # Whoever comes first: `both` makes room for `ann`.
    assert not missing(policy, [word("both"), word("ann")])
    assert not missing(policy, [word("ann"), word("both")])


@given(
    roles=st.dictionaries(
        st.sampled_from("RST"), st.lists(st.sampled_from("abcde"), min_size=1, unique=True)
    ),
    entries=st.lists(st.sampled_from("RSTabc"), min_size=1, max_size=4),
    people=st.lists(st.sampled_from("abcde"), unique=True, max_size=4),
    data=st.data(),
)
@settings(max_examples=300, deadline=None)
def test_enough_approvals_are_found_exactly_if_there_is_a_way_to_place_them(
    roles, entries, people, data
):
    needed = data.draw(st.integers(1, len(entries)))
    policy = Policy(
        approvals=needed,
        approvers=tuple(entries),
        roles={name: tuple(found) for name, found in roles.items()},
    )

    placings = itertools.permutations([*people, *[None] * len(entries)], len(entries))
    most = max(
        sum(
            person is not None and person in policy.roles.get(entry, (entry,))
            for entry, person in zip(entries, placing, strict=True)
        )
        for placing in placings
    )

    assert (missing(policy, [word(person) for person in people]) == "") is (most >= needed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project that asks for two people, and whose version 1 waits for them."""
    write_project(tmp_path)
    with (tmp_path / "fourstroke.toml").open("a") as file:
        file.write(TWO)
    run(tmp_path)
    return tmp_path


def run(folder: Path):
    with Project.open(folder) as project:
        return project.run()


class As:
    """Acts in the name of somebody."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path):
        self.patch, self.folder = monkeypatch, folder

    def __call__(self, name: str, verb: str, *arguments, email: str = "", **options):
        self.patch.setattr("fourstroke.engine.provenance.system_user", lambda: name)
        self.patch.setattr("fourstroke.cycles.acting.email_of", lambda _: email)
        with Project.open(self.folder) as project:
            return getattr(project.models["tiny"], verb)(*arguments, **options)


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch, folder: Path) -> As:
    return As(monkeypatch, folder)


def told(folder: Path) -> list[str]:
    with Project.open(folder) as project:
        assert project.audit.verify().problems == ()
        return [event.what for event in project.records.events()]


def champion(folder: Path) -> int | None:
    with Project.open(folder) as project:
        row = project.records.champion("tiny")
        return None if row is None else row.version


def test_two_people_of_two_roles_let_a_version_through(folder, act):
    assert champion(folder) is None
    act("sue", "request", 1, why="please look")
    with pytest.raises(RefusedError, match="approval: 0 of 2 approvals"):
        act("ann", "promote", 1)

    assert act("ann", "approve", 1, why="risk is fine", evidence="ticket 7") == (
        "1 of 2 approvals; still to be asked: science"
    )
    with pytest.raises(RefusedError, match="it has 1 of 2 approvals; still to be asked: science"):
        act("ann", "promote", 1)
    assert act("someone", "approve", "v1", email="both@example.org") == ""
    act("ann", "promote", 1)

    assert champion(folder) == 1
    assert told(folder)[-8:] == [
        "approval requested",
        "promotion refused",
        "approved",
        "promotion refused",
        "approved",
        "deploying",
        "deployed",
        "promoted",
    ]


def test_turn_goes_on_by_itself_once_the_approvals_are_there(folder, act):
    for name in ("ann", "sue"):
        act(name, "approve", 1)

    run(folder)

    assert champion(folder) == 1


@pytest.mark.parametrize(
    ("name", "why"),
    [("eve", "eve is not among those who may approve"), ("root", "root trained it")],
)
def test_strangers_and_authors_are_refused_and_the_ledger_tells(folder, act, name, why):
    with pytest.raises(RefusedError, match=why):
        act(name, "approve", 1)
    # Deploying by hand is an approval, too.
    with pytest.raises(RefusedError):
        act(name, "deploy", 1, why="now")

    assert champion(folder) is None
    assert told(folder).count("promotion refused") == 2


def test_no_takes_back_what_was_said_until_somebody_answers_for_it(folder, act):
    act("ann", "approve", 1)
    act("sue", "reject", 1, why="biased")

    with pytest.raises(RefusedError, match="sue said no: biased"):
        act("ann", "approve", 1)
    act("ann", "approve", 1, why="the sample was wrong", override=True)
    with pytest.raises(RefusedError, match="1 of 2"):
        act("ann", "promote", 1)
    act("sue", "approve", 1)
    act("sue", "promote", 1)

    assert champion(folder) == 1
    assert "overridden" in told(folder)


def ended_on(day: dt.date):
    """Give `has_ended` as it answers on another day."""
    at = dt.datetime.combine(day, dt.time(), dt.UTC)
    return lambda policy, word, _: has_ended(policy, word, at)


def test_approval_that_has_ended_is_asked_for_again(folder, act):
    today = dt.datetime.now(dt.UTC).date()
    act("ann", "approve", 1, until=str(today))
    act("sue", "approve", 1)

    act.patch.setattr("fourstroke.approvals.has_ended", ended_on(today + dt.timedelta(days=1)))
    with pytest.raises(RefusedError, match="1 of 2"):
        act("sue", "promote", 1)


def test_day_on_which_an_approval_would_have_ended_is_refused_and_so_is_what_is_none(folder, act):
    with pytest.raises(UsageError, match="2020-01-01 is past"):
        act("ann", "approve", 1, until="2020-01-01")
    with pytest.raises(UsageError, match="2020-01-01 is past"):
        act("ann", "deploy", 1, until="2020-01-01")
    with pytest.raises(UsageError, match="'soon' is no day"):
        act("ann", "approve", 1, until="soon")


def test_no_is_not_overridden_without_a_reason(folder, act):
    act("sue", "reject", 1, why="biased")

    with pytest.raises(UsageError, match="not overridden without a reason"):
        act("ann", "approve", 1, override=True)

    assert "overridden" not in told(folder)


def test_old_word_of_the_author_is_not_mistaken_for_what_is_missing(folder, act):
    file = folder / "fourstroke.toml"
    file.write_text(
        file.read_text()
        .replace("author_may_approve = false\n", "")
        .replace('"ann",', '"ann", "root",')
    )
    act("root", "approve", 1)
    file.write_text(file.read_text() + "author_may_approve = false\n")

    with pytest.raises(RefusedError, match=r"it has 0 of 2 approvals.*; root trained it"):
        act("ann", "promote", 1)


def test_refused_promotion_ends_with_4(folder):
    process = start(folder, "models", "promote", "tiny", "1")

    _, error = process.communicate(timeout=60)

    assert process.returncode == 4
    assert "0 of 2 approvals" in error


def test_more_approvals_than_approvers_is_a_fault_of_the_file(folder):
    file = folder / "fourstroke.toml"
    file.write_text(file.read_text().replace("approvals = 2", "approvals = 3"))

    with pytest.raises(Exception, match="3 approvals cannot come from 2 approvers"):
        Project.open(folder)


def test_only_the_stage_that_is_asked_for_is_promoted(tmp_path, monkeypatch):
    write_project(tmp_path)
    with (tmp_path / "fourstroke.toml").open("a") as file:
        file.write('[development.policy]\nstages = ["lab", "shop"]\npromote_from = "shop"\n')
    run(tmp_path)
    act = As(monkeypatch, tmp_path)

    with pytest.raises(RefusedError, match="in the stage none, and only shop is promoted"):
        act("root", "deploy", 1)
    with pytest.raises(UsageError, match="no stage 'shopp'"):
        act("root", "move", 1, "shopp")
    act("root", "move", 1, "shop", why="tried in the lab")
    file = tmp_path / "fourstroke.toml"
    file.write_text(file.read_text().replace('["lab", "shop"]', '["lab", "shop", "attic"]'))
    act("root", "deploy", 1, why="it is time")

    assert champion(tmp_path) == 1
    with Project.open(tmp_path) as project:
        promoted = project.models["tiny"].history(1)[-1]
    assert promoted.why == "it is time; the verdict is by another policy than that of now"


def _promote(folder: Path, barrier, number: int, answers) -> None:
    with Project.open(folder) as project:
        project.check()
        barrier.wait(60)
        try:
            project.models["tiny"].promote(number, expecting=1)
            answers.put((number, ""))
        except RefusedError as error:
            answers.put((number, str(error)))


def test_of_16_promotions_at_once_one_wins(tmp_path):
    write_project(tmp_path)
    run(tmp_path)
    for more in range(3):
        with (tmp_path / "data.csv").open("a") as file:
            file.write(f"{100 + more * 40},yes\n{110 + more * 40},yes\n")
        run(tmp_path)
    with Project.open(tmp_path) as project:
        for _ in range(3):
            project.models["tiny"].rollback(why="to try it") if champion(tmp_path) != 1 else None
        for number in (2, 3, 4):
            project.models["tiny"].approve(number, why="again", override=True)
    assert champion(tmp_path) == 1
    made = multiprocessing.get_context("forkserver")
    # Imported once for all of them.
    made.set_forkserver_preload([__name__, "fourstroke.project", "sqlalchemy.dialects.sqlite"])
    barrier, answers = made.Barrier(16), made.Queue()
    racers = [
        made.Process(target=_promote, args=(tmp_path, barrier, 2 + index % 3, answers))
        for index in range(16)
    ]
    for racer in racers:
        racer.start()
    heard = [answers.get(timeout=120) for _ in racers]
    for racer in racers:
        racer.join(30)

    winners = [number for number, why in heard if not why]
    assert len(winners) == 1
    assert champion(tmp_path) == winners[0]
    assert all("by now, not v1" in why for _, why in heard if why)
    with Project.open(tmp_path) as project:
        assert project.audit.verify().problems == ()
        [deployed] = project.records.deployments("tiny", active_only=True)
    assert deployed.version == winners[0]


WAIVED = """
[[development.policy.waive]]
check = "is_fair"
by = "ann"
why = "the group is too small to say"
until = "{until}"
"""


def test_check_that_is_waived_does_not_count_until_its_day(tmp_path):
    write_project(tmp_path)
    steps = tmp_path / "steps.py"
    steps.write_text(
        steps.read_text()
        + "\n\ndef is_fair(candidate):\n"
        + '    return [Check(name="is_fair", status="inconclusive", why="12 rows")]\n'
    )
    file = tmp_path / "fourstroke.toml"
    plain = file.read_text() + '\n[[development.validate]]\nuse = "steps.py:is_fair"\n'
    file.write_text(plain + WAIVED.format(until="2026-01-31"))

    blocked = run(tmp_path)
    assert blocked.state == "blocked"
    assert "12 rows; the waiver by ann ended on 2026-01-31" in str(blocked.errors[0])

    file.write_text(plain + WAIVED.format(until="2999-12-31"))
    assert run(tmp_path).state == "succeeded"
    with Project.open(tmp_path) as project:
        [*_, latest] = project.records.verdicts("tiny", 1)
    assert [each.by for each in latest.verdict.waivers] == ["ann"]
    [waived] = [each for each in latest.verdict.checks if each.name == "is_fair"]
    assert waived.severity == "warning"
    assert "waived by ann until 2999-12-31: the group is too small to say" in waived.why
    assert latest.verdict.policy.startswith("blake3:")
    with Project.open(tmp_path) as project:
        whats = [event.what for event in project.models["tiny"].history(1)]
        judged = project.models["tiny"].history(1)[1]
        assert project.audit.verify().problems == ()
        card = project.models["tiny"][1].card()
    assert whats[:3] == ["rejected", "validated", "registered"]
    assert judged.subject == "tiny"
    assert judged.why.startswith("is_fair waived by ann until 2999-12-31: the group")
    [told_] = judged.facts["waived"]
    assert (told_["check"], told_["by"], told_["until"]) == ("is_fair", "ann", "2999-12-31")
    assert "It passed 1 of the 2 checks that it has to pass; 1 of them is waived: is" in card

    # Taken out of the file it carries nothing any more, although the verdict keeps its copy.
    file.write_text(plain)
    with Project.open(tmp_path) as project, pytest.raises(RefusedError, match="has no more"):
        project.models["tiny"].promote(1)


def test_waiver_names_a_step_and_one_that_names_nothing_is_told(tmp_path, capsys):
    write_project(tmp_path)
    steps = tmp_path / "steps.py"
    steps.write_text(
        steps.read_text().replace('status="pass")]', 'status="pass", observed=float("nan"))]')
    )
    file = tmp_path / "fourstroke.toml"
    waivers = [
        WAIVED.format(until="2999-12-31").replace("is_fair", name)
        for name in ("is_measured", "measure")
    ]
    file.write_text(file.read_text() + "".join(waivers))

    outcome = run(tmp_path)

    assert outcome.state == "succeeded"
    verdict = outcome.report.verdict
    # A pass that rests on NaN is none.
    assert (verdict.checks[0].status, verdict.checks[0].severity) == ("fail", "warning")
    assert "NaN" in verdict.checks[0].why
    assert [(each.check, each.step) for each in verdict.waivers] == [("measured", "is_measured")]
    assert main(["-C", str(tmp_path), "config", "check"]) == 0
    assert (
        "the waiver of 'measure' by ann is for no step and for no check" in capsys.readouterr().err
    )
    assert any(
        said.startswith(
            "the waiver of 'measure' by ann is for no check of this verdict: did you mean 'measured'?"
        )
        for said in outcome.report.messages
    )


def test_waiver_without_a_day_is_a_fault_of_the_file(tmp_path):
    write_project(tmp_path)
    with (tmp_path / "fourstroke.toml").open("a") as file:
        file.write(WAIVED.format(until="for ever"))

    with pytest.raises(Exception, match=r"waiver \[0\]: until is 'for ever', and no day such as"):
        Project.open(tmp_path)


def test_commands_answer_in_json(folder):
    def answer(*words: str) -> dict:
        return json.loads(Shell(folder)("models", *words, "--json").stdout)

    assert answer("request", "tiny", "1")["missing"].startswith("0 of 2")
    assert answer("alias", "tiny", "challenger", "1")["aliases"] == {"challenger": 1}
    assert answer("tag", "tiny", "challenger", "team=risk")["tags"] == {"team": "risk"}
    assert answer("stage", "tiny", "1", "staging")["stage"] == "staging"
    assert answer("describe", "tiny", "1", "the first")["version"] == 1
    [label] = answer("show", "tiny")["labels"]
    assert label["aliases"] == ["challenger"]
    assert label["description"] == "the first"
    assert answer("reject", "tiny", "1", "--why", "no")["answer"] == "rejected"
    whats = [event["what"] for event in answer("history", "tiny", "1")["events"]]
    assert whats[-1] == "rejected"
    assert answer("retire", "tiny", "1", "--why", "old")["withdrawn"] == []


STRICT = """

def is_better(champion):
    status = "pass" if champion is None or not STRICT else "fail"
    return [Check(name="better", status=status, why="it is not", against=AGAINST)]
"""


def strict(folder: Path, against: str, *, is_strict: bool = True) -> None:
    """Ask for something that passes while there is no champion, and then says no or not."""
    steps = folder / "steps.py"
    told = STRICT.replace("AGAINST", repr(against)).replace("STRICT", str(is_strict))
    steps.write_text(steps.read_text().partition("\n\ndef is_better")[0] + told)


@pytest.fixture
def replaced(tmp_path: Path) -> Path:
    """Give a project whose version 2 has replaced version 1."""
    write_project(tmp_path)
    strict(tmp_path, "champion", is_strict=False)
    with (tmp_path / "fourstroke.toml").open("a") as file:
        file.write('\n[[development.validate]]\nuse = "steps.py:is_better"\n')
    run(tmp_path)
    with (tmp_path / "data.csv").open("a") as file:
        file.write("100,yes\n110,yes\n")
    run(tmp_path)
    assert champion(tmp_path) == 2
    return tmp_path


def rejudge(folder: Path, version: int):
    with Project.open(folder) as project:
        return project.models["tiny"].validate(version)


def test_who_goes_back_needs_no_version_that_is_better_than_the_one_that_is_left(replaced):
    strict(replaced, "champion")
    judged = rejudge(replaced, 1)

    with Project.open(replaced) as project:
        with pytest.raises(RefusedError, match=rf"of run {judged.run}, is not a pass; better: it"):
            project.models["tiny"].promote(1)
        project.models["tiny"].rollback(why="it harms")

    assert champion(replaced) == 1
    with Project.open(replaced) as project:
        promoted = project.models["tiny"].history(1)[-1]
    assert promoted.why.startswith(
        "rolled back from v2: it harms; the latest verdict says no by better"
    )


def test_version_that_says_no_for_itself_comes_back_by_a_waiver(replaced):
    strict(replaced, "")
    rejudge(replaced, 1)

    with Project.open(replaced) as project, pytest.raises(RefusedError, match="better: it") as no:
        project.models["tiny"].rollback(why="it harms")
    assert "waives it in development.policy.waive" in str(no.value.hint)
    with (replaced / "fourstroke.toml").open("a") as file:
        file.write(WAIVED.format(until="2999-12-31").replace("is_fair", "better"))
    assert rejudge(replaced, 1).verdict.passed
    with Project.open(replaced) as project:
        project.models["tiny"].rollback(why="it harms")

    assert champion(replaced) == 1
