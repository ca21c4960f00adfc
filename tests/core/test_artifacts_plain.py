"""Values become canonical JSON, and come back equal."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourstroke import Chart, Check, Evaluation, Metric, Series, Slice, StepError, StoreError
from fourstroke.artifacts.codecs import JsonCodec
from fourstroke.artifacts.digest import canonical_json, digest_bytes, digest_file, digest_json
from fourstroke.artifacts.plain import from_plain, to_plain

if TYPE_CHECKING:
    from pathlib import Path

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.datetimes().map(lambda moment: moment.replace(fold=0))  # ISO 8601 has no fold
    | st.dates()
)
names = st.text(max_size=8) | st.sampled_from(["$tuple", "$dict", "$Check", "$"])
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=20,
)

EVALUATION = Evaluation(
    metrics=(Metric(name="roc_auc", value=0.9, low=0.8, high=0.95, rows=120, method="delong"),),
    slices=(Slice(column="sex", value="f", metric=Metric(name="roc_auc", value=None, why="no")),),
    charts=(Chart(title="ROC", kind="lines", series=(Series(name="m", x=(0.0, 1.0), y=(0, 1)),)),),
)


def encoded(value: object, folder: Path) -> bytes:
    JsonCodec().encode(value, folder)
    return (folder / "value.json").read_bytes()


@given(values)
def test_plain_value_comes_back_equal_and_of_the_same_kinds(value):
    back = from_plain(to_plain(value))

    assert back == value
    assert repr(back) == repr(value)


@given(st.dictionaries(st.text(max_size=5), scalars, max_size=5))
def test_equal_mappings_give_equal_bytes_in_any_order(value):
    turned = dict(reversed(value.items()))

    assert canonical_json(turned) == canonical_json(value)


def test_entities_come_back_equal_from_a_file(tmp_path: Path):
    value = (EVALUATION, {"checks": [Check(name="a", status="fail", rows=(1, 2))]})

    JsonCodec().encode(value, tmp_path)

    assert JsonCodec().decode(tmp_path) == value


def test_numbers_of_numpy_are_kept_as_numbers():
    value = {"a": np.int64(3), "b": np.float32(0.5), "c": np.bool_(True), "d": np.str_("x")}

    assert canonical_json(value) == b'{"a":3,"b":0.5,"c":true,"d":"x"}'


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param({"a": [1, math.nan]}, "value.a[1] is nan", id="nan"),
        pytest.param(Metric(name="x", value=math.inf), "value.value is inf", id="infinite-field"),
        pytest.param({1: "x"}, "the key 1", id="number-as-key"),
        pytest.param([{"a": {2}}], "value[0].a is a builtins.set", id="set"),
        pytest.param([b"x"], "builtins.bytes", id="bytes"),
        pytest.param([pd.NaT], "NaTType", id="not-a-time"),
        pytest.param([pd.Timestamp("2020-01-01")], "Timestamp", id="timestamp"),
        pytest.param(NamedTuple("P", [("x", int)])(1), "cannot be kept", id="named-tuple"),
        pytest.param(["\ud800"], "not valid Unicode", id="lone-surrogate"),
        pytest.param([lambda: 1], "function", id="function"),
    ],
)
def test_what_would_not_come_back_is_refused_with_its_place(value, says):
    with pytest.raises(StepError) as caught:
        canonical_json(value)

    assert says in str(caught.value)


def test_value_that_holds_itself_is_refused():
    value: list[object] = []
    value.append(value)

    with pytest.raises(StepError, match="nested too deeply"):
        canonical_json(value)


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param({"$Popen": {"args": "true"}}, id="no-entity"),
        pytest.param({"$Path": {}}, id="class-that-an-entity-module-imports"),
        pytest.param({"$Check": {"name": "a", "status": "pass", "added_later": 1}}, id="new-field"),
        pytest.param({"$Check": {}}, id="missing-field"),
        pytest.param({"$Check": 3}, id="no-fields"),
        pytest.param({"$datetime": "yesterday"}, id="no-time"),
        pytest.param({"$tuple": 3}, id="no-items"),
    ],
)
def test_file_cannot_name_what_is_made_of_it(plain):
    with pytest.raises(StoreError):
        from_plain(plain)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_stored_file_that_is_no_json_is_an_error_of_the_store(tmp_path: Path, content: bytes):
    (tmp_path / "value.json").write_bytes(content)

    with pytest.raises(StoreError):
        JsonCodec().decode(tmp_path)


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), date(2026, 1, 2), time(3, 4, 5)],
)
def test_times_come_back(moment):
    assert from_plain(to_plain(moment)) == moment


def test_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path):
    content = bytes(range(256)) * 20_000
    path = tmp_path / "big"
    path.write_bytes(content)

    assert digest_file(path) == digest_bytes(content)


def test_digest_of_the_empty_input_is_the_published_one():
    # The BLAKE3 team's test vectors, input length 0.
    assert digest_bytes(b"").removeprefix("blake3:").startswith("af1349b9f5f9a1a6a0404dea36dcc949")


def test_values_that_differ_in_kind_only_have_different_digests():
    digests = {digest_json(value) for value in ((1,), [1], ["1"], {"a": 1}, True, 1, 1.5, None)}

    assert len(digests) == 8
