"""`fourstroke plugins hooks`: every hook with signature, purpose, and when it is called."""

from __future__ import annotations

import json

from fourstroke.cli.main import main
from fourstroke.hooks.model import ModelHooks
from fourstroke.plugins.specification import hooks


def out(capsys, *words):
    assert main(["plugins", "hooks", *words]) == 0
    return capsys.readouterr().out


def test_every_hook_is_listed_with_its_signature(capsys):
    lines = out(capsys).splitlines()

    heads = [line.partition("(")[0] for line in lines if line and not line.startswith(" ")]
    assert heads == list(hooks())
    assert "train(data: Table, context: Context) -> Model  stage" in lines


def test_every_hook_says_when_it_is_called(capsys):
    found = json.loads(out(capsys, "--json"))["hooks"]

    silent = [each["name"] for each in found if not each["called"].startswith("Called ")]
    assert silent == []


def test_hooks_are_told_apart(capsys):
    found = json.loads(out(capsys, "--json"))["hooks"]

    kinds = {each["name"]: each["kind"] for each in found}
    assert (kinds["train"], kinds["render"], kinds["run_started"]) == ("stage", "service", "event")


def test_one_hook_is_shown_with_all_that_is_known_of_it(capsys):
    text = out(capsys, "predict")

    assert text.startswith("predict(model: Model, data: Table, context: Context) -> Table  stage\n")
    for line in (ModelHooks.predict.__doc__ or "").splitlines():
        assert line.strip() in text


def test_one_hook_as_json(capsys):
    (found,) = json.loads(out(capsys, "run_finished", "--json"))["hooks"]

    assert found["signature"] == "run_finished(run: str, state: RunState) -> None"
    assert found["called"] == "Called once a run."


def test_misspelt_hook_is_an_error_that_names_the_nearest(capsys):
    code = main(["plugins", "hooks", "trian"])

    assert code == 2
    assert "there is no hook 'trian' (did you mean 'train'?)" in capsys.readouterr().err
