"""An artifact: one stored value, as the files that it consists of."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts.digest import checked, digest_json
from fourstroke.errors import StepError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST_NAME = 255


@attrs.frozen
class File:
    """One file of an artifact.

    Parameters
    ----------
    name : str
        Its path below the artifact's folder, with ``/`` between parts.
    digest : str
        Of its content.
    size_bytes : int
        Of its content.
    """

    name: str = attrs.field()
    digest: str = attrs.field(converter=checked)
    size_bytes: int

    @name.validator
    def _stay_inside(self, _: object, name: str) -> None:
        """Refuse names that lead out of a folder: a record may come from somebody else."""
        parts = name.split("/")
        is_safe = all(_is_safe(part) for part in parts)
        if not is_safe:
            raise StepError(f"{name!r} is not a name for a stored file")

    def to_json(self) -> dict[str, Any]:
        """Give it as a plain dictionary."""
        return {"name": self.name, "digest": self.digest, "size_bytes": self.size_bytes}


@attrs.frozen
class Artifact:
    """A stored value: nothing but digests, so that it means the same in every copy of the store.

    Parameters
    ----------
    digest : str
        Of codec and files together: the identity of the value.
    codec : str
        The name of the codec that wrote it, and that alone may read it.
    files : tuple of File
        In the order of their names.
    """

    digest: str = attrs.field(converter=checked)
    codec: str
    files: tuple[File, ...]

    @classmethod
    def of(cls, codec: str, files: Iterable[File]) -> Artifact:
        """Make one of its files.

        Raises
        ------
        StepError
            If there is no file, or two have one name.
        """
        ordered = tuple(sorted(files, key=lambda file: file.name))
        if not ordered:
            raise StepError(f"the codec {codec} wrote no file")
        if len({file.name for file in ordered}) < len(ordered):
            raise StepError(f"the codec {codec} wrote two files of one name")
        return cls(_identity(codec, ordered), codec, ordered)

    @property
    def size_bytes(self) -> int:
        """The size of all files together."""
        return sum(file.size_bytes for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Give it as a plain dictionary, for records."""
        return {
            "digest": self.digest,
            "codec": self.codec,
            "files": [file.to_json() for file in self.files],
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Artifact:
        """Make it again of what `to_json` gave.

        Raises
        ------
        StoreError
            If the parts do not add up to the digest, so that the record was changed.
        """
        try:
            artifact = cls.of(plain["codec"], [File(**file) for file in plain["files"]])
            digest = plain["digest"]
        except (KeyError, TypeError, AttributeError, StepError) as error:
            raise StoreError(
                f"a record of an artifact is damaged: {error}", hint="fourstroke store verify"
            ) from error
        if artifact.digest != digest:
            raise StoreError(
                "a record of an artifact does not fit its digest",
                where=str(digest),
                hint="fourstroke store verify",
            )
        return artifact


def _identity(codec: str, files: tuple[File, ...]) -> str:
    return digest_json({"codec": codec, "files": [file.to_json() for file in files]})


def _is_safe(part: str) -> bool:
    return (
        part not in {"", ".", ".."}
        and len(part.encode(errors="replace")) <= _LONGEST_NAME
        and not any(character in '\\:"*?<>|' for character in part)
        and not any(unicodedata.category(character) in {"Cc", "Cs"} for character in part)
    )
