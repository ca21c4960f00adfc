"""What fourstroke asks of every trainer and every codec."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from fourstroke import Context, Task
from fourstroke.testing import CodecContract, TrainContract
from fourstroke.testing.samples import people
from fourstroke_lightgbm import BoostedCodec, LightGBM

TASK = Task(target="label", kind="binary", positive="yes", id="id")
TRAINER = LightGBM(rounds=10)


def context() -> Context:
    """Give a context outside a project."""
    here = Path()
    return Context(run="r", step="s", project="p", root=here, scratch=here, task=TASK, seed=7)


class TestLightGBM(TrainContract):
    plugin = LightGBM
    settings: ClassVar = {"rounds": 20}
    capabilities = ("binary", "probability", "missing", "unseen", "learns", "seeded")


class TestLightGBMOfSeveralClasses(TrainContract):
    plugin = LightGBM
    settings: ClassVar = {"rounds": 20}
    capabilities = ("multiclass", "probability", "missing", "unseen", "learns", "seeded")
    task = Task(target="label", kind="multiclass", id="id")


class TestLightGBMOfNumbers(TrainContract):
    plugin = LightGBM
    settings: ClassVar = {"rounds": 20}
    capabilities = ("regression", "missing", "unseen", "learns", "seeded")
    task = Task(target="label", kind="regression", id="id")


class TestBoostedCodec(CodecContract):
    plugin = BoostedCodec

    def values(self) -> dict[str, Any]:
        """Give a model of people."""
        return {"people": TRAINER.train(people(), context())}

    def is_same(self, found: Any, expected: Any) -> bool:
        """Compare two models by what they predict."""
        scored = [
            TRAINER.predict(model, people(50, seed=3), context()) for model in (found, expected)
        ]
        return bool(scored[0].equals(scored[1]))
