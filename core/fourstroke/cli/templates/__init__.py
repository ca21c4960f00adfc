"""Project templates: functions that turn a few answers into the first files of a project.

A distribution offers its own under the entry-point group ``fourstroke.template``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import attrs

from fourstroke.entities.task import TaskKind

Template = Callable[["Answers"], Mapping[str, str]]

_KINDS = '"binary", "multiclass" or "regression"'

_PROJECT = """\
# What this project does, and with what. Every other key has a default:
#   fourstroke config show --origin     prints all values and where each comes from
#   fourstroke plugins list             prints what can stand after `use`
#   fourstroke config schema            prints a JSON Schema for editors

[project]
name = {name}

[task]                              # what is predicted
target = {target}
kind = {kind:<28} # {kinds}
{details}
[data.collect]                      # DATA: where the table comes from
path = {path}{delimiter}

# [[data.prepare]]                  # steps that change it, in this order
# use = "drop"                      # bundled, of a plugin, or your own: "steps.py:DropOutliers"
# columns = ["comment"]

[[model.train]]                     # MODEL: a table each candidate; the best one goes on
name = "boosting"
use = "sklearn"
estimator = {boosting}

[[model.train]]
name = "linear"
use = "sklearn"
estimator = {linear}
params = {linear_params}

# [[development.validate]]          # DEVELOPMENT: what a candidate has to keep; without any such
# use = "threshold"                 # table: be better than a model that ignores all features
# metric = {metric}
# {bound}

[[operations.monitor]]              # OPERATIONS: how scored rows are compared with learnt ones
use = "drift"
"""

_CARD = """\
## Intended use
TODO: who uses the predictions of {target}, and what do they decide by them?

## Out of scope
TODO: for whom, and for what, is this model not made?

## Limits
TODO: what is known to be missing, rare or one-sided in the data?

## Whom to ask
TODO: a person or a team.
"""

_HINT = """\
Put the table here as `{file}`, then say in `fourstroke.toml` which column is the target.
CSV, TSV, JSON lines, Parquet and Excel files are read by their suffix.
"""


@attrs.frozen(kw_only=True)
class Answers:
    """What a template is told.

    Parameters
    ----------
    name : str
        The project's name.
    data : str
        The table, relative to the project; it may not be there yet.
    has_data : bool
        Whether it is there.
    target : str
        The column to predict.
    kind : {"binary", "multiclass", "regression"}
        What the target is.
    positive : str or int or bool, optional
        The class of interest of a binary target.
    id : str
        The column that names a row; empty if there is none.
    delimiter : str
        What stands between two cells; empty for what the file's suffix says.
    """

    name: str
    data: str
    has_data: bool = False
    target: str = "target"
    kind: TaskKind = "binary"
    positive: str | int | bool | None = None
    id: str = ""
    delimiter: str = ""


def tabular(answers: Answers) -> dict[str, str]:
    """Make a project that learns one column of a table from the others.

    Returns
    -------
    dict of str to str
        Relative path and text of each file.
    """
    files = {
        "fourstroke.toml": _project_file(answers),
        "model-card.md": _CARD.format(target=answers.target),
        ".gitignore": ".fourstroke/\n",
    }
    if not answers.has_data:
        files["data/README.md"] = _HINT.format(file=answers.data.rpartition("/")[2])
    return files


def toml_value(value: str | int | bool) -> str:  # noqa: FBT001 - any scalar of TOML
    r"""Write a scalar as TOML.

    Examples
    --------
    >>> print(toml_value('>50K "gross"'), toml_value(True), toml_value(1))
    ">50K \"gross\"" true 1
    """
    # A JSON string is a TOML string, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _project_file(answers: Answers) -> str:
    is_regression = answers.kind == "regression"
    return _PROJECT.format(
        name=toml_value(answers.name),
        target=toml_value(answers.target),
        kind=toml_value(answers.kind),
        kinds=_KINDS,
        details=_details(answers),
        path=toml_value(answers.data),
        delimiter=f"\ndelimiter = {toml_value(answers.delimiter)}" if answers.delimiter else "",
        boosting=toml_value(
            f"HistGradientBoosting{'Regressor' if is_regression else 'Classifier'}"
        ),
        linear=toml_value("Ridge" if is_regression else "LogisticRegression"),
        linear_params="{ alpha = 1.0 }" if is_regression else "{ max_iter = 1000 }",
        metric=toml_value({"binary": "roc_auc", "regression": "r2"}.get(answers.kind, "accuracy")),
        bound="min = 0.5" if is_regression else "min = 0.8",
    )


def _details(answers: Answers) -> str:
    lines = []
    if answers.kind == "binary" and answers.positive is not None:
        lines.append(f"positive = {toml_value(answers.positive)}")
    elif answers.kind == "binary":
        lines.append('# positive = "yes"                  # the class of interest')
    if answers.id:
        lines.append(f"id = {toml_value(answers.id)}")
    else:
        lines.append(
            '# id = "customer"                   # the column that names a row: never a feature'
        )
    lines.append('# sensitive = ["sex"]               # columns by which quality is also reported')
    return "\n".join(lines) + "\n"
