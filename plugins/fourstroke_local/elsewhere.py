"""Score rows in a process of its own, as whoever uses a folder would: with its interpreter, and no project."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

from fourstroke import StepError

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke import Context

OF_EXPORTED: Final = """
import sys
import pandas as pd
from fourstroke import ExportedModel
folder, rows, said = sys.argv[1:]
ExportedModel.open(folder).predict(pd.read_parquet(rows)).to_parquet(said)
"""
_SECONDS: Final = 300
# Libraries that would tell their makers what is done with them.
_SILENT: Final = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


def score(
    script: str, folder: Path, data: Any, context: Context, python: Path | None = None
) -> Any:
    """Let a script score rows with what lies in a folder.

    Parameters
    ----------
    script : str
        Is called with the folder, a Parquet file of the rows, and one to write.
    folder : Path
        What was deployed.
    data : DataFrame
        The rows.
    context : Context
        Lends a folder for the files.
    python : Path, optional
        The interpreter; this one's without it.

    Raises
    ------
    StepError
        With the last line that the script wrote, or how it ended, if there are no predictions.
    """
    import pandas as pd  # noqa: PLC0415 - storage is used without pandas

    if not isinstance(data, pd.DataFrame):
        raise StepError(f"this target scores rows of pandas, not of a {type(data).__name__}")
    rows, said = context.scratch / "rows.parquet", context.scratch / "said.parquet"
    data.to_parquet(rows)
    words = [str(python or sys.executable), "-P", "-c", script, str(folder), str(rows), str(said)]
    try:
        done = subprocess.run(  # noqa: S603 - the project names the interpreter, the rest is ours
            words,
            cwd=context.scratch,
            env={**os.environ, **_SILENT},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StepError(f"it took longer than {_SECONDS} s to score {len(data)} rows") from error
    except OSError as error:
        raise StepError(f"{words[0]} cannot be started: {error.strerror}") from error
    if done.returncode or not said.exists():
        if done.stderr.strip():
            context.log.error("%s", done.stderr)
        raise StepError(f"in the environment of {words[0]}: {_why(done)}")
    return pd.read_parquet(said)


def _why(done: subprocess.CompletedProcess[str]) -> str:
    """Give the last line of what it wrote, or how it ended if it wrote nothing."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    if lines:
        return lines[-1]
    if done.returncode < 0:
        return f"it was ended by {signal.Signals(-done.returncode).name}, and said nothing"
    if done.returncode:
        return f"it ended with {done.returncode}, and said nothing"
    return "it ended with 0, but wrote no predictions: is it an interpreter of Python?"
