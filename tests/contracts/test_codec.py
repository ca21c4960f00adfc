"""The contract of codecs: the bundled ones keep it, and each wrong one fails the check meant for it."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from wrong import failed_checks

from fourstroke import StoreError, hookimpl, plugin
from fourstroke.testing import CodecContract
from fourstroke.testing.samples import people
from fourstroke.testing.tables import difference
from fourstroke_pandas import FrameCodec
from fourstroke_sklearn import SkopsCodec


class TestFrameCodec(CodecContract):
    plugin = FrameCodec

    def values(self):
        data = people()
        return {
            "people": data,
            "no rows": data.head(0),
            "labels that are there twice": data.set_axis(
                [n // 2 for n in range(len(data))], axis=0
            ),
            "categories": data.assign(city=data["city"].astype("category")),
            "nullable types": data.convert_dtypes(),
            "zones": data.assign(since=data["since"].dt.tz_localize("Europe/Zurich")),
            "unicode": pd.DataFrame({"größe": ["東京", "\U0001f642", None]}),
        }

    def is_same(self, found, expected):
        return not difference(found, expected, has_index=True)


class TestSkopsCodec(CodecContract):
    plugin = SkopsCodec

    def values(self):
        random = np.random.default_rng(7)
        features, labels = random.normal(size=(50, 3)), np.arange(50) % 2
        model = make_pipeline(StandardScaler(), LogisticRegression())
        return {"pipeline": model.fit(features, labels)}

    def is_same(self, found, expected):
        rows = np.random.default_rng(8).normal(size=(20, 3))
        return bool((found.predict_proba(rows) == expected.predict_proba(rows)).all())


@attrs.define
class Words:
    words: list[str]


class WordsContract(CodecContract):
    def values(self):
        return {
            "some": Words(["one", "zwei"]),
            "none": Words([]),
            "set": Words(sorted({"a", "b", "c"})),
        }


@plugin
class Plain:
    """Keep words as JSON: right in all, and the base of what is wrong in one thing."""

    @hookimpl
    def encode(self, value, folder):
        (folder / "words.json").write_text(json.dumps(value.words))
        return True

    @hookimpl
    def decode(self, folder):
        try:
            words = json.loads((folder / "words.json").read_text())
        except ValueError as error:
            raise StoreError("it is damaged") from error
        return Words(words)


@plugin
class LosesLast(Plain):
    """Forget the last word."""

    @hookimpl
    def decode(self, folder):
        return Words(Plain.decode(self, folder).words[:-1])


@plugin
class StampsFiles(Plain):
    """Write a number that grows."""

    @hookimpl
    def encode(self, value, folder):
        COUNT.append(1)
        (folder / "stamp").write_text(str(len(COUNT)))
        return Plain.encode(self, value, folder)


COUNT: list[int] = []


@plugin
class HashesWords(Plain):
    """Write what differs from process to process."""

    @hookimpl
    def encode(self, value, folder):
        (folder / "hash").write_text(str(hash("word")))
        return Plain.encode(self, value, folder)


@plugin
class SortsWords(Plain):
    """Put the words of others in another order."""

    @hookimpl
    def encode(self, value, folder):
        done = Plain.encode(self, value, folder)
        value.words.append("more")
        return done


@plugin
class EatsFiles(Plain):
    """Remove what it has read."""

    @hookimpl
    def decode(self, folder):
        words = Plain.decode(self, folder)
        (folder / "words.json").unlink()
        return words


@plugin
class WritesBeside(Plain):
    """Leave something beside the folder."""

    @hookimpl
    def encode(self, value, folder):
        (folder.parent / f"beside-{folder.name}").touch()
        return Plain.encode(self, value, folder)


@plugin
class TakesAnything(Plain):
    """Give no words for damaged ones."""

    @hookimpl
    def decode(self, folder):
        try:
            return Plain.decode(self, folder)
        except StoreError:
            return Words(["guessed"])


@plugin
class Unpickles(Plain):
    """Keep words as a pickle."""

    @hookimpl
    def encode(self, value, folder):
        (folder / "words.pickle").write_bytes(pickle.dumps(value.words, protocol=4))
        return True

    @hookimpl
    def decode(self, folder):
        return Words(pickle.loads((folder / "words.pickle").read_bytes()))


PROCESSES = {"test_other_processes_give_equal_bytes"}


@pytest.mark.parametrize(
    ("plugin_", "expected"),
    [
        (Plain, set()),
        (LosesLast, {"test_value_comes_back"}),
        (StampsFiles, {"test_equal_values_give_equal_bytes"}),
        (SortsWords, {"test_value_is_left_alone"}),
        (EatsFiles, {"test_files_are_left_alone"}),
        (WritesBeside, {"test_something_is_written_and_inside"}),
        (TakesAnything, {"test_damaged_files_do_not_come_back_as_another_value"}),
        (Unpickles, {"test_no_code_of_a_file_is_run"}),
    ],
)
def test_codec_fails_the_check_meant_for_it(plugin_, expected):
    failed = set(failed_checks(WordsContract, plugin_, without=PROCESSES))

    assert failed >= expected
    assert bool(failed) is bool(expected)


class HeldByPlain(WordsContract):
    plugin = Plain


class HeldByHashes(WordsContract):
    plugin = HashesWords


@pytest.mark.parametrize(("held", "is_kept"), [(HeldByPlain, True), (HeldByHashes, False)])
def test_other_processes_are_asked(held, is_kept, monkeypatch):
    from fourstroke.testing.running import run_contract

    monkeypatch.setattr(sys, "path", [str(Path(__file__).parent), *sys.path])
    others = {case.name for case in held.checks()} - PROCESSES

    [result] = run_contract(held, without=others).results

    assert (result.state == "passed") is is_kept, result.why
