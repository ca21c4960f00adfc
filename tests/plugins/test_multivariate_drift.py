"""Multivariate drift: what no column shows by itself, the promised rate, and odd tables."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
import pytest
from drifting import alerts, context_of, going_together, kept, table, window_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from fourstroke import PluginError, Task
from fourstroke_drift import Drift, MultivariateDrift
from fourstroke_drift.domain import Auc
from fourstroke_drift.kept import Drawing, KeptRows

WHOLE = ("multivariate_drift", "")


def look(monitor, reference, *parts, context=None):
    return monitor.monitor(window_of(*parts), reference, context or context_of())


def named(seen):
    return [each.column for each in seen if each.statistic == "lost_auc"]


# What is found


def test_columns_that_go_together_are_seen_though_each_is_as_before():
    generator = np.random.default_rng(1)
    data = table(generator, 3000, 10)
    moved = going_together(table(generator, 1000, 10))

    seen = look(MultivariateDrift(), kept(MultivariateDrift(), data), moved)
    alone = look(Drift(), kept(Drift(), data), moved)

    assert alerts(seen) == {WHOLE}
    assert set(named(seen)) == {"n0", "n3"}
    assert not alerts(alone)


def test_column_that_moved_is_named_in_words():
    generator = np.random.default_rng(2)
    reference = kept(MultivariateDrift(), table(generator, 3000, 10))
    moved = table(generator, 500, 10).assign(c4="e")

    [whole, *columns] = look(MultivariateDrift(), reference, moved)

    assert whole.status == "alert"
    assert whole.value > 0.9
    assert whole.threshold == pytest.approx(0.55, abs=0.02)
    assert "tells these rows from those of the reference by c4 (0." in whole.why
    assert "500 rows beside 2,000" in whole.why
    assert [each.column for each in columns] == ["c4"]


@pytest.mark.parametrize(("rows", "windows"), [(60, 10), (300, 10)])
def test_usual_windows_are_quiet_also_where_every_effect_matters(rows, windows):
    """Hard columns among them: rare names, and one name a row in twenty."""
    generator = np.random.default_rng(rows)
    monitor = MultivariateDrift(effect=0.5, sample=500)
    loud = 0
    for number in range(windows):
        if number % 5 == 0:
            reference = kept(monitor, rare(generator, table(generator, 1500, 5)))
        loud += bool(alerts(look(monitor, reference, rare(generator, table(generator, rows, 5)))))

    # One in a hundred is promised: 3 or more of 10 windows have a probability of 0.01 %.
    assert loud <= 2


def rare(generator, data):
    """Add names of which most are seen once or a few times."""
    return data.assign(
        street=[f"street {n}" for n in generator.integers(0, 400, len(data))],
        shop=[f"shop {n}" for n in generator.zipf(1.6, len(data)).clip(0, 500)],
    )


def test_error_of_the_auc_is_the_spread_over_all_orders():
    generator = np.random.default_rng(3)
    scores = generator.integers(0, 6, 60).astype(float)
    is_second = np.arange(60) < 15

    found = [Auc.of(scores, generator.permutation(is_second)) for _ in range(1500)]
    auc = Auc.of(scores, is_second)

    values = np.array([each.value for each in found])
    assert auc.value == pytest.approx(roc_auc_score(is_second, scores))
    assert auc.error == pytest.approx(values.std(), rel=0.08)
    assert values.mean() == pytest.approx(0.5, abs=0.01)


def test_mean_of_folds_is_no_surer_than_a_fold():
    fold = Auc(value=0.6, error=0.03)

    found = Auc.mean([fold, attrs.evolve(fold, value=0.5)])

    assert (found.value, found.error) == (pytest.approx(0.55), pytest.approx(0.03))


# What is kept


def test_reference_keeps_coarse_cells_of_some_rows_and_nothing_of_texts():
    generator = np.random.default_rng(4)
    data = table(generator, 3000, 5).assign(
        note=[f"said {number}" for number in range(3000)],
        when=pd.Timestamp("2026-01-01"),
        secret=None,
        y=1,
    )

    reference = kept(MultivariateDrift(sample=500), data)

    found = KeptRows.from_json(reference)
    kinds = {name: one["kind"] for name, one in reference["columns"].items()}
    assert found.rows == 500
    assert kinds == dict.fromkeys(["n0", "n1", "n2", "n3"], "number") | {
        "c4": "category",
        "note": "presence",
        "when": "presence",
        "secret": "presence",
    }
    assert "said" not in str(reference)
    assert all(len(np.unique(found.cells[name])) <= 31 for name in ("n0", "n1", "n3"))
    assert set(found.cells["c4"]) == set("abcde")


def test_reference_of_another_form_is_told():
    with pytest.raises(PluginError, match="a form that this plugin does not know"):
        look(MultivariateDrift(), {"rows": 3, "columns": {"a": {"kind": "picture"}}})


@given(
    cuts=st.lists(st.integers(0, 3000), max_size=6),
    most=st.integers(1, 400),
    seed=st.integers(-3, 5),
)
@settings(max_examples=40, deadline=None)
def test_same_rows_are_drawn_however_they_come(cuts, most, seed):
    whole = pd.DataFrame({"n": np.arange(3000) % 7, "c": [f"v{n % 9}" for n in range(3000)]})
    columns = KeptRows.of(whole, kept_profiles(whole), most=10, seed=0).columns
    parts = [
        whole.iloc[a:b] for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 3000], strict=True)
    ]

    once, several = (
        Drawing.of(window_of(*some), columns, most=most, seed=seed) for some in ([whole], parts)
    )

    assert once.rows == several.rows == most
    for name in columns:
        assert once.cells()[name].tolist() == several.cells()[name].tolist()
        assert len(once.cells()[name]) == most


def kept_profiles(data):
    from fourstroke_drift.reference import Reference

    return Reference.of(data, pd.DataFrame(index=data.index), Task(target="y")).columns


def test_each_row_is_as_likely_to_be_drawn():
    """Those of the first batch no more than those of the last."""
    whole = pd.DataFrame({"n": np.repeat(np.arange(10.0), 200)})
    columns = KeptRows.of(whole, kept_profiles(whole), most=10, seed=0).columns
    parts = [whole.iloc[at : at + 200] for at in range(0, 2000, 200)]

    counts = np.zeros(10)
    for seed in range(60):
        cells = Drawing.of(window_of(*parts), columns, most=100, seed=seed).cells()["n"]
        counts += np.bincount(cells.astype(int) - 1, minlength=10)

    # 600 are expected of each; of chi-squared with 9 degrees 27.9 is exceeded once in a thousand.
    assert ((counts - 600) ** 2 / 600).sum() < 27.9


# What is odd


ODD = {
    "column lost": lambda data: data.drop(columns="n0"),
    "column twice": lambda data: pd.concat([data, data[["n0"]]], axis=1),
    "all missing": lambda data: data.assign(n0=np.nan),
    "text for numbers": lambda data: data.assign(n0="n/a"),
    "dates for numbers": lambda data: data.assign(n0=pd.Timestamp("2026-01-01")),
    "lists for names": lambda data: data.assign(c4=[[1]] * len(data)),
    "new names": lambda data: data.assign(c4="never seen"),
    "infinity": lambda data: data.assign(n0=np.inf),
    "huge": lambda data: data.assign(n0=1e300),
}


@pytest.fixture(scope="module")
def small():
    generator = np.random.default_rng(5)
    data = table(generator, 1200, 5)
    return kept(MultivariateDrift(sample=300), data), table(generator, 150, 5)


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_odd_column_is_the_one_that_is_named(small, change):
    reference, usual = small

    seen = look(MultivariateDrift(sample=300), reference, change(usual))

    assert alerts(seen) == {WHOLE}
    assert named(seen) in (["n0"], ["c4"])


def test_constant_columns_and_mixed_types_are_taken(small):
    data = pd.DataFrame({"one": 1.0, "mixed": [1, "a", None, 2.5] * 100, "yes": [True, None] * 200})
    monitor = MultivariateDrift()

    [seen] = look(monitor, kept(monitor, data), data.head(100))

    assert (seen.status, seen.value) == ("ok", pytest.approx(0.5, abs=0.1))


def test_whole_numbers_are_the_same_name_when_one_is_missing():
    codes = pd.Series(["1", "2"] * 300)
    monitor = MultivariateDrift()
    reference = kept(monitor, pd.DataFrame({"code": codes}))

    [seen] = look(monitor, reference, pd.DataFrame({"code": [1.0, 2.0] * 50}))

    assert seen.status == "ok"


@pytest.mark.parametrize(
    ("rows", "held_out", "why"),
    [
        (49, 500, "the window has 49 rows, and fewer than 50 say too little"),
        (0, 500, "the window has 0 rows, and fewer than 50 say too little"),
        (500, 49, "the reference has 49 rows, and fewer than 50 say too little"),
    ],
)
def test_too_few_rows_say_so(rows, held_out, why):
    monitor, data = MultivariateDrift(), table(np.random.default_rng(6), 500, 5)

    [seen] = look(monitor, kept(monitor, data.head(held_out)), data.head(rows))

    assert (seen.status, seen.why) == ("unknown", why)


def test_without_columns_to_compare_it_says_so():
    monitor, data = MultivariateDrift(), pd.DataFrame({"y": [0, 1] * 100})

    [seen] = look(monitor, kept(monitor, data), data)

    assert (seen.status, seen.why) == ("unknown", "there is no column to compare rows by")


def test_columns_left_out_are_not_looked_at():
    generator = np.random.default_rng(7)
    monitor = MultivariateDrift(sample=300, ignore=("n0",))
    reference = kept(monitor, table(generator, 600, 5))

    seen = look(monitor, reference, table(generator, 200, 5).assign(n0=9.0))

    assert not alerts(seen)
    with pytest.raises(PluginError, match="'absent'"):
        kept(MultivariateDrift(columns=("absent",)), table(generator, 100, 5))
