"""The contracts of validators, approvers and targets: kept by what is bundled, failed by what is wrong."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path

import attrs
import pytest
from wrong import failed_checks

from fourstroke import (
    Check,
    DatasetFact,
    Decision,
    Deployment,
    InputColumn,
    InShadow,
    ModelSignature,
    hookimpl,
    plugin,
)
from fourstroke.testing import ApproveContract, DeployContract, ValidateContract
from fourstroke.testing.scored import predictions_of
from fourstroke_behaviour import Behaviour, Fairness, Resources
from fourstroke_local import LocalTarget
from fourstroke_local.container import ContainerTarget
from fourstroke_local.folder import FolderTarget
from fourstroke_local.mlflow import MlflowTarget
from fourstroke_policy import Automatic, People
from fourstroke_release import Compatible, DataChecks, Reproducible, SafeFiles
from fourstroke_serve import ServiceTarget
from fourstroke_threshold import Baseline, Champion, Shadow, Threshold, UnlessWorse


class TestThreshold(ValidateContract):
    plugin = Threshold
    settings = {"metric": "accuracy", "min": 0.8}
    capabilities = ("metric",)


class TestBaseline(ValidateContract):
    plugin = Baseline
    capabilities = ("metric",)


class TestChampion(ValidateContract):
    plugin = Champion
    capabilities = ("metric", "champion")


class TestUnlessWorse(ValidateContract):
    plugin = UnlessWorse
    capabilities = ("metric", "champion")


class TestShadow(ValidateContract):
    plugin = Shadow

    def good(self):
        return self._as_shadow(super().good())

    def bad(self):
        return self._as_shadow(super().bad())

    def _as_shadow(self, candidate):
        """Let a candidate have said as a shadow what it says of the held-out rows."""
        found = InShadow(
            state="asked",
            version=4,
            scored=len(candidate.data),
            rows=len(candidate.data),
            candidate=candidate,
            champion=self.champion(),
        )
        return attrs.evolve(candidate, in_shadow=lambda: found)

    @pytest.mark.parametrize(
        ("found", "status"),
        [
            (InShadow(state="first"), "pass"),
            (InShadow(state="unregistered"), "skipped"),
            (InShadow(state="at_work", version=3), "skipped"),
            (InShadow(state="asked", version=4), "inconclusive"),
            (InShadow(state="asked", version=4, scored=900, rows=199), "inconclusive"),
        ],
    )
    def test_shadow_that_was_none_is_no_pass_once_it_could_have_been(self, found, status):
        candidate = attrs.evolve(super().good(), in_shadow=lambda: found)

        [check] = self.validate(candidate, self.champion())

        assert check.status == status
        assert check.why

    def test_candidate_whose_shadow_nobody_looked_for_is_refused(self):
        [check] = self.validate(super().good(), self.champion())

        assert check.says_no


class TestBehaviour(ValidateContract):
    plugin = Behaviour
    settings = {"invariant": ("city",), "rows": 200}

    def bad(self):
        def counts_columns(rows):
            said = predictions_of(rows, self.task)
            return said.assign(prediction=["yes" if rows.shape[1] % 2 else "no"] * len(rows))

        return attrs.evolve(super().bad(), predict=counts_columns)


class TestFairness(ValidateContract):
    plugin = Fairness
    settings = {"columns": ("city",), "measure": "accuracy", "most": 0.2}

    def bad(self):
        """Say the wrong thing of all but one city."""
        found = super().good()
        north = found.data["city"] == "Bonn"
        wrong = predictions_of(found.data, self.task, share_right=0.2)
        return attrs.evolve(found, predictions=found.predictions.where(north, wrong))


class TestResources(ValidateContract):
    plugin = Resources
    settings = {"most_megabytes": 1.0}

    def good(self):
        return attrs.evolve(super().good(), size_bytes=900_000)

    def bad(self):
        return attrs.evolve(super().bad(), size_bytes=1_100_000)


def asking(*names):
    columns = tuple(InputColumn(name=name, kind="number") for name in names)
    return lambda: ModelSignature(columns=columns)


class TestCompatible(ValidateContract):
    plugin = Compatible

    def good(self):
        return attrs.evolve(super().good(), signature=asking("age"))

    def bad(self):
        return attrs.evolve(super().bad(), signature=asking("age", "salary"))

    def champion(self):
        return attrs.evolve(super().champion(), signature=asking("age"))


class TestSafeFiles(ValidateContract):
    plugin = SafeFiles

    def with_file(self, found, content):
        folder = self.context().scratch / f"files {len(content)}"
        folder.mkdir(exist_ok=True)
        (folder / "model").write_bytes(content)
        return attrs.evolve(found, files=lambda: folder)

    def good(self):
        return self.with_file(super().good(), b"{}")

    def bad(self):
        return self.with_file(super().bad(), b"\x80\x04N.")


class TestReproducible(ValidateContract):
    plugin = Reproducible

    def good(self):
        found = super().good()
        return attrs.evolve(found, train_again=lambda: found)

    def bad(self):
        found = super().bad()
        again = attrs.evolve(super().good(), digest=f"blake3:{'1' * 64}")
        return attrs.evolve(found, train_again=lambda: again)


class TestDataChecks(ValidateContract):
    plugin = DataChecks
    settings = {"least": 2}

    def of(self, found, checks):
        fact = DatasetFact(name="people", version=1, digest="d", checks=checks, warnings=0)
        return attrs.evolve(found, published=lambda: fact)

    def good(self):
        return self.of(super().good(), 2)

    def bad(self):
        return self.of(super().bad(), 1)


class TestAutomatic(ApproveContract):
    plugin = Automatic


class TestPeople(ApproveContract):
    plugin = People
    capabilities = ("people",)


class TestLocalTarget(DeployContract):
    plugin = LocalTarget
    settings = {"path": "deployments"}
    capabilities = ("withdraw", "files", "probe", "verify")


class TestFolderTarget(DeployContract):
    plugin = FolderTarget
    settings = {"path": "deployed"}
    capabilities = ("withdraw", "files", "probe", "verify")


class TestContainerTarget(DeployContract):
    plugin = ContainerTarget
    settings = {"path": "containers", "image": "python:3.12.4-slim"}


class TestMlflowTarget(DeployContract):
    plugin = MlflowTarget
    settings = {"path": "models"}


class TestServiceTarget(DeployContract):
    plugin = ServiceTarget


@plugin
class Plain:
    """Ask for eight in ten, and not much less than the champion."""

    capabilities = frozenset({"metric", "champion"})

    @hookimpl
    def validate(self, candidate, champion):
        value = self.value(candidate)
        checks = [self.check("enough", value, 0.8)]
        if champion is not None:
            other = self.value(champion)
            bound = math.inf if other is None else other - 0.1
            checks.append(self.check("not worse", value, bound))
        return checks

    def value(self, candidate):
        metric = next(iter(candidate.evaluation.metrics), None)
        value = None if metric is None else metric.value
        return value if value is not None and math.isfinite(value) else None

    def check(self, name, value, bound):
        is_kept = value is not None and value >= bound
        return Check(
            name=name, status="pass" if is_kept else "fail", observed=value, why="a reason"
        )


@plugin
class SaysYes(Plain):
    """Let everything pass."""

    capabilities = frozenset()

    def check(self, name, value, bound):
        return Check(name=name, status="pass")


@plugin
class SaysNo(Plain):
    """Refuse everything."""

    def check(self, name, value, bound):
        return Check(name=name, status="fail", why="no")


@plugin
class SaysNothing(Plain):
    """Check nothing at all where all is well."""

    @hookimpl
    def validate(self, candidate, champion):
        return [each for each in Plain.validate(self, candidate, champion) if each.says_no]


@plugin
class RepeatsNames(Plain):
    """Call all checks the same."""

    def check(self, name, value, bound):
        return Plain.check(self, "check", value, bound)


@plugin
class GivesNoReason(Plain):
    """Refuse without a word."""

    def check(self, name, value, bound):
        return attrs.evolve(Plain.check(self, name, value, bound), observed=None, why="")


@plugin
class NeedsChampion(Plain):
    """Fall over the first candidate."""

    @hookimpl
    def validate(self, candidate, champion):
        return [] if champion is None else Plain.validate(self, candidate, champion)


@plugin
class CountsCalls(Plain):
    """Remember how often it was asked."""

    @hookimpl
    def validate(self, candidate, champion):
        CALLS.append(1)
        found = Plain.validate(self, candidate, champion)
        return [attrs.evolve(each, why=f"call {len(CALLS)}") for each in found]


CALLS: list[int] = []


@plugin
class ChangesRows(Plain):
    """Sort the rows of others."""

    @hookimpl
    def validate(self, candidate, champion):
        candidate.data["age"] = 0.0
        return Plain.validate(self, candidate, champion)


@plugin
class TrustsGaps(Plain):
    """Pass what was not measured."""

    def value(self, candidate):
        metric = next(iter(candidate.evaluation.metrics), None)
        return 0.9 if metric is None else metric.value

    def check(self, name, value, bound):
        bound = bound if math.isfinite(bound) else 0.0
        return Plain.check(self, name, value, bound)


@plugin
class TrustsInfinity(Plain):
    """Take infinity for a high value."""

    def value(self, candidate):
        metric = next(iter(candidate.evaluation.metrics), None)
        return None if metric is None else metric.value


@plugin
class IgnoresChampion(Plain):
    """Claim to compare, and do not."""

    @hookimpl
    def validate(self, candidate, champion):
        return [
            Check(
                name="enough",
                status="pass" if (self.value(candidate) or 0) > 0.5 else "fail",
                why="a reason",
            )
        ]


@plugin
class PassesUncompared(Plain):
    """Let pass what cannot be compared."""

    @hookimpl
    def validate(self, candidate, champion):
        is_measured = champion is not None and self.value(champion) is not None
        return Plain.validate(self, candidate, champion if is_measured else None)


def test_plain_validator_keeps_the_contract():
    assert failed_checks(ValidateContract, Plain) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (SaysYes, ["test_bad_candidate_is_refused"]),
        (SaysNo, ["test_good_candidate_passes"]),
        (SaysNothing, ["test_something_is_checked", "test_first_candidate_needs_no_champion"]),
        (RepeatsNames, ["test_checks_have_names_of_their_own"]),
        (GivesNoReason, ["test_checks_that_say_no_say_why"]),
        (NeedsChampion, ["test_first_candidate_needs_no_champion"]),
        (CountsCalls, ["test_same_candidate_gives_the_same_checks"]),
        (ChangesRows, ["test_candidate_and_champion_are_left_alone"]),
        (TrustsInfinity, ["test_metric_that_is_no_number_fails"]),
        (PassesUncompared, ["test_champion_without_metrics_is_not_passed_over"]),
    ],
)
def test_wrong_validator_fails_the_check_meant_for_it(wrong, expected):
    assert failed_checks(ValidateContract, wrong) == expected


def test_validator_that_trusts_gaps_fails_the_checks_about_them():
    failed = failed_checks(ValidateContract, TrustsGaps)

    assert "test_missing_metric_fails" in failed


def test_validator_that_claims_to_compare_and_does_not_is_caught():
    failed = failed_checks(ValidateContract, IgnoresChampion)

    assert "test_worse_than_the_champion_is_refused" in failed


@plugin
class PlainApprover:
    """Approve what passed."""

    @hookimpl
    def approve(self, verdict):
        answer = "yes" if verdict.passed else "no"
        return Decision(answer=answer, why="the verdict", by="a rule")


@plugin
class ApprovesAll(PlainApprover):
    """Approve whatever comes."""

    @hookimpl
    def approve(self, verdict):
        return Decision(answer="yes", why="why not", by="a rule")


@plugin
class ApprovesWithoutReason(PlainApprover):
    """Say no more than yes or no."""

    @hookimpl
    def approve(self, verdict):
        return attrs.evolve(PlainApprover.approve(self, verdict), why="")


@plugin
class ApprovesNamelessly(PlainApprover):
    """Do not say who."""

    @hookimpl
    def approve(self, verdict):
        return attrs.evolve(PlainApprover.approve(self, verdict), by="")


@plugin
class ApprovesByTurns(PlainApprover):
    """Change its mind."""

    @hookimpl
    def approve(self, verdict):
        CALLS.append(1)
        return Decision(answer="waiting", why=f"call {len(CALLS)}")


@plugin
class ClaimsPeople(PlainApprover):
    """Claim people, and decide."""

    capabilities = frozenset({"people"})


@pytest.mark.parametrize(
    ("plugin_", "expected"),
    [
        (PlainApprover, []),
        (ApprovesAll, ["test_failed_verdict_is_not_approved"]),
        (ApprovesWithoutReason, ["test_answer_has_a_reason"]),
        (ApprovesNamelessly, ["test_yes_says_who"]),
        (ApprovesByTurns, ["test_same_candidate_gets_the_same_answer"]),
        (ClaimsPeople, ["test_people_are_waited_for"]),
    ],
)
def test_approver_fails_the_check_meant_for_it(plugin_, expected):
    assert failed_checks(ApproveContract, plugin_) == expected


@plugin
class Folder:
    """Keep each version in a folder, and point to the one at work."""

    path: Path

    capabilities = frozenset({"withdraw", "files"})

    @hookimpl
    def deploy(self, version, context):
        place = self.path / f"v{version.version}"
        if not place.exists():
            part = Path(f"{place}.{os.getpid()}.{id(version)}")
            shutil.copytree(version.folder, part)
            part.rename(place)
        (self.path / "active.json").write_text(json.dumps({"version": version.version}))
        return self.told(version, place.relative_to(context.root).as_posix())

    @hookimpl
    def withdraw(self, deployment):
        try:
            (self.path / "active.json").unlink()
        except FileNotFoundError:
            return False
        return True

    def told(self, version, location):
        return Deployment(
            target="folder",
            model=version.model,
            version=version.version,
            digest=version.digest,
            location=location,
        )


@plugin
class NamesNothing(Folder):
    """Forget the digest."""

    @hookimpl
    def deploy(self, version, context):
        return attrs.evolve(Folder.deploy(self, version, context), digest="")


@plugin
class NamesMachine(Folder):
    """Name a path of this machine."""

    @hookimpl
    def deploy(self, version, context):
        found = Folder.deploy(self, version, context)
        return attrs.evolve(found, location=str(context.root / found.location))


@plugin
class NumbersDeployments(Folder):
    """Give each deployment another place."""

    capabilities = frozenset({"files"})

    @hookimpl
    def deploy(self, version, context):
        CALLS.append(1)
        place = self.path / f"d{len(CALLS)}"
        shutil.copytree(version.folder, place)
        return self.told(version, place.relative_to(context.root).as_posix())


@plugin
class LeavesFiles(Folder):
    """Point to the lent folder."""

    @hookimpl
    def deploy(self, version, context):
        self.path.mkdir(exist_ok=True)
        (self.path / "active.json").write_text("{}")
        return self.told(version, Path(version.folder).relative_to(context.root).as_posix())


@plugin
class NeverReplaces(Folder):
    """Keep the first version for ever."""

    @hookimpl
    def deploy(self, version, context):
        place = self.path / "only"
        if not place.exists():
            shutil.copytree(version.folder, place)
        (self.path / "active.json").write_text("{}")
        return self.told(version, place.relative_to(context.root).as_posix())


@plugin
class RemovesFirst(Folder):
    """Take the version before down, and then look for the next."""

    @hookimpl
    def deploy(self, version, context):
        place = self.path / "only"
        if place.exists():
            shutil.rmtree(place)
        shutil.copytree(version.folder, place)
        (self.path / "active.json").write_text("{}")
        return self.told(version, place.relative_to(context.root).as_posix())


@plugin
class WithdrawsTwice(Folder):
    """Say each time that something was taken down."""

    @hookimpl
    def withdraw(self, deployment):
        Folder.withdraw(self, deployment)
        return True


@pytest.mark.parametrize(
    ("plugin_", "expected"),
    [
        (Folder, set()),
        (NamesNothing, {"test_deployment_says_what_is_where"}),
        (NamesMachine, {"test_location_holds_no_path_of_this_machine"}),
        (NumbersDeployments, {"test_same_version_again_changes_nothing"}),
        (LeavesFiles, {"test_version_is_at_work_after_its_folder_is_gone"}),
        (NeverReplaces, {"test_next_version_takes_the_place"}),
        (RemovesFirst, {"test_failure_leaves_the_version_before"}),
        (WithdrawsTwice, {"test_withdrawal_takes_it_down_once"}),
    ],
)
def test_target_fails_the_check_meant_for_it(plugin_, expected):
    failed = set(failed_checks(DeployContract, plugin_, settings={"path": "deployed"}))

    assert failed >= expected
    assert bool(failed) is bool(expected)
