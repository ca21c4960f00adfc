"""Settings of the project file become fields of a plugin, strictly."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NewType

import attrs
import pytest
from plugins_samples import build_step

from fourstroke import DataError, FourstrokeError, plugin
from fourstroke.plugins.structure import structure_settings

Rows = NewType("Rows", int)


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


@attrs.frozen(kw_only=True)
class Bounds:
    low: float = 0.0
    high: float


def made(kind: Any, value: Any, root: Path = Path("/project")) -> Any:
    """Build a plugin with one setting and give its value."""
    cls = attrs.make_class("Own", {"it": attrs.field(type=kind)}, frozen=True, eq=False)
    return structure_settings(cls, {"it": value}, where="data.prepare[0]", root=root).it


NOW = dt.datetime(2026, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (str, "x", "x"),
        (int, 3, 3),
        (float, 1.5, 1.5),
        (bool, False, False),
        (Any, {"a": [1]}, {"a": [1]}),
        (int | None, 3, 3),
        (int | str, "3", "3"),
        (float | int, 3, 3),
        (Literal["a", 1], 1, 1),
        (Level, "high", Level.HIGH),
        (Rows, 5, 5),
        (Annotated[int, "rows"], 5, 5),
        (tuple[str, ...], ["a", "b"], ("a", "b")),
        (tuple[int, str], [1, "a"], (1, "a")),
        (list[int], [1], [1]),
        (Sequence[int], [1], (1,)),
        (frozenset[str], ["a", "a"], frozenset("a")),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (Mapping[str, Bounds], {"a": {"high": 2}}, {"a": Bounds(high=2.0)}),
        (Bounds | None, {"high": 2}, Bounds(high=2.0)),
        (dt.datetime, NOW, NOW),
        (dt.date, NOW.date(), NOW.date()),
        (Path, "models/a", Path("/project/models/a")),
        (tuple[Path, ...], ["a"], (Path("/project/a"),)),
    ],
    ids=str,
)
def test_value_of_the_declared_type_is_taken(kind: Any, value: Any, expected: Any):
    found = made(kind, value)

    assert found == expected
    assert type(found) is type(expected)


def test_whole_number_is_a_number_too():
    assert type(made(float, 2)) is float


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        (bool, "no", "expected true or false, got 'no'"),
        (bool, 1, "expected true or false, got 1"),
        (int, 1.9, "expected a whole number, got 1.9"),
        (int, 1.0, "expected a whole number, got 1.0"),
        (int, "1", "expected a whole number, got '1'"),
        (int, True, "expected a whole number, got True"),
        (float, True, "expected a number, got True"),
        (float, "1.5", "expected a number, got '1.5'"),
        (float, float("nan"), "expected a finite number, got nan"),
        (Any, {"a": [float("inf")]}, r"it.a\[0\]: expected a finite number, got inf"),
        (str, 5, "expected text, got 5"),
        (str, ["a"], r"expected text, got \['a'\]"),
        (tuple[str, ...], "abc", "expected a list of texts, got 'abc'"),
        (tuple[str, ...], ["a", 1], r"it\[1\]: expected text, got 1"),
        (tuple[int, str], [1], "expected a list of a whole number, text, got"),
        (dict[str, int], [1], r"expected a table, got \[1\]"),
        (dict[str, int], {"a": "1"}, "it.a: expected a whole number, got '1'"),
        (Literal["low", "high"], "hihg", r"expected one of 'low', 'high', got 'hihg' \(did you"),
        (Literal[1], True, "expected one of 1, got True"),
        (Level, "middle", "expected one of 'low', 'high', got 'middle'"),
        (int | bool, "x", "expected a whole number or true or false, got 'x'"),
        (int | None, "x", "expected a whole number, got 'x'"),
        (Bounds, {"hihg": 1}, "it.hihg: there is no such setting"),
        (Bounds, {"low": 1}, "it.high: it is missing: expected a number"),
        (Bounds, 5, "expected a table, got 5"),
        (Path, 5, "expected a path, got 5"),
        (dt.date, NOW, "expected a date, got datetime"),
        (frozenset[Any], [{}], "expected a list, got"),
        (complex, 1, "a project file cannot say complex"),
    ],
    ids=str,
)
def test_value_of_another_type_is_an_error_that_names_the_path(kind: Any, value: Any, says: str):
    with pytest.raises(FourstrokeError, match=says) as caught:
        made(kind, value)

    assert str(caught.value).startswith("data.prepare[0].it")


def test_all_faults_of_a_table_are_told_at_once():
    @plugin
    class Own:
        column: str
        limit: float = 1.0

    with pytest.raises(FourstrokeError) as caught:
        structure_settings(Own, {"colum": "a", "limit": "x"}, where="t", root=Path())

    assert str(caught.value).splitlines() == [
        "t.colum: there is no such setting (did you mean 'column'?)",
        "t.column: it is missing: expected text",
        "t.limit: expected a number, got 'x'",
    ]


def test_path_in_a_default_lies_below_the_project():
    @plugin
    class Own:
        folder: Path = Path("models")
        files: list[Path] = attrs.field(factory=lambda: [Path("a")])

    own = structure_settings(Own, {}, where="t", root=Path("/project"))

    assert (own.folder, own.files) == (Path("/project/models"), [Path("/project/a")])


def _is_share(own: object, field: object, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"limit is {value}, and has to lie between 0 and 1")


def _fails(own: object, field: object, value: float) -> None:
    raise {1.0: LookupError("no such thing"), 2.0: DataError("no such column")}[value]


@pytest.mark.parametrize(
    ("validator", "value", "says"),
    [
        (_is_share, 5, r"^t: limit is 5.0, and has to lie between 0 and 1$"),
        (attrs.validators.ge(10), 5, r"^t.limit: expected >= 10, got 5.0$"),
        (attrs.validators.in_([1.0]), 5, r"^t.limit: 'limit' must be in \[1.0\]"),
        (_fails, 1, "^t: LookupError: no such thing$"),
        (_fails, 2, "^t: no such column$"),
    ],
)
def test_validator_that_says_no_is_one_line(validator: Any, value: float, says: str):
    cls = attrs.make_class("Own", {"limit": attrs.field(type=float, validator=validator)})

    with pytest.raises(FourstrokeError, match=says):
        structure_settings(cls, {"limit": value}, where="t", root=Path())


def test_type_that_only_checkers_know_spoils_no_other(tmp_path: Path):
    steps = """
    from __future__ import annotations
    from typing import TYPE_CHECKING
    import attrs
    from fourstroke import hookimpl, plugin
    if TYPE_CHECKING:
        import pandas as pd

    @plugin
    class Own:
        limit: int
        frame: pd.DataFrame | None = None

        @hookimpl
        def prepare(self, data):
            return data
    """

    assert build_step(tmp_path, "steps.py:Own", steps, toml="limit = 3").instance.limit == 3
    with pytest.raises(FourstrokeError, match=r"limit: expected a whole number, got 1.9"):
        build_step(tmp_path, "steps.py:Own", steps, toml="limit = 1.9")
    with pytest.raises(FourstrokeError, match=r"frame: a project file cannot say pd.DataFrame"):
        build_step(tmp_path, "steps.py:Own", steps, toml="limit = 1\nframe = 3")


def test_message_never_shows_the_value_of_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OWN_TOKEN", "sesame-open")
    steps = "def own(data, port: int, host: int = 1):\n    return data\n"

    with pytest.raises(FourstrokeError, match="expected a whole number") as caught:
        build_step(
            tmp_path, "steps.py:own", steps, toml='port = "${OWN_TOKEN}"\nhost = "${OWN_TOKEN}"'
        )

    assert "sesame-open" not in str(caught.value)
    assert str(caught.value).count("${OWN_TOKEN}") == 2
