"""What `doctor` looks at: one function a question, each of which survives whatever it finds."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke.errors import FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fourstroke.project import Project

Status = Literal["ok", "warn", "bad", "skipped"]

_OLDEST_PYTHON = (3, 11)
_LITTLE_DISK_BYTES = 1_000_000_000
_NO_DISK_BYTES = 100_000_000
_MOST_SKEW_SECONDS = 5.0
# File systems on which SQLite's write-ahead log does not work: it needs memory shared by one host.
_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "beegfs"}
)
_REQUIREMENT = re.compile(
    r"^\s*(?P<name>[A-Za-z0-9._-]+)[^>;]*?(?:>=\s*(?P<version>[0-9][0-9.]*))?\s*(?:;|,|$)"
)


@attrs.frozen(kw_only=True)
class Finding:
    """The answer to one question.

    Parameters
    ----------
    name : str
        What was looked at.
    status : {"ok", "warn", "bad", "skipped"}
        ``bad`` makes the exit code 1.
    what : str
        What was found.
    fix : str
        What to do; empty if nothing is wrong.
    """

    name: str
    status: Status
    what: str
    fix: str = ""


def diagnose(
    folder: Path,
    *,
    environment: str | None = None,
    overrides: Sequence[str] = (),
    is_quick: bool = False,
) -> Iterator[Finding]:
    """Look at the installation and at the project in ``folder``; give findings one by one."""
    for name, question in (
        ("python", _python),
        ("dependencies", _dependencies),
        ("plugins", _plugins),
    ):
        yield from _surviving(name, question)
    yield from _surviving("folder", lambda: _folder(folder))
    yield from _surviving("disk", lambda: _disk(folder))
    if not (folder / "fourstroke.toml").exists():
        from fourstroke.config import where_instead  # noqa: PLC0415 - as for a project itself

        what = f"there is no project here ({where_instead(folder)})"
        yield Finding(name="project", status="skipped", what=what)
        return
    try:
        project = _opened(folder, environment, overrides)
    except FourstrokeError as error:
        yield from _faults("config", error)
        return
    yield Finding(name="config", status="ok", what=f"fourstroke.toml of {project.name}")
    yield from _of_project(project, is_quick=is_quick)


def _of_project(project: Project, *, is_quick: bool) -> Iterator[Finding]:
    yield from _surviving("plugin tables", lambda: _plugin_tables(project))
    yield from _surviving("file system", lambda: _file_system(project))
    if not _has_records(project):
        yield Finding(name="records", status="skipped", what="nothing has been recorded yet")
        return
    try:
        yield from _surviving("records", lambda: _records(project))
        yield from _surviving("lost runs", lambda: _lost_runs(project))
        yield from _surviving("clock", lambda: _clock_of_records(project))
        if is_quick:
            what = "not re-hashed: --quick"
            yield Finding(name="store", status="skipped", what=what)
            yield Finding(name="deployed", status="skipped", what=what)
        else:
            yield from _surviving("store", lambda: _store(project))
            yield from _surviving("deployed", lambda: _deployed(project))
    finally:
        project.close()


def _surviving(name: str, question: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Ask, and make a finding of whatever is raised: one fault must not hide the others."""
    try:
        yield from question()
    except FourstrokeError as error:
        yield from _faults(name, error)
    except Exception as error:  # noqa: BLE001 - the doctor has to go on
        yield Finding(name=name, status="bad", what=f"{type(error).__name__}: {error}")


def _faults(name: str, error: FourstrokeError) -> Iterator[Finding]:
    for each in (error, *error.others):
        where = f"{each.where}: " if each.where else ""
        yield Finding(name=name, status="bad", what=f"{where}{each.message}", fix=each.hint)


# The installation


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= _OLDEST_PYTHON:
        yield Finding(name="python", status="ok", what=version)
    else:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        yield Finding(
            name="python", status="bad", what=version, fix=f"use Python {oldest} or newer"
        )


