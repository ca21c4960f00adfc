"""What one name becomes: a function, a class, a package, a distribution."""

from __future__ import annotations

import keyword
import re

import attrs

from fourstroke.errors import UsageError

_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")


@attrs.frozen
class Name:
    """The name that an author gives a plugin, in each of its forms.

    Examples
    --------
    >>> name = Name.of("no-pii")
    >>> name.entry, name.camel, name.package, name.distribution
    ('no_pii', 'NoPii', 'fourstroke_no_pii', 'fourstroke-no-pii')
    """

    entry: str

    @classmethod
    def of(cls, text: str) -> Name:
        """Take a name as it was typed.

        Raises
        ------
        UsageError
            If no function of Python and no distribution could be called so.
        """
        entry = text.replace("-", "_")
        if not _NAME.fullmatch(text) or len(text) > 50:  # noqa: PLR2004 - file names have an end
            hint = "small letters, digits and _, such as no_pii"
            raise UsageError("this cannot be the name of a plugin", where=text or "''", hint=hint)
        if keyword.iskeyword(entry):
            raise UsageError("it is a word of Python", where=text, hint=f"{entry}_step")
        return cls(entry)

    @property
    def camel(self) -> str:
        """The name of a class."""
        return "".join(part.capitalize() for part in self.entry.split("_"))

    @property
    def package(self) -> str:
        """The name of a package to import."""
        return f"fourstroke_{self.entry}"

    @property
    def distribution(self) -> str:
        """The name of a distribution to install."""
        return f"fourstroke-{self.entry.replace('_', '-')}"
