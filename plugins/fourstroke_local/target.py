"""The bundled deployment target: a folder with one active version a model."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fourstroke import Context, Deployment, ModelVersion, StoreError, hookimpl, plugin
from fourstroke_local import durable
from fourstroke_local.contents import added, altered, files_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_ACTIVE = "active.json"
_MANIFEST = "manifest.json"


@plugin
class LocalTarget:
    """Deploy models to a folder: ``<path>/<model>/versions/<number>-<digest>/``.

    ``active.json`` names the version at work and is replaced in one step, after the version's files
    are complete and on the disk: whoever reads it finds a whole model, at any moment, also after a
    power cut. It is for programs outside: ``predict`` and ``serve`` take the version from the store,
    and ``doctor`` says whether the copy is still the one that was registered.
    """

    # The folder, relative to the project.
    path: Path = Path(".fourstroke/deployments")

    @hookimpl
    def deploy(self, version: ModelVersion, context: Context) -> Deployment:
        """Copy the version's files if they are not there yet, and make it the active one."""
        home = self._home(version.model)
        with durable.explained(home):
            folder = self._version_folder(version.model, version.version, version.digest)
            files = files_in(Path(version.folder))
            wanted = {name: context.digest(path) for name, path in files.items()}
            if _faults(folder, wanted, context):
                _install(version, folder, context)
            active = _active(version, folder, home)
            if _read(home / _ACTIVE) != active:
                durable.write_text(home / _ACTIVE, _json(active))
        return Deployment(
            target=context.step.rpartition(".")[2] or "local",
            model=version.model,
            version=version.version,
            digest=version.digest,
            location=_location(folder, context.root),
        )

    @hookimpl
    def probe_deployment(self, deployment: Deployment, data: Any, context: Context) -> Any:
        """Score rows with the copied files, in this environment."""
        folder = self._version_folder(deployment.model, deployment.version, deployment.digest)
        return context.score(deployment, folder, data)

    @hookimpl
    def verify_deployment(
        self, deployment: Deployment, files: Mapping[str, str], context: Context
    ) -> Sequence[str]:
        """Hold every copied file against what was registered, and see which version is the active one."""
        home = self._home(deployment.model)
        folder = self._version_folder(deployment.model, deployment.version, deployment.digest)
        found = _faults(folder, files, context)
        active = _read(home / _ACTIVE)
        if active is None:
            return [*found, f"{_ACTIVE} is missing, or was changed"]
        if active != _active(deployment, folder, home):
            return [*found, f"{_ACTIVE} does not name v{deployment.version}"]
        return found

    @hookimpl
    def withdraw(self, deployment: Deployment) -> bool:
        """Deactivate the version if it is the active one, then remove its files."""
        home = self._home(deployment.model)
        folder = self._version_folder(deployment.model, deployment.version, deployment.digest)
        with durable.explained(home):
            active = _read(home / _ACTIVE) or {}
            named = (active.get("version"), active.get("digest"))
            is_active = named == (deployment.version, deployment.digest)
            if is_active:
                (home / _ACTIVE).unlink(missing_ok=True)
                durable.sync_folder(home)
            if not folder.is_dir():
                return is_active
            _remove(folder)
        return True

    def _home(self, model: str) -> Path:
        if not _NAME.fullmatch(model):
            raise StoreError(f"{model!r} is not a name for a model's folder")
        return self.path / model

    def _version_folder(self, model: str, number: int, digest: str) -> Path:
        short = re.sub(r"[^0-9a-f]", "", digest.rpartition(":")[2])[:12]
        return self._home(model) / "versions" / f"{number}-{short}"


def _active(which: ModelVersion | Deployment, folder: Path, home: Path) -> dict[str, Any]:
    return {
        "model": which.model,
        "version": which.version,
        "digest": which.digest,
        "folder": folder.relative_to(home).as_posix(),
    }


def _install(version: ModelVersion, folder: Path, context: Context) -> None:
    """Copy a version's files beside their place, sync them, and then give the folder its name."""
    durable.make_folder(folder.parent)
    if folder.exists():
        _remove(folder)
    fresh = folder.with_name(f".{folder.name}-{secrets.token_hex(8)}")
    try:
        shutil.copytree(version.folder, fresh)
        files = list(files_in(fresh).values())
        listed = [_listed(path, fresh, context) for path in files]
        (fresh / _MANIFEST).write_text(_json(_manifest(version, listed)), encoding="utf-8")
        for path in [*files, fresh / _MANIFEST]:
            durable.sync_file(path)
        for path in [*(path for path in fresh.rglob("*") if path.is_dir()), fresh]:
            durable.sync_folder(path)
        durable.reached("version synced")
        _rename(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    durable.reached("version named")
    durable.sync_folder(folder.parent)


def _rename(fresh: Path, folder: Path) -> None:
    try:
        fresh.rename(folder)
    except OSError:
        # Somebody else has deployed the same version in the meantime; its name says what it holds.
        if not (folder / _MANIFEST).is_file():
            raise


def _remove(folder: Path) -> None:
    """Take the name away first, so that a half-removed version never looks like a whole one."""
    gone = folder.with_name(f".{folder.name}-{secrets.token_hex(8)}")
    folder.rename(gone)
    durable.sync_folder(folder.parent)
    shutil.rmtree(gone, ignore_errors=True)


def _faults(folder: Path, wanted: Mapping[str, str], context: Context) -> list[str]:
    """Say which files of a version are not those that were registered, by their digests."""
    if not folder.is_dir():
        return [f"the folder {folder.name} is missing"]
    found = [*altered(folder, wanted, context.digest), *added(folder, {*wanted, _MANIFEST})]
    manifest = _read(folder / _MANIFEST)
    if manifest is None:
        return [*found, f"{_MANIFEST} is missing, or was changed"]
    if found:
        return found
    listed = [_listed(path, folder, context) for path in files_in(folder).values()]
    is_told = [entry for entry in listed if entry["name"] != _MANIFEST] == manifest.get("files")
    return [] if is_told else [f"{_MANIFEST} was changed"]


def _listed(path: Path, folder: Path, context: Context) -> dict[str, Any]:
    return {
        "name": path.relative_to(folder).as_posix(),
        "digest": context.digest(path),
        "size_bytes": path.stat().st_size,
    }


def _manifest(version: ModelVersion, files: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "model": version.model,
        "version": version.version,
        "digest": version.digest,
        "candidate": version.candidate,
        "run": version.run,
        "created": version.created.isoformat(),
        "files": files,
    }


def _location(folder: Path, root: Path) -> str:
    resolved = folder.resolve()
    if resolved.is_relative_to(root.resolve()):
        return resolved.relative_to(root.resolve()).as_posix()
    return resolved.as_uri()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