def _dependencies() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, requires, version  # noqa: PLC0415

    try:
        needed = [text for text in requires("fourstroke") or [] if "extra ==" not in text]
    except PackageNotFoundError:
        yield Finding(
            name="dependencies",
            status="bad",
            what="fourstroke is imported but not installed, so that no plugin is found",
            fix="pip install fourstroke",
        )
        return
    faults = 0
    for text in needed:
        match = _REQUIREMENT.match(text)
        if match is None:
            continue
        name, least = match["name"], match["version"] or "0"
        try:
            there = version(name)
        except PackageNotFoundError:
            there = ""
        if not there or _release(there) < _release(least):
            faults += 1
            what = f"{name} {there or 'is missing'}, needed is {text.strip()}"
            yield Finding(
                name="dependencies", status="bad", what=what, fix=f"pip install '{text.strip()}'"
            )
    if not faults:
        yield Finding(
            name="dependencies", status="ok", what=f"{len(needed)} distributions, all new enough"
        )


def _release(version: str) -> tuple[int, ...]:
    """Take the numbers of a version, without trailing zeros: enough to compare with a lower bound.

    Examples
    --------
    >>> _release("2.0.30") <= _release("2.1.0rc1"), _release("1.7") == _release("1.7.0")
    (True, True)
    """
    numbers = [int(part) for part in re.findall(r"^\d+(?:\.\d+)*", version)[0].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _plugins() -> Iterator[Finding]:
    from fourstroke.plugins.discovery import installed  # noqa: PLC0415 - reads metadata

    offers = installed()
    broken = [offer for offer in offers if offer.problem]
    for offer in broken:
        yield Finding(
            name="plugins",
            status="warn",
            what=f"{offer.kind}/{offer.name} of {offer.distribution}: {offer.problem}",
            fix=f"pip install --upgrade {offer.distribution}, or uninstall it",
        )
    if not broken:
        others = {offer.distribution for offer in offers if not offer.is_bundled}
        yield Finding(
            name="plugins", status="ok", what=f"bundled ones and {len(others)} distributions"
        )


# The folder


def _folder(folder: Path) -> Iterator[Finding]:
    """Try to write; and compare this process's clock with the one that stamped the file."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".fourstroke-doctor-") as file:
            file.write(b"now")
            file.flush()
            skew = os.fstat(file.fileno()).st_mtime - time.time()
    except OSError as error:
        yield Finding(
            name="folder",
            status="bad",
            what=f"{folder} cannot be written: {error.strerror}",
            fix="change its owner or its permissions",
        )
        return
    own = folder / ".fourstroke"
    if own.exists() and not own.is_dir():
        yield Finding(
            name="folder",
            status="bad",
            what=f"{own} is not a folder, so that nothing can be kept",
            fix="move it away",
        )
    else:
        yield Finding(name="folder", status="ok", what="can be written")
    if abs(skew) > _MOST_SKEW_SECONDS:
        yield Finding(
            name="clock",
            status="warn",
            what=f"the file system's clock differs by {skew:+.0f} s",
            fix="synchronise the clocks of this host and its file server (NTP)",
        )
    else:
        yield Finding(name="clock", status="ok", what="agrees with the file system's")


def _disk(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    status: Status = (
        "ok" if free > _LITTLE_DISK_BYTES else "warn" if free > _NO_DISK_BYTES else "bad"
    )
    fix = (
        "" if status == "ok" else "make room; fourstroke store gc shows what is not needed any more"
    )
    yield Finding(name="disk", status=status, what=f"{free / 1e9:.1f} GB free", fix=fix)


# The project


def _opened(folder: Path, environment: str | None, overrides: Sequence[str]) -> Project:
    from fourstroke.project import Project  # noqa: PLC0415 - only inside a project

    return Project.open(folder, environment=environment, overrides=overrides)


def _plugin_tables(project: Project) -> Iterator[Finding]:
    built = project.check()
    yield Finding(name="plugin tables", status="ok", what=f"{len(built)} can be built")


def _file_system(project: Project) -> Iterator[Finding]:
    kind = _file_system_type(project.root)
    if kind in _NETWORK_FILE_SYSTEMS or kind.startswith("fuse.ssh"):
        if project.config.records_url:
            yield Finding(name="file system", status="ok", what=f"{kind}, with records elsewhere")
            return
        yield Finding(
            name="file system",
            status="warn",
            what=f"the project lies on {kind}, where SQLite is not safe",
            fix="set backends.records to a PostgreSQL URL, or move the project to a local disk",
        )
    elif kind:
        yield Finding(name="file system", status="ok", what=kind)


def _file_system_type(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """Name the type of the file system that holds a path; empty where the system does not tell."""
    if not mounts.exists():
        return ""
    resolved, best, kind = path.resolve(), "", ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, point, found, *_ = line.split(" ")
        # Spaces in a mount point are written as octal escapes.
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)
        if resolved.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def _has_records(project: Project) -> bool:
    return (
        bool(project.config.records_url)
        or (project.root / ".fourstroke" / "records.sqlite").exists()
    )


def _records(project: Project) -> Iterator[Finding]:
    problems = project.records.verify_ledger()
    for problem in problems:
        yield Finding(
            name="ledger",
            status="bad",
            what=str(problem),
            fix="find out who changed the database; fourstroke store restore brings a backup back",
        )
    if not problems:
        yield Finding(
            name="records", status="ok", what="the schema is current, the ledger is whole"
        )


def _lost_runs(project: Project) -> Iterator[Finding]:
    lost = project.records.runs(100, state="lost")
    if lost:
        latest = lost[0]
        yield Finding(
            name="lost runs",
            status="warn",
            what=f"{len(lost)}, the latest is {latest.run}: its process died",
            fix="fourstroke run goes on where it ended; dmesg tells whether memory ran out",
        )
    else:
        yield Finding(name="lost runs", status="ok", what="none")


def _clock_of_records(project: Project) -> Iterator[Finding]:
    latest = next(iter(project.records.runs(1)), None)
    ahead = dt.timedelta(seconds=_MOST_SKEW_SECONDS)
    if latest is not None and latest.started > dt.datetime.now(dt.UTC) + ahead:
        yield Finding(
            name="clock",
            status="warn",
            what=f"run {latest.run} started in the future: {latest.started:%Y-%m-%d %H:%M} UTC",
            fix="set this host's clock (NTP)",
        )


def _store(project: Project) -> Iterator[Finding]:
    problems = project.store.verify()
    for problem in problems:
        yield Finding(
            name="store",
            status="bad",
            what=problem,
            fix="fourstroke run makes again what it can, fourstroke store restore the rest",
        )
    if not problems:
        objects = len(project.records.artifacts_in_use())
        yield Finding(
            name="store", status="ok", what=f"{objects:,} objects, all as they were written"
        )


def _deployed(project: Project) -> Iterator[Finding]:
    """Name each file of what is at work that is not the one that was deployed."""
    from fourstroke.deployed_files import held  # noqa: PLC0415 - calls plugins

    for each in held(project):
        row = each.row
        what = f"{row.model}@v{row.version} at {row.target}"
        if each.unheld:
            yield Finding(name="deployed", status="skipped", what=f"{what}: {each.unheld}")
        elif not each.faults:
            yield Finding(
                name="deployed", status="ok", what=f"{what}: all files as they were deployed"
            )
        # Where records are shared, the files of one machine need not be on another.
        fix = (
            f"fourstroke doctor on {each.host}, where it was deployed"
            if each.host
            else f"fourstroke models deploy {row.model} {row.version} deploys it again"
        )
        for fault in each.faults:
            yield Finding(
                name="deployed",
                status="warn" if each.host else "bad",
                what=f"{what}, {row.location}: {fault}",
                fix=fix,
            )
