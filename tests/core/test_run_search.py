"""The search for runs says what a filter written by hand says, in both databases."""

from __future__ import annotations

import datetime as dt
import fnmatch
import math
import operator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_sample import begin

from fourstroke import UsageError
from fourstroke.artifacts.artifact import Artifact, File
from fourstroke.context import MetricPoint
from fourstroke.records import search
from fourstroke.records.search.tree import AllOf, AnyOf, Comparison, Field, Not, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke.records import Records
    from fourstroke.records.rows import RunRow

pytestmark = pytest.mark.usefixtures("in_one_process")

METRICS = (0.5, 0.8, 0.81, -1.0, math.nan, None)
PARAMS: tuple[Any, ...] = (1, 1.0, 0.25, "1", "lbfgs", True, None, [1, 2])
TAGS = ("risk", "Risk", "a b", None)
USERS = ("ana", "Bob", "céline")


@pytest.fixture
def known(records: Records) -> tuple[Records, list[tuple[RunRow, dict[str, float]]]]:
    """Record 24 runs of all sorts, and give them with their metrics."""
    for number in range(24):
        param, value = PARAMS[number % len(PARAMS)], METRICS[number % len(METRICS)]
        writer = begin(
            records,
            user=USERS[number % 3],
            command=f"fourstroke run --set a={number % 2}",
            seed=number % 5,
            settings={"split": {"test": param}} if param is not None else {},
        )
        if value is not None:
            writer.log_metrics(None, [MetricPoint(name="auc", value=value, step=0)])
        if number % 4:
            publish(writer, number % 4)
        if number % 5 == 0:
            writer.finish("failed", "disk full")
        else:
            writer.finish("succeeded")
        tag = TAGS[number % len(TAGS)]
        if tag is not None:
            records.tag(writer.run, {"team": tag})
    rows = records.search(search.parse(""))
    metrics = records.latest_metrics([row.run for row in rows])
    return records, [(row, metrics.get(row.run, {})) for row in rows]


def publish(writer: Any, content: int) -> None:
    digest = "blake3:" + f"{content:x}" * 64
    artifact = Artifact.of("json", [File("value.json", digest, 1)])
    writer.publish_dataset("adult", artifact, 3, ("a",), "")


# By hand


def holds(term: Any, row: RunRow, metrics: dict[str, float]) -> bool:
    if isinstance(term, Not):
        return not holds(term.part, row, metrics)
    if isinstance(term, AllOf):
        return all(holds(part, row, metrics) for part in term.parts)
    if isinstance(term, AnyOf):
        return any(holds(part, row, metrics) for part in term.parts)
    return compared(term, row, metrics)


def compared(term: Comparison, row: RunRow, metrics: dict[str, float]) -> bool:
    name, values = term.field.name, [value.text for value in term.values]
    if term.field.family == "metrics":
        found = metrics.get(name)
        return found is not None and not math.isnan(found) and by_number(term, found, values)
    if term.field.family == "params":
        if "split" not in row.settings or name != "split.test":
            return False
        return by_param(term, row.settings["split"]["test"])
    if term.field.family == "tags":
        return name in row.tags and by_text(term, row.tags[name], values)
    if term.field.family == "data":
        is_it = any(data in (each, each.split("@")[0]) for each in row.data for data in values)
        return is_it if term.operator != "!=" else not is_it
    if name == "seed":
        return by_number(term, row.seed, values)
    return by_text(term, str(getattr(row, name)), values)


def by_param(term: Comparison, found: Any) -> bool:
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if term.operator in {">", ">=", "<", "<="}:
        return is_number and by_number(term, found, [value.text for value in term.values])
    texts = {True: "true"}.get(found, str(found)) if isinstance(found, bool) else str(found)
    text = {"[1, 2]": "[1,2]"}.get(texts, texts)
    is_it = any(
        value.text == text or (is_number and value.number is not None and value.number == found)
        for value in term.values
    )
    return not is_it if term.operator == "!=" else is_it


def by_number(term: Comparison, found: float, values: list[str]) -> bool:
    if term.operator == "in":
        return found in [float(value) for value in values]
    return bool(OPERATORS[term.operator](found, float(values[0])))


def by_text(term: Comparison, found: str, values: list[str]) -> bool:
    if term.operator == "in":
        return found in values
    if term.operator == "like":
        return fnmatch.fnmatchcase(found.lower(), values[0].lower().replace("%", "*"))
    return bool(OPERATORS[term.operator](found, values[0]))


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


# Searches

NUMBERS = st.sampled_from(["0.5", "0.8", "1", "-1", "2"]).map(Value)
ORDERED = st.sampled_from(["=", "!=", ">", ">=", "<", "<="])


def one(field: Field, operators: Any, values: Any) -> Any:
    alone = st.builds(lambda op, value: Comparison(field, op, (value,)), operators, values)
    several = st.builds(
        lambda many: Comparison(field, "in", tuple(many)), st.lists(values, min_size=1, max_size=3)
    )
    return alone | several


