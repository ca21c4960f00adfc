"""The reference is what the code says, and every hook has its heading."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import attrs
import pandas as pd
import pytest

import fourstroke
import fourstroke.testing
import fourstroke.typing
from fourstroke import Task
from fourstroke.plugins.specification import hooks
from fourstroke_pandas.expressions import FUNCTIONS, parse
from fourstroke_sklearn.costs import Costs, cost_of
from fourstroke_sklearn.figures import quality
from fourstroke_sklearn.resampled import Uncertainty
from fourstroke_sklearn.scored import scored_rows

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def generate():
    sys.path.insert(0, str(DOCS))  # the script finds its pages beside itself
    specification = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_committed_reference_is_what_the_code_gives():
    # In a process of its own: click and attrs keep on the classes what an earlier test made of them.
    done = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, f"run `python docs/generate.py`: {done.stdout}{done.stderr}"


def test_what_a_project_gives_has_its_heading(generate):
    page = generate.pages()["python.md"]

    missing = [
        name
        for name in (
            *(f"project.runs.{name}" for name in ("list", "search", "compare", "show", "save")),
            *(f"project.models[name].{name}" for name in ("deploy", "rollback", "versions")),
            *(f"project.models[name].champion.{name}" for name in ("predict", "load")),
            *("project.models[name][...]", "project.datasets[...]", "project.datasets[name].load"),
        )
        if f"#### {name}\n" not in page
    ]
    assert not missing


@pytest.mark.parametrize("module", [fourstroke, fourstroke.testing, fourstroke.typing])
def test_every_public_name_is_on_one_page(generate, module):
    page = generate.pages()["python.md"]

    missing = [
        name
        for name in module.__all__
        if not name.startswith("_")
        and not re.search(rf"^(## {name}\n\n\S|\| `{name}` \| \S)", page, re.MULTILINE)
    ]
    assert not missing


def test_signatures_of_hooks_are_those_of_the_code(generate):
    page = generate.pages()["hooks.md"]

    said = dict(re.findall(r"^```python\ndef (\w+)\((.*?)\) ->", page, re.MULTILINE | re.DOTALL))
    wrong = {
        name: (said.get(name), hook.arguments)
        for name, hook in hooks().items()
        if tuple(re.findall(r"(\w+):", said.get(name, ""))) != hook.arguments
    }
    assert not wrong


def test_signatures_are_python(generate):
    page = generate.pages()["python.md"]

    broken = [
        line
        for line in page.splitlines()
        if line.startswith(("Project.", "project.", "Context.")) and "(" in line
        if not _compiles(f"def {re.sub(r'^[^(]+', 'call', line)}: ...")
    ]
    assert not broken


def _compiles(source):
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def test_every_field_of_the_interface_is_told(generate):
    page = generate.pages()["python.md"]

    silent = [
        f"{name}.{field.name}"
        for name in fourstroke.__all__
        if attrs.has(value := getattr(fourstroke, name))
        for field in attrs.fields(value)
        if not field.name.startswith("_")
        and f"| `{field.name}` |" not in page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    ]
    assert not silent


def test_every_field_of_the_interface_says_what_it_means(generate):
    page = generate.pages()["python.md"]

    silent = re.findall(r"^\| `(\w+)` \|.*\| \|$", page, re.MULTILINE)
    assert not silent


def test_every_key_of_the_project_file_says_what_it_may_be(generate):
    page = generate.pages()["project-file.md"]

    vague = [
        line for line in page.splitlines() if re.match(r"\| `[^|]+ \| (any|object)? ?\|", line)
    ]
    assert not vague


def test_choices_and_defaults_of_the_project_file_are_told(generate):
    page = generate.pages()["project-file.md"]

    assert '| `task.kind` | one of binary, multiclass, regression | `"binary"` |' in page


def test_every_setting_of_a_bundled_plugin_says_what_it_means(generate):
    page = generate.pages()["plugins.md"].partition("## Keys of every step")[0]

    silent = [line for line in page.splitlines() if re.match(r"\| `.*\| \|$", line)]
    assert not silent


def test_examples_of_expressions_are_expressions(generate):
    example = re.search(r"```toml\n(.*?)```", generate.pages()["plugins.md"], re.DOTALL)[1]

    filtering, deriving = tomllib.loads(example)["data"]["prepare"]
    for text in (filtering["where"], *deriving["columns"].values()):
        parse(text)


def test_functions_are_called_as_their_table_says():
    for function in FUNCTIONS.values():
        call = function.call.replace("...", "z")
        assert parse(call)


@pytest.mark.parametrize(
    ("kind", "labels"),
    [("binary", ["a", "b"]), ("multiclass", ["a", "b", "c"]), ("regression", [1.0, 2.0, 4.0])],
)
def test_metrics_of_the_table_are_those_that_are_measured(generate, kind, labels):
    table = sys.modules["plugins_page"]
    truth = pd.DataFrame({"y": labels * 10})
    said = pd.DataFrame({"prediction": truth["y"]})
    for label in labels if kind != "regression" else ():
        said[f"probability_{label}"] = (truth["y"] == label).astype(float)
    task = Task(target="y", kind=kind, positive="b" if kind == "binary" else None)

    rows, how = scored_rows(truth, said, task), Uncertainty(confidence=0.9, resamples=9, seed=0)
    found = (*quality(rows, how), *cost_of(rows, Costs(false_negative=2.0), how))

    assert {metric.name: metric.higher_is_better for metric in found} == {
        name: name not in table.LOWER_IS_BETTER for name in table.METRICS[kind]
    }


def test_every_hook_says_when_it_is_called_and_since_when(generate):
    silent = [
        name
        for _, specification in generate.SPECIFICATIONS
        for name, hook in vars(specification).items()
        if not name.startswith("_") and callable(hook)
        if "Since " not in (hook.__doc__ or "")
        or not any(word in hook.__doc__ for word in ("Called", "called"))
    ]

    assert not silent
