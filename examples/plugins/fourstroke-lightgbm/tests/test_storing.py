"""How models are kept."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import lightgbm
import pandas as pd
import pytest
from conftest import KINDS

from fourstroke import StoreError
from fourstroke_lightgbm import BoostedCodec


@pytest.mark.parametrize("kind", list(KINDS))
def test_stored_model_predicts_the_same(trained, stored, table, kind):
    plugin, model, where = trained(kind)

    loaded = stored(model)

    pd.testing.assert_frame_equal(
        plugin.predict(loaded, table, where), plugin.predict(model, table, where), check_exact=True
    )
    assert loaded == model


def test_stored_twice_is_the_same_bytes(trained, stored, tmp_path):
    _, model, _ = trained()
    again = tmp_path / "again"
    again.mkdir()

    BoostedCodec().encode(stored(model), again)

    for file in again.iterdir():
        assert file.read_bytes() == (tmp_path / "model" / file.name).read_bytes()


def test_files_are_text_that_lightgbm_reads(trained, stored, table, tmp_path):
    _, model, _ = trained(features=("size", "rooms"))
    stored(model)

    booster = lightgbm.Booster(model_file=tmp_path / "model" / "model.txt")

    said = booster.predict(table[["size", "rooms"]])
    assert (said == model.predict_proba(table)[:, 1]).all()
    assert json.loads((tmp_path / "model" / "columns.json").read_text())["labels"] == ["no", "yes"]


@pytest.mark.parametrize("file", ["model.txt", "columns.json"])
def test_half_a_file_is_an_error_of_the_store(trained, stored, tmp_path, file):
    _, model, _ = trained()
    stored(model)
    path = tmp_path / "model" / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(StoreError, match="damaged"):
        BoostedCodec().decode(tmp_path / "model")


@pytest.mark.parametrize("file", ["model.txt", "columns.json"])
def test_missing_file_is_an_error_of_the_store(trained, stored, tmp_path, file):
    _, model, _ = trained()
    stored(model)
    (tmp_path / "model" / file).unlink()

    with pytest.raises(StoreError, match=file):
        BoostedCodec().decode(tmp_path / "model")


def test_format_of_a_later_version_is_told(trained, stored, tmp_path):
    _, model, _ = trained()
    stored(model)
    path = tmp_path / "model" / "columns.json"
    path.write_text(path.read_text().replace("fourstroke-lightgbm/1", "fourstroke-lightgbm/2"))

    with pytest.raises(StoreError, match="upgrade fourstroke-lightgbm"):
        BoostedCodec().decode(tmp_path / "model")


def test_model_travels_between_processes(trained, table):
    _, model, _ = trained()

    travelled = pickle.loads(pickle.dumps(model))

    assert (travelled.predict_proba(table) == model.predict_proba(table)).all()


def test_settings_are_known_without_loading_lightgbm():
    program = "import sys, fourstroke_lightgbm; print({'lightgbm', 'pandas'} & {*sys.modules})"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
