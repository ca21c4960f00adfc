"""The errors that a user can cause, and the one line that each of them prints.

Every class carries where the fault is, what it is and what to do next. The command line prints
``error: WHERE: what is wrong (hint)`` and exits with the code of the class; anything that is not a
:class:`FourstrokeError` is a fault of fourstroke itself and keeps its traceback.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_URL_PASSWORD = re.compile(r"(?P<head>[a-zA-Z][\w+.-]*://[^\s:/@]*):[^\s/@]+@")
_LONGEST_LINE = 2000
_SHOWN_NAMES = 12
_SHOWN_FAULTS = 50


class FourstrokeError(Exception):
    """A fault that a user can mend.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence without a full stop.
    where : str
        The file, table, key, column or row that is at fault; empty if the message says it.
    hint : str
        The next step, as an imperative phrase; empty if there is none.

    Attributes
    ----------
    frames : tuple of str
        Lines to show below: where in the user's own code it arose.
    trace : str
        The whole traceback, for whoever asks for it.
    others : tuple of FourstrokeError
        What else is wrong.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.others: tuple[FourstrokeError, ...] = ()
        self.frames: tuple[str, ...] = ()
        self.trace = ""

    @classmethod
    def join(cls, errors: Sequence[FourstrokeError]) -> FourstrokeError:
        """Make one error of several, so that a user sees all faults at once.

        Each keeps its own line; the first one decides class and exit code.
        """
        first, *others = errors
        first.others = (*first.others, *others)
        return first

    @property
    def line(self) -> str:
        """The line of this one fault, printable, without passwords."""
        head = f"{self.where}: " if self.where else ""
        tail = f" ({self.hint})" if self.hint else ""
        return printable(f"{head}{self.message}{tail}")

    @property
    def several(self) -> tuple[FourstrokeError, ...]:
        """Give this fault and the others, as many as are shown."""
        return (self, *(each for other in self.others[:_SHOWN_FAULTS] for each in other.several))

    def __str__(self) -> str:
        """Give the line that a user reads, printable, without passwords; and one for each other."""
        shown = [*map(str, self.others[:_SHOWN_FAULTS])]
        more = len(self.others) - len(shown)
        return "\n".join([self.line, *shown, *([f"and {more:,} more faults"] if more else [])])

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes whole: the keyword fields too."""
        more = {"others": self.others, "frames": self.frames, "trace": self.trace}
        return _rebuild, (type(self), self.message, self.where, self.hint, more)


class UsageError(FourstrokeError):
    """A command, option, name or id that does not exist or does not fit."""

    exit_code = 2


class ConfigError(UsageError):
    """The project file, or a setting that overlays it, is wrong."""


class PluginError(UsageError):
    """A plugin cannot be found, imported, built, or does not keep to its hook."""


class DataError(FourstrokeError):
    """A table that came from outside cannot be used as it is."""


class StepError(FourstrokeError):
    """A step failed: it raised, hung, died, or gave something that its hook does not give."""


class StoreError(FourstrokeError):
    """The store or the records are damaged, unreachable, read-only or full."""


class BlockedError(FourstrokeError):
    """A check or a verdict said no."""

    exit_code = 3


class RefusedError(FourstrokeError):
    """A rule that the project set refused what was asked for: its promotion policy or its lock."""

    exit_code = 4


class LostError(StoreError):
    """A run was declared dead by others, so that it may not write any more."""


class FourstrokeWarning(UserWarning):
    """Something that is not wrong yet and should be known."""


def printable(text: str) -> str:
    r"""Make text safe to print on one line: control characters escaped, passwords in URLs masked.

    Examples
    --------
    >>> printable("postgresql://ana:secret@db/x\x1b[2J")
    'postgresql://ana:***@db/x\\x1b[2J'
    """
    masked = _URL_PASSWORD.sub(r"\g<head>:***@", text[:_LONGEST_LINE])
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else character
        for character in masked
    )


def described(error: BaseException) -> str:
    r"""Tell any exception in one line: its class, and what it says.

    Examples
    --------
    >>> described(KeyError("age")), described(ValueError("two\nlines")), described(OSError())
    ("KeyError: 'age'", 'ValueError: two lines', 'OSError')
    """
    text = text_of(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def text_of(error: BaseException) -> str:
    """Give what an exception says, on one line; one of a plugin may not even be able to tell."""
    try:
        return " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - the plugin border: whatever its own code raises
        return "its message cannot be read"


def nearest(wrong: str, known: Iterable[str]) -> str:
    """Say which of the known names comes nearest to a wrong one.

    Returns
    -------
    str
        ``did you mean 'income'?``, or a list of what there is, or nothing if nothing is known.

    Examples
    --------
    >>> nearest("colum", ["column", "limit"])
    "did you mean 'column'?"
    >>> nearest("x", ["column", "limit"])
    'there are: column, limit'
    """
    import difflib  # noqa: PLC0415 - only who made a mistake pays for it

    names = sorted({str(name) for name in known})
    close = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    if not names:
        return ""
    shown = ", ".join(names[:_SHOWN_NAMES]) + (", ..." if len(names) > _SHOWN_NAMES else "")
    return f"there are: {shown}"


def _rebuild(
    kind: type[FourstrokeError],
    message: str,
    where: str,
    hint: str,
    more: Mapping[str, Any],
) -> FourstrokeError:
    error = kind(message, where=where, hint=hint)
    for name, value in more.items():
        setattr(error, name, value)
    return error
