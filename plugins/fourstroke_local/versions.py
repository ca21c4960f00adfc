"""Versions of a model side by side in a folder, and a link to the one at work."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke import StoreError
from fourstroke_local import durable
from fourstroke_local.contents import added, altered, files_in, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fourstroke import Context, Deployment, ModelVersion

CURRENT: Final = "current"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
# Where an exported model keeps the files of the model itself.
FILES: Final = "model"
_LIST: Final = ".files.json"


@attrs.frozen
class Versions:
    """The folder ``<path>/<model>``: a folder a version, and the link ``current`` to one of them.

    A version is written beside its place, brought to the disk, and then named; the link is replaced
    in one step. Whoever follows it finds a whole version at any moment, also after a power cut.

    Parameters
    ----------
    path : Path
        Where the models are.
    model : str
        The name of the model.
    settings : mapping
        What else than the model the content depends on.
    inside : str
        Where in the folder of a version the files of the model are.

    Raises
    ------
    StoreError
        If the name of the model is not one for a folder.
    """

    path: Path
    model: str = attrs.field()
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    inside: str = FILES

    @model.validator
    def _stay_inside(self, _: object, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise StoreError(f"{name!r} is not a name for a model's folder")

    @property
    def home(self) -> Path:
        """The folder of the model."""
        return self.path / self.model

    def place(self, which: ModelVersion | Deployment) -> Path:
        """Give the folder of a version; other settings have another one."""
        told = json.dumps([which.digest, dict(self.settings)], sort_keys=True, default=str)
        short = hashlib.sha256(told.encode()).hexdigest()[:12]
        return self.home / f"v{which.version}-{short}"

    def put(self, version: ModelVersion, write: Callable[[Path], None]) -> Path:
        """Write a version unless it is there, whole, and let the link lead to it.

        Parameters
        ----------
        version : ModelVersion
            The version.
        write : callable
            Fills an empty folder.
        """
        place = self.place(version)
        with durable.explained(self.home):
            # The files of the model are in the list, too, and are read once for both.
            digest = functools.cache(sha256)
            wanted = {name: digest(path) for name, path in files_in(Path(version.folder)).items()}
            if self._faults(place, wanted, digest, digest):
                self._install(place, write)
            self._lead_to(place)
        return place

    def take(self, deployment: Deployment) -> bool:
        """Remove the link if it leads to the version, and then its files; gives whether any were there."""
        place = self.place(deployment)
        link = self.home / CURRENT
        with durable.explained(self.home):
            if self.current() == place:
                link.unlink()
                durable.sync_folder(self.home)
            if not place.is_dir():
                return False
            _remove(place)
        return True

    def faults(
        self, deployment: Deployment, wanted: Mapping[str, str], context: Context
    ) -> list[str]:
        """Say what of a version is not as it was deployed, and where the link leads if not to it.

        Parameters
        ----------
        deployment : Deployment
            The version.
        wanted : mapping of str to str
            The digest of each file of the model.
        context : Context
            Gives digests of files.
        """
        place = self.place(deployment)
        found = self._faults(place, wanted, context.digest, sha256)
        current = self.current()
        if current is None:
            return [*found, f"the link {CURRENT} is missing"]
        if current != place:
            return [*found, f"the link {CURRENT} leads to {current.name}, and not to {place.name}"]
        return found

    def _faults(
        self,
        place: Path,
        wanted: Mapping[str, str],
        digest: Callable[[Path], str],
        listed_digest: Callable[[Path], str],
    ) -> list[str]:
        if not place.is_dir():
            return [f"the folder {place.name} is missing"]
        listed = _listed(place)
        if listed is None:
            return [f"{_LIST} is missing, or was changed"]
        # The list lies beside the files: whoever changes one may change the other.
        of_model = altered(place / self.inside, wanted, digest)
        told = [
            *altered(place, listed, listed_digest),
            *(f"{self.inside}/{each}" for each in of_model),
        ]
        return [*dict.fromkeys(told), *added(place, {*listed, _LIST})]

    def current(self) -> Path | None:
        """Say where the link leads."""
        link = self.home / CURRENT
        return self.home / link.readlink() if link.is_symlink() else None

    def location(self, place: Path, root: Path) -> str:
        """Give a place relative to the project, or as a URL if it lies elsewhere."""
        # The folder above is resolved: the last part is a folder, whatever it leads to.
        found, base = place.parent.resolve() / place.name, root.resolve()
        return found.relative_to(base).as_posix() if found.is_relative_to(base) else found.as_uri()

    def _install(self, place: Path, write: Callable[[Path], None]) -> None:
        durable.make_folder(place.parent)
        fresh = place.with_name(f".{place.name}-{secrets.token_hex(8)}")
        try:
            write(fresh)
            (fresh / _LIST).write_text(_list_of(fresh), encoding="utf-8")
            for path in fresh.rglob("*"):
                (durable.sync_folder if path.is_dir() else durable.sync_file)(path)
            durable.sync_folder(fresh)
            durable.reached("version synced")
            if place.exists():
                _remove(place)
            _rename(fresh, place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        durable.reached("version named")
        durable.sync_folder(place.parent)

    def _lead_to(self, place: Path) -> None:
        if self.current() == place:
            return
        fresh = self.home / f".{CURRENT}-{secrets.token_hex(8)}"
        try:
            fresh.symlink_to(place.name, target_is_directory=True)
            fresh.replace(self.home / CURRENT)
        finally:
            fresh.unlink(missing_ok=True)
        durable.reached("link replaced")
        durable.sync_folder(self.home)


def deployment_of(
    version: ModelVersion, versions: Versions, place: Path, context: Context
) -> Deployment:
    """Tell what is where, for targets that keep versions side by side."""
    from fourstroke import Deployment  # noqa: PLC0415 - needed for types elsewhere

    return Deployment(
        target=context.step.rpartition(".")[2],
        model=version.model,
        version=version.version,
        digest=version.digest,
        location=versions.location(place, context.root),
    )


def _list_of(folder: Path) -> str:
    found = {name: sha256(path) for name, path in files_in(folder).items() if name != _LIST}
    return json.dumps(found, indent=1)


def _listed(place: Path) -> dict[str, str] | None:
    """Read which files were written; ``None`` if the list is gone or is none."""
    try:
        listed = json.loads((place / _LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return listed if isinstance(listed, dict) else None


def _rename(fresh: Path, place: Path) -> None:
    try:
        fresh.rename(place)
    except OSError:
        # Somebody else has deployed the same version in the meantime.
        listed = _listed(place)
        if listed is None or altered(place, listed, sha256):
            raise


def _remove(place: Path) -> None:
    """Take the name away first, so that a half-removed version never looks like a whole one."""
    gone = place.with_name(f".{place.name}-{secrets.token_hex(8)}")
    place.rename(gone)
    durable.sync_folder(place.parent)
    shutil.rmtree(gone, ignore_errors=True)
