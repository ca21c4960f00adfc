"""What an audit pack tells of a model version, for the page that it opens with."""

from __future__ import annotations

import attrs

from fourstroke.entities.facts import Section


@attrs.frozen(kw_only=True)
class PackedFile:
    """One file of an audit pack.

    Parameters
    ----------
    name : str
        Its path in the pack, with ``/`` between parts.
    about : str
        What is in it; empty for one of many.
    size_bytes : int
        How long it is.
    digest : str
        SHA-256 of its content, in hexadecimal.
    """

    name: str
    about: str
    size_bytes: int
    digest: str


@attrs.frozen(kw_only=True)
class AuditPack:
    """All that an auditor gets of one version of a model.

    Parameters
    ----------
    title : str
        The version, such as ``income@v3``.
    project : str
        Whose it is.
    state : str
        What became of it, in a few words.
    is_in_order : bool
        Whether its latest verdict is a pass, nobody's last word is no, and it was not retired.
    facts : tuple of (str, str)
        The most important ones, each with its name.
    sections : tuple of Section
        What it was made from, how it was judged, who answered for it, and how it did since.
    files : tuple of PackedFile
        What else is in the pack.
    """

    title: str
    project: str
    state: str
    is_in_order: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    files: tuple[PackedFile, ...] = ()
