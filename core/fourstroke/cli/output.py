"""Where the command line writes: results to stdout, everything else to stderr, nothing unescaped.

Every text passes :func:`fourstroke.errors.printable`, so that a name from outside cannot steer a
terminal. A reader that goes away (``| head``) silences the stream; it never stops a run.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

import attrs

from fourstroke.cli.table import layout
from fourstroke.errors import FourstrokeError, printable
from fourstroke.plain_json import plain

Part = str | tuple[str, str]

# Longer lines are hard to read.
_PAGE = 100
_COLOURS = {"good": "32", "bad": "31", "doubt": "33", "dim": "2", "strong": "1"}

if TYPE_CHECKING:
    from fourstroke.records.rows import RunRow


@attrs.define(kw_only=True, eq=False)
class Output:
    """The two streams of one call of the command line.

    Parameters
    ----------
    stdout, stderr : text streams
        Results go to the first; warnings, errors and progress that is no result to the second.
    """

    stdout: TextIO
    stderr: TextIO

    @classmethod
    def standard(cls) -> Output:
        """Take the streams of the process, which from now on escape what they cannot encode.

        Python has none for a stream that the caller closed (``>&-``): it is swallowed then.
        """
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")
        return cls(stdout=sys.stdout or _swallowed(), stderr=sys.stderr or _swallowed())

    @property
    def is_terminal(self) -> bool:
        """Whether a person is likely to look on."""
        return self.stdout.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def has_colour(self) -> bool:
        """Whether to colour: a terminal is, unless ``NO_COLOR`` or ``FORCE_COLOR`` is set."""
        return _has_colour(self.stdout)

    @property
    def width(self) -> int | None:
        """The columns of the terminal; ``None`` in a pipe, where lines may be of any length."""
        return shutil.get_terminal_size().columns if self.stdout.isatty() else None

    @property
    def has_unicode(self) -> bool:
        """Whether the stream can show marks and ellipses."""
        try:
            "✓…".encode(self.stdout.encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def line(self, *parts: Part) -> None:
        """Write one line of a result, of plain texts and of (text, colour) pairs."""
        self._write(self.stdout, _joined(parts, coloured=self.has_colour) + "\n")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write a table that fits the terminal."""
        head, *body = layout(columns, rows, width=self.width)
        self.line((head, "strong"))
        for text in body:
            self.line(text)

    def paragraph(self, text: str) -> None:
        """Write sentences, wrapped to the terminal."""
        for line in textwrap.wrap(printable(text), min(self.width or _PAGE, _PAGE)):
            self.line(line)

    def facts(self, pairs: Mapping[str, object]) -> None:
        """Write names and values, one a line; values that are empty are left out."""
        shown = {name: str(value) for name, value in pairs.items() if value not in (None, "", ())}
        longest = max(map(len, shown), default=0)
        for name, value in shown.items():
            self.line((name.ljust(longest), "dim"), f"  {value}")

    def json(self, value: object) -> None:
        """Write one JSON document, in ASCII so that no terminal and no encoding can spoil it."""
        import json  # noqa: PLC0415 - most calls write for people

        self._write(self.stdout, json.dumps(plain(value), indent=2, allow_nan=False) + "\n")

    def text(self, text: str) -> None:
        """Write text of fourstroke's own, line by line as it is: a help page, a shell script."""
        self._write(self.stdout, text if text.endswith("\n") else f"{text}\n")

    def warn(self, text: str) -> None:
        """Tell something that should be known."""
        self._complain("warning", "doubt", text)

    def note(self, text: str) -> None:
        """Tell what a step said: often harmless, sometimes not."""
        self._complain("note", "dim", text)

    def error(self, text: str) -> None:
        """Tell what went wrong; a line each."""
        for line in text.splitlines() or [""]:
            self._complain("error", "bad", line)

    def fault(self, error: FourstrokeError, *, debug: bool = False) -> None:
        """Tell an error, and below it where in the user's own code it arose.

        Parameters
        ----------
        error : FourstrokeError
            It may stand for several: those that arose at one place have it shown once.
        debug : bool
            Whether to show the whole traceback instead.
        """
        several = error.several
        above: tuple[str, ...] = ()
        for each in several:
            self.error(each.line)
            if debug and each.trace:
                self.trace(each.trace)
            elif each.frames != above:
                self.trace("\n".join(each.frames))
            above = each.frames
        # What says that there are more of them.
        for line in str(error).splitlines()[len(several) :]:
            self.error(line)

    def trace(self, text: str) -> None:
        """Write a traceback."""
        for line in text.splitlines():
            self._write(self.stderr, printable(line) + "\n")

    def flush(self) -> None:
        """Bring everything out; afterwards the interpreter finds nothing left that could fail."""
        for stream in (self.stdout, self.stderr):
            try:
                stream.flush()
            except BrokenPipeError:
                _silence(stream)

    def _complain(self, word: str, colour: str, text: str) -> None:
        self.flush()
        head = _painted(f"{word}:", colour) if _has_colour(self.stderr) else f"{word}:"
        self._write(self.stderr, f"{head} {printable(text)}\n")

    def _write(self, stream: TextIO, text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            _silence(stream)


def took(run: RunRow) -> str:
    """Tell how long a run took; nothing while it runs."""
    return "" if run.finished is None else seconds((run.finished - run.started).total_seconds())


def seconds(value: float) -> str:
    """Tell a duration for people.

    Examples
    --------
    >>> seconds(0.307), seconds(75.2), seconds(7325)
    ('0.31 s', '1 min 15 s', '2 h 2 min')
    """
    if value < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{value:.2f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def size(size_bytes: float) -> str:
    """Tell a size for people.

    Examples
    --------
    >>> size(512), size(2_500_000)
    ('512 B', '2.5 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:  # noqa: PLR2004 - decimal units
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"


def moment(value: dt.datetime | None) -> str:
    """Tell a time for people, in UTC.

    Examples
    --------
    >>> moment(dt.datetime(2026, 11, 23, 15, 1, 9, tzinfo=dt.UTC))
    '2026-11-23 15:01:09'
    """
    if value is None:
        return ""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _joined(parts: Sequence[Part], *, coloured: bool) -> str:
    texts = []
    for part in parts:
        text, colour = (part, "") if isinstance(part, str) else part
        clean = printable(text)
        texts.append(_painted(clean, colour) if coloured and colour else clean)
    return "".join(texts).rstrip()


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def _has_colour(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _swallowed() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - as long as the process


def _silence(stream: TextIO) -> None:
    """Let a stream without a reader swallow the rest, also what is still buffered at exit."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, number)
    os.close(devnull)
