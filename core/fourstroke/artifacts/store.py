"""The artifact store: values in, digests out, and back."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fourstroke.artifacts import files
from fourstroke.artifacts.artifact import Artifact, File
from fourstroke.artifacts.digest import digest_file, named
from fourstroke.artifacts.objects import Objects, Storage
from fourstroke.artifacts.sweep import Sweep, clear_leftovers, sweep
from fourstroke.errors import StepError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from fourstroke.artifacts.codecs import Codecs

FILE_CODEC: Final = "file"

__all__ = ["ArtifactStore", "Sweep"]


class ArtifactStore:
    """Keeps values as files under the digest of their content.

    What it returns is durable; what it gives back has been hashed on the way. Building one touches
    no disk, so that worker processes may do it at will. Safe under many processes and threads.

    Parameters
    ----------
    storage : Storage
        Where files are kept.
    codecs : Codecs
        How values become files.
    scratch : Path
        The store's own folder for temporary files, on the file system of the storage.
    """

    def __init__(self, storage: Storage, codecs: Codecs, scratch: Path) -> None:
        self.objects = Objects(storage, scratch)
        self._codecs = codecs
        self._scratch = scratch

    def put(self, value: Any) -> Artifact:
        """Keep a value.

        Returns
        -------
        Artifact
            Equal for equal values, in every process.

        Raises
        ------
        StepError
            If there is no codec for it, or its codec cannot write it.
        StoreError
            If the disk is full or read-only.
        """
        codec_name, codec = self._codecs.for_value(value)
        with files.explained(self._scratch), files.set_apart(self._scratch, "put") as folder:
            codec.encode(value, folder)
            files.reached("encoded")
            found = [(path, _file(path, folder)) for path in _walk(folder)]
            artifact = Artifact.of(codec_name, [file for _, file in found])
            for path, file in found:
                self.objects.add(path, file.digest)
        return artifact

    def identify(self, value: Any) -> Artifact:
        """Say what a value would be kept as, and keep nothing.

        Raises
        ------
        StepError
            If there is no codec for it, or its codec cannot write it.
        """
        codec_name, codec = self._codecs.for_value(value)
        with files.explained(self._scratch), files.set_apart(self._scratch, "put") as folder:
            codec.encode(value, folder)
            return Artifact.of(codec_name, [_file(path, folder) for path in _walk(folder)])

    def put_file(self, path: Path, name: str | None = None) -> Artifact:
        """Keep a copy of a file, whatever it holds; copied and hashed in one pass.

        Parameters
        ----------
        path : Path
            A regular file. It may change or go afterwards.
        name : str, optional
            What it is called in the artifact; the file's own name if it is not given.

        Raises
        ------
        DataError
            If there is no such file, or it is a pipe, a device or a folder.
        StoreError
            If the disk is full or read-only.
        """
        with files.explained(self._scratch), files.set_apart(self._scratch, "put") as folder:
            copy = folder / "copy"
            content, size_bytes = files.copy_hashed(Path(path), copy)
            artifact = Artifact.of(
                FILE_CODEC, [File(name or Path(path).name, named(content), size_bytes)]
            )
            self.objects.add(copy, artifact.files[0].digest)
        return artifact

    def put_files(self, paths: Mapping[str, Path]) -> Artifact:
        """Keep copies of several files as one artifact, under these names."""
        with files.explained(self._scratch), files.set_apart(self._scratch, "put") as folder:
            made = []
            for number, (name, path) in enumerate(paths.items()):
                copy = folder / str(number)
                content, size_bytes = files.copy_hashed(path, copy)
                made.append(File(name, named(content), size_bytes))
                self.objects.add(copy, made[-1].digest)
            return Artifact.of(FILE_CODEC, made)

    def load(self, artifact: Artifact) -> Any:
        """Give a value back, anew each time.

        Raises
        ------
        StoreError
            If a file of it is missing or damaged.
        """
        if artifact.codec == FILE_CODEC:
            raise StoreError(
                f"{artifact.files[0].name} was kept as a file, not as a value",
                where=artifact.digest,
                hint="materialize it",
            )
        codec = self._codecs.named(artifact.codec)
        with files.explained(self._scratch), files.set_apart(self._scratch, "load") as folder:
            for file in artifact.files:
                with self.objects.opened(file.digest, file.size_bytes) as path:
                    files.share(path, _below(folder, file.name))
            return codec.decode(folder)

    def materialize(self, artifact: Artifact, folder: Path) -> Path:
        """Put copies of an artifact's files into a folder, under their own names.

        Returns
        -------
        Path
            The folder; it is made if it is not there. Files in it that have these names are
            replaced.

        Raises
        ------
        StoreError
            If a file is missing or damaged; nothing damaged is left in the folder.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for file in artifact.files:
            place = _below(folder, file.name)
            with files.explained(place):
                fresh = place.with_name(files.new_name("copy"))
                self.objects.copy(file.digest, fresh)
                fresh.replace(place)
        return folder

    def has(self, artifact: Artifact) -> bool:
        """Say whether all files of an artifact are there; their content is checked at use."""
        return all(self.objects.has(file.digest) for file in artifact.files)

    def check(self, artifact: Artifact) -> None:
        """Hash all files of an artifact again.

        Raises
        ------
        StoreError
            Names every file that is missing or damaged. Damaged ones have been set aside.
        """
        problems = []
        for file in artifact.files:
            try:
                with self.objects.opened(file.digest, file.size_bytes):
                    pass
            except StoreError as error:
                problems.append(error)
        if problems:
            raise StoreError.join(problems)

    def fetch(self, digest: str) -> Path:
        """Give one object, by the digest of its content, as a file that has just been checked.

        A backend that does not hand out its own files leaves a copy behind, which goes with this
        process.

        Raises
        ------
        StoreError
            If it is missing or damaged.
        """
        return self.objects.fetch(digest)

    def verify_all(self, digests: Iterable[str]) -> tuple[str, ...]:
        """Hash objects again, by the digests of their content; one line a problem."""
        problems = []
        for digest in digests:
            try:
                with self.objects.opened(digest):
                    pass
            except StoreError as error:
                problems.append(str(error))
        return tuple(problems)

    def sweep(self, in_use: AbstractSet[str], *, grace_seconds: float, apply: bool) -> Sweep:
        """Find objects that are not in use and what dead processes left; remove it if asked to.

        Parameters
        ----------
        in_use : set of str
            Digests of the objects that have to stay.
        grace_seconds : float
            What is younger stays too: its record may be about to be written. With 0 there must be
            no run at work.
        apply : bool
            Remove; without it only say what would be.
        """
        return sweep(self.objects, in_use, grace_seconds=grace_seconds, apply=apply)

    def clear_leftovers(self) -> None:
        """Remove the temporary files of processes of this host that have died."""
        clear_leftovers(self._scratch)


def _walk(folder: Path) -> Iterator[Path]:
    """List the files that a codec wrote; links and devices are no content."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                yield from _walk(Path(entry.path))
            elif stat.S_ISREG(mode):
                yield Path(entry.path)
            else:
                raise StepError(f"its codec wrote {entry.name!r}, which is not a regular file")


def _file(path: Path, folder: Path) -> File:
    name = path.relative_to(folder).as_posix()
    return File(name, digest_file(path), path.stat().st_size)


def _below(folder: Path, name: str) -> Path:
    place = folder / name
    if "/" in name:
        place.parent.mkdir(parents=True, exist_ok=True)
    return place
