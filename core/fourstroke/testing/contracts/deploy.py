"""What a deployment target has to hold: one version whole at work, whatever happens on the way."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from fourstroke.artifacts.digest import digest_bytes
from fourstroke.entities.model import ModelVersion
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires

if TYPE_CHECKING:
    from fourstroke.entities.model import Deployment
    from fourstroke.typing import Deploys, FunctionPlugin

_CONTENT = "the files of version"


class DeployContract(Contract):
    """What every target has to hold.

    `at_work` tells what the target serves; by default it looks for the files of a version below the
    place that the deployment names.
    """

    stage = "deploy"
    offered: ClassVar = {
        "withdraw": "it takes a deployment down",
        "probe": "it scores rows through what it deployed",
        "verify": "it says which of the files that it deployed were changed",
        "files": "its location is a folder of the project that holds the model's files",
    }
    plugin: ClassVar[Deploys | Callable[..., Deploys] | FunctionPlugin]

    def version(self, number: int) -> ModelVersion:
        """Make a version with files of its own."""
        folder = self.folder / f"files-{number}"
        folder.mkdir(exist_ok=True)
        content = f"{_CONTENT} {number}"
        (folder / "model.txt").write_text(content)
        return ModelVersion(
            model="sample",
            version=number,
            digest=digest_bytes(content.encode()),
            candidate="candidate",
            run="contract",
            created=dt.datetime(2026, 1, 5, tzinfo=dt.UTC),
            folder=str(folder),
        )

    def deploy(self, version: ModelVersion) -> Deployment:
        """Deploy as a step does: the folder of files is gone afterwards."""
        found = self.caller().deploy("own", version=version, context=self.context())
        shutil.rmtree(version.folder)
        return found

    def at_work(self, deployment: Deployment) -> str:
        """Read what a deployment serves."""
        place = self.folder / deployment.location
        files = [place] if place.is_file() else sorted(place.rglob("model.txt"))
        return files[0].read_text() if files else ""

    def damage(self, deployment: Deployment) -> None:
        """Break what was deployed; by default its files are removed."""
        shutil.rmtree(self.folder / deployment.location)

    def change(self, deployment: Deployment) -> None:
        """Change a byte of what was deployed; by default of the files of the version."""
        place = self.folder / deployment.location
        file = place if place.is_file() else next(iter(sorted(place.rglob("model.txt"))))
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    def faults(self, deployment: Deployment, number: int) -> Sequence[str]:
        """Ask what is not as it was deployed."""
        files = {"model.txt": digest_bytes(f"{_CONTENT} {number}".encode())}
        return self.caller().verify_deployment(
            "own", deployment=deployment, files=files, context=self.context()
        )

    def exercise(self) -> None:
        """Deploy once."""
        self.deploy(self.version(1))

    def test_deployment_says_what_is_where(self) -> None:
        """It names the model, the version, its digest, and a place."""
        version = self.version(1)
        found = self.deploy(version)

        expect(found.model == version.model, f"it says the model is {found.model!r}")
        expect(found.version == version.version, f"it says version {found.version}")
        expect(found.digest == version.digest, "it gives another digest")
        expect(found.location.strip(), "it names no place")

    def test_location_holds_no_path_of_this_machine(self) -> None:
        """A place is relative to the project, or a URL without a password."""
        location = self.deploy(self.version(1)).location

        expect(not Path(location).is_absolute(), f"{location!r} is a path of this machine")
        credentials = location.partition("://")[2].partition("/")[0]
        expect("@" not in credentials, f"{location!r} may hold a password")

    def test_same_version_again_changes_nothing(self) -> None:
        """Deploying a version that is at work gives an equal deployment."""
        first, second = self.deploy(self.version(1)), self.deploy(self.version(1))

        expect(first == second, "the second time it gave another deployment")

    def test_two_at_once_end_with_one_of_them(self) -> None:
        """Two versions that are deployed at one moment end without an error, one of them at work."""
        caller = self.caller()
        versions = [self.version(1), self.version(2)]
        contexts = [self.context(), self.context()]

        with ThreadPoolExecutor(2) as pool:
            works = [
                pool.submit(caller.deploy, "own", version=version, context=context)
                for version, context in zip(versions, contexts, strict=True)
            ]
            errors = [work.exception() for work in works]

        expect(not any(errors), f"deployed at one moment, it raised {errors}")

    @requires("files")
    def test_version_is_at_work_after_its_folder_is_gone(self) -> None:
        """The folder is lent for the call: what is served was copied."""
        found = self.deploy(self.version(1))

        expect(self.at_work(found) == f"{_CONTENT} 1", "it serves nothing, or something else")

    @requires("files")
    def test_next_version_takes_the_place(self) -> None:
        """The version that was deployed last is at work."""
        self.deploy(self.version(1))
        found = self.deploy(self.version(2))

        expect(self.at_work(found) == f"{_CONTENT} 2", "the next version is not at work")

    @requires("files")
    def test_earlier_version_comes_back(self) -> None:
        """A roll-back is the deployment of an earlier version."""
        self.deploy(self.version(1))
        self.deploy(self.version(2))
        found = self.deploy(self.version(1))

        expect(self.at_work(found) == f"{_CONTENT} 1", "the earlier version is not at work")

    @requires("files")
    def test_failure_leaves_the_version_before(self) -> None:
        """A deployment that fails leaves at work what was there."""
        before = self.deploy(self.version(1))
        broken = self.version(2)
        shutil.rmtree(broken.folder)

        try:
            self.caller().deploy("own", version=broken, context=self.context())
        except Exception:  # noqa: BLE001 - whatever it raises: what counts is what is left
            expect(self.at_work(before) == f"{_CONTENT} 1", "the version before is not at work")
            return
        raise AssertionError("it deployed a version without files")

    @requires("probe")
    def test_probe_says_something_of_each_row(self) -> None:
        """A smoke test gives a prediction a row, and leaves the rows as they are."""
        found = self.deploy(self.version(1))
        rows = pd.DataFrame({"age": [30, 40]})

        said = self.caller().probe_deployment(
            "own", deployment=found, data=rows, context=self.context()
        )

        expect(len(said) == len(rows), f"it said something of {len(said)} rows of {len(rows)}")
        expect(rows.equals(pd.DataFrame({"age": [30, 40]})), "it changed the rows")

    @requires("probe")
    def test_probe_tells_what_is_broken(self) -> None:
        """A deployment whose files are gone, or which was taken down, does not pass a smoke test."""
        found = self.deploy(self.version(1))
        self.damage(found)

        try:
            self.caller().probe_deployment(
                "own", deployment=found, data=pd.DataFrame({"age": [30]}), context=self.context()
            )
        except Exception:  # noqa: BLE001 - whatever it raises
            return
        raise AssertionError("it says nothing of a deployment that is gone")

    @requires("verify")
    def test_what_was_deployed_has_no_fault(self) -> None:
        """Files that nobody touched are those that were deployed, whatever was deployed before."""
        self.deploy(self.version(1))
        found = self.deploy(self.version(2))

        faults = self.faults(found, 2)

        expect(not faults, f"it finds fault with what it has just deployed: {'; '.join(faults)}")

    @requires("verify")
    def test_changed_byte_is_told_and_mended_by_deploying_again(self) -> None:
        """A file that holds something else is named, and the same version deployed again is whole."""
        found = self.deploy(self.version(1))
        self.change(found)

        expect(self.faults(found, 1), "it says nothing of a file that was changed")
        self.deploy(self.version(1))
        expect(not self.faults(found, 1), "deployed again, it is not what was deployed")

    @requires("verify")
    def test_files_that_are_gone_are_told(self) -> None:
        """What is broken is no deployment without fault."""
        found = self.deploy(self.version(1))
        self.damage(found)

        expect(self.faults(found, 1), "it says nothing of a deployment that is gone")

    @requires("withdraw")
    def test_withdrawal_takes_it_down_once(self) -> None:
        """Taking down says that there was something, and then that there is nothing."""
        found = self.deploy(self.version(1))
        caller = self.caller()

        first = caller.withdraw("own", deployment=found, context=self.context())
        second = caller.withdraw("own", deployment=found, context=self.context())

        expect(first is True, "it says that there was nothing to take down")
        expect(second is False, "it says twice that it took something down")

    @requires("withdraw")
    def test_withdrawn_version_may_come_again(self) -> None:
        """What was taken down can be deployed again."""
        found = self.deploy(self.version(1))
        self.caller().withdraw("own", deployment=found, context=self.context())

        again = self.deploy(self.version(1))

        expect(again == found, "deployed again after it was taken down, it is another deployment")
