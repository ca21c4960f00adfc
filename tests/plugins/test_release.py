"""What a release would bring: broken clients, files that run code, models that nobody can make again."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import pickle
import zipfile
import zlib
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

from fourstroke import (
    Candidate,
    Check,
    Context,
    DatasetFact,
    Evaluation,
    InputColumn,
    ModelSignature,
    Task,
)
from fourstroke_release import Compatible, DataChecks, Reproducible, SafeFiles

PLAIN = Candidate(name="c", digest="blake3:1", evaluation=Evaluation(metrics=()))


def context(tmp_path: Path, **project) -> Context:
    return Context(
        run="r",
        step="s",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(target="y"),
        settings={"project": project},
    )


# What clients send and get


def speaking(columns: dict, answers: dict | None = None, version: int | None = None) -> Candidate:
    """Make a model that asks for these columns, each of a kind or of these texts."""
    asked = tuple(
        InputColumn(name=name, kind="text", values=what)
        if isinstance(what, tuple)
        else InputColumn(name=name, kind=what)
        for name, what in columns.items()
    )
    return attrs.evolve(
        PLAIN,
        version=version,
        signature=lambda: ModelSignature(columns=asked),
        predictions=pd.DataFrame(answers or {"prediction": ["a"], "probability_a": [0.9]}),
    )


CHAMPION = speaking({"age": "number", "city": ("Bonn", "Ulm")}, version=3)


def asked_and_answered(candidate: Candidate, champion: Candidate = CHAMPION) -> list[Check]:
    return list(Compatible().validate(candidate, champion))


def test_first_version_is_compatible_with_nothing():
    (check,) = Compatible().validate(CHAMPION, None)

    assert (check.status, check.why) == ("pass", "there is no champion yet")


def test_same_columns_are_compatible_in_any_order():
    checks = asked_and_answered(speaking({"city": ("Bonn", "Ulm"), "age": "number"}))

    assert [check.status for check in checks] == ["pass", "pass"]


@pytest.mark.parametrize(
    ("columns", "status", "why"),
    [
        (
            {"age": "number", "city": ("Bonn", "Ulm"), "income": "number"},
            "fail",
            "clients of v3 do not send income",
        ),
        (
            {"age": "text", "city": ("Bonn", "Ulm")},
            "fail",
            "changed kind: age from number to text",
        ),
        ({"age": "number"}, "warn", "no longer needed: city"),
        (
            {"age": "number", "city": ("Bonn", "Jena")},
            "pass",
            "texts of city that it has not seen: Ulm",
        ),
    ],
)
def test_what_clients_would_have_to_change_is_named(columns, status, why):
    asked, answered = asked_and_answered(speaking(columns))

    assert (asked.status, asked.why) == (status, why)
    assert asked.says_no == (status == "fail")
    assert answered.status == "pass"


@pytest.mark.parametrize(
    ("answers", "status", "why"),
    [
        ({"prediction": ["a"]}, "fail", "v3 answers, and it does not: probability_a"),
        (
            {"prediction": [1], "probability_a": [0.9]},
            "fail",
            "changed kind: prediction from text to number",
        ),
        (
            {"prediction": ["a"], "probability_a": [0.9], "probability_b": [0.1]},
            "warn",
            "further ones: probability_b",
        ),
    ],
)
def test_classes_and_columns_that_come_and_go_are_told(answers, status, why):
    columns = {"age": "number", "city": ("Bonn", "Ulm")}

    _, answered = asked_and_answered(speaking(columns, answers))

    assert (answered.status, answered.why) == (status, why)


def test_model_that_does_not_say_what_it_needs_is_not_called_compatible():
    silent = attrs.evolve(CHAMPION, version=None, signature=lambda: None)

    asked, _ = asked_and_answered(silent)

    assert asked.says_no
    assert "which columns the candidate needs" in asked.why


# Files


def pickled() -> bytes:
    return pickle.dumps({"a": [1, 2, 3]})


def zipped(**members: bytes) -> bytes:
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def array(cells) -> bytes:
    import io

    buffer = io.BytesIO()
    np.save(buffer, cells, allow_pickle=True)
    return buffer.getvalue()


def looked_at(tmp_path: Path, files: dict[str, bytes], settings=None, **project) -> Check:
    folder = tmp_path / "model"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    candidate = attrs.evolve(PLAIN, files=lambda: folder)
    plugin = SafeFiles(**(settings or {}))
    (check,) = plugin.validate(candidate, context(tmp_path, **project))
    return check


TENSORS = (2).to_bytes(8, "little") + b"{}" + b"\x00\xff"
SAFE = {
    "json": json.dumps({"trees": [1, 2]}).encode(),
    "text": "Zürich\n".encode() * 30_000,
    "array": array(np.arange(5.0)),
    "skops": zipped(**{"schema.json": b"{}", "1.npy": array(np.arange(3))}),
    "tensors": TENSORS,
    "packed": gzip.compress(b'{"a": 1}'),
    "parquet": b"PAR1\x00\x15\xff",
}
DANGEROUS = {
    "pickle": pickled(),
    "old pickle": pickle.dumps({"a": [1, 2]}, protocol=0),
    "joblib": zlib.compress(pickled()),
    "gzip": gzip.compress(pickled()),
    "bzip": bz2.compress(pickled()),
    "xz": lzma.compress(pickled()),
    "objects": array(np.array([{}, []], dtype=object)),
    "torch": zipped(**{"archive/data.pkl": pickled(), "archive/version": b"3"}),
}


@pytest.mark.parametrize("name", SAFE)
def test_files_of_data_alone_pass(tmp_path, name):
    check = looked_at(tmp_path, {"model.bin": SAFE[name]})

    assert (check.status, check.why) == ("pass", "1 file holds data alone")


@pytest.mark.parametrize("name", DANGEROUS)
def test_file_that_can_run_code_is_named_whatever_it_is_called(tmp_path, name):
    check = looked_at(tmp_path, {"good.json": b"{}", "parts/model.json": DANGEROUS[name]})

    assert check.says_no
    assert check.why.startswith("parts/model.json: ")
    assert "it is a pickle, which runs code when it is loaded" in check.why
    assert "good.json" not in check.why


def test_unknown_format_is_refused_until_somebody_says_that_it_is_known(tmp_path):
    files = {"trees.bin": b"\x01\x02\x00\xfe"}

    unknown, known = (looked_at(tmp_path, files, each) for each in ({}, {"known": ("*.bin",)}))

    assert "its format is not known" in unknown.why
    assert (unknown.status, known.status) == ("fail", "pass")


def test_a_pickle_is_never_known_as_safe_and_code_is_no_data(tmp_path):
    check = looked_at(tmp_path, {"a.bin": pickled(), "b.py": b"print()"}, {"known": ("*.bin",)})

    assert check.why == "a.bin: it is a pickle, which runs code when it is loaded; b.py: it is code"


def test_pickle_that_the_project_allows_is_a_warning_that_says_so(tmp_path):
    check = looked_at(tmp_path, {"model.pkl": pickled()}, allow_pickle=True)

    assert (check.status, check.severity) == ("warn", "warning")
    assert "The project allows it: allow_pickle = true" in check.why


# Training again


def said(*shares: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "prediction": ["yes" if each > 0.5 else "no" for each in shares],
            "probability_yes": shares,
        }
    )


def trained(before, after, digest: str = "blake3:2", **settings) -> Check:
    again = attrs.evolve(PLAIN, digest=digest, predictions=after)
    first = attrs.evolve(PLAIN, predictions=before, train_again=lambda: again)
    (check,) = Reproducible(**settings).validate(first)
    return check


def test_same_files_are_enough():
    check = trained(said(0.2), said(0.9), PLAIN.digest)

    assert (check.status, check.why) == (
        "pass",
        "the second training gave the same files, byte for byte",
    )


def test_other_files_that_say_the_same_pass_within_the_tolerance():
    before, after = said(0.2, 0.9), said(0.2, 0.9 - 1e-7)

    strict, lenient = (trained(before, after, tolerance=each) for each in (1e-9, 1e-6))

    assert (strict.status, lenient.status) == ("fail", "pass")
    assert strict.observed == pytest.approx(1e-7)
    assert strict.rows == (1,)


def test_a_changed_class_is_no_rounding_and_a_gap_is_like_a_gap():
    flipped = trained(said(0.5), said(0.5 + 1e-12))
    gaps = trained(said(0.2, float("nan")), said(0.2, float("nan")))

    assert flipped.status == "fail"
    assert "of 1 of 1 rows it says something else" in flipped.why
    assert gaps.status == "pass"


def test_candidate_that_cannot_be_trained_again_fails():
    (check,) = Reproducible().validate(PLAIN)

    assert check.says_no


# Data


def of_data(fact: DatasetFact | None, **settings) -> Check:
    candidate = PLAIN if fact is None else attrs.evolve(PLAIN, published=lambda: fact)
    (check,) = DataChecks(**settings).validate(candidate)
    return check


def test_verdict_names_the_data_and_their_checks():
    fact = DatasetFact(name="income", version=1, digest="blake3:7", checks=9, warnings=1)

    check = of_data(fact)

    assert (check.status, check.why) == ("pass", "9 checks of income@v1 passed, 1 warned")
    assert check.evidence == "income@v1 blake3:7"


def test_data_without_checks_and_without_a_name_are_refused():
    unchecked = of_data(DatasetFact(name="d", version=1, digest="x", checks=0, warnings=0))
    few = of_data(DatasetFact(name="d", version=1, digest="x", checks=2, warnings=0), least=3)

    assert unchecked.says_no
    assert (few.status, few.required) == ("fail", ">= 3")
    assert of_data(None).says_no


def test_pinned_data_are_told_and_pass_with_a_warning():
    check = of_data(DatasetFact(name="d", version=2, digest="x"))

    assert (check.status, check.severity) == ("warn", "warning")
    assert "d@v2 was checked by the run that published it" in check.why