COMPARISONS = st.one_of(
    one(Field("metrics", "auc"), ORDERED, NUMBERS),
    one(Field("metrics", "none"), ORDERED, NUMBERS),
    one(Field("run", "seed"), ORDERED, NUMBERS),
    one(Field("params", "split.test"), ORDERED, NUMBERS),
    one(
        Field("params", "split.test"),
        st.sampled_from(["=", "!="]),
        st.sampled_from(["lbfgs", "true", "1", "[1,2]"]).map(Value),
    ),
    one(
        Field("tags", "team"),
        st.sampled_from(["=", "!=", "like"]),
        st.sampled_from(["risk", "a b", "r%", "%K"]).map(Value),
    ),
    one(
        Field("run", "user"),
        st.sampled_from(["=", "!=", "like"]),
        st.sampled_from(["ana", "bob", "b%", "céline"]).map(Value),
    ),
    one(
        Field("data"),
        st.sampled_from(["=", "!="]),
        st.sampled_from(["adult", "adult@v1", "adult@v3", "other"]).map(Value),
    ),
    one(
        Field("run", "state"),
        st.sampled_from(["=", "!="]),
        st.sampled_from(["failed", "succeeded", "lost"]).map(Value),
    ),
)
TERMS = st.recursive(
    COMPARISONS,
    lambda terms: st.one_of(
        terms.map(Not),
        st.lists(terms, min_size=2, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(terms, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=5,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(term=TERMS)
def test_search_agrees_with_a_filter_by_hand(known, term):
    records, rows = known

    found = [row.run for row in records.search(term)]

    assert found == [row.run for row, metrics in rows if holds(term, row, metrics)]


@settings(max_examples=200, deadline=None)
@given(term=TERMS)
def test_a_search_that_is_written_down_reads_as_the_same(term):
    assert flat(search.parse(written(term))) == flat(term)


def written(term: Any) -> str:
    if isinstance(term, Not):
        return f"not ({written(term.part)})"
    if isinstance(term, AllOf | AnyOf):
        joint = " and " if isinstance(term, AllOf) else " or "
        return joint.join(f"({written(part)})" for part in term.parts)
    values = [
        f"'{each.text}'" if " " in each.text or "," in each.text else each.text
        for each in term.values
    ]
    if term.operator == "in":
        return f"{term.field} in ({', '.join(values)})"
    return f"{term.field} {term.operator} {values[0]}"


def flat(term: Any) -> Any:
    """Leave out whether a value stood in quotes."""
    if isinstance(term, Not):
        return ("not", flat(term.part))
    if isinstance(term, AllOf | AnyOf):
        return (type(term).__name__, [flat(part) for part in term.parts])
    return (str(term.field), term.operator, [each.text for each in term.values])


def test_runs_are_sorted_with_those_without_a_value_last(known):
    records, rows = known

    found = records.search(search.parse(""), search.parse_order("metrics.auc"))

    by_run = {row.run: metrics for row, metrics in rows}
    values = [by_run[each.run].get("auc") for each in found]
    numbers = [value for value in values if value is not None and not math.isnan(value)]
    assert numbers == sorted(numbers, reverse=True)
    assert all(value is None or math.isnan(value) for value in values[len(numbers) :])


def test_a_day_is_the_whole_day(known):
    records, rows = known
    today = dt.datetime.now(dt.UTC).date()

    assert len(records.search(search.parse(f"started = {today}"))) == len(rows)
    assert not records.search(search.parse(f"started < {today}"))


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("metrics.auc >", 14, "expected a value"),
        ("metrics.auc > high", 15, "'high' is no number"),
        ("metric.auc > 1", 1, "did you mean 'metrics.auc'?"),
        ("stat = failed", 1, "did you mean 'state'?"),
        ("state = faild", 9, "did you mean 'failed'?"),
        ("state > failed", 7, "cannot be compared by '>'"),
        ("started > yesterday", 11, "is no time"),
        ("(state = failed", 16, "expected ')'"),
        ("state = 'failed", 9, "the quote is not closed"),
        ("state = failed state = lost", 16, "expected 'and', 'or' or the end"),
        ("seed in ()", 10, "expected a value"),
        ("metrics.auc", 12, "expected an operator"),
        ("not " * 60 + "seed = 1", 205, "nested deeper"),
    ],
)
def test_fault_names_its_column(text, column, told):
    with pytest.raises(UsageError) as found:
        search.parse(text)

    assert told in str(found.value)
    if column != 1 or "column 1 " in str(found.value):
        assert f"column {column} of the search" in str(found.value)


def test_words_alone_are_looked_for_as_they_stand(known):
    records, _ = known

    assert len(records.search(search.parse("fourstroke run"))) == 24
    assert not records.search(search.parse("run fourstroke"))


def test_quotes_and_signs_are_text_and_no_sql(known):
    records, _ = known

    found = records.search(search.parse('tags.team = "x\' or 1=1 --"'))

    assert not found


def test_tag_is_changed_and_taken_away(known):
    records, rows = known
    run = rows[0][0].run

    records.tag(run, {"team": "b", "why": "x=y"})
    records.tag(run, {"team": ""})

    assert records.run(run).tags == {"why": "x=y"}


@pytest.mark.parametrize("name", ["", "1a", "a b", "a" * 101])
def test_tag_that_nobody_could_search_for_is_refused(known, name):
    records, rows = known

    with pytest.raises(UsageError, match="no name for a tag"):
        records.tag(rows[0][0].run, {name: "x"})
