"""What fourstroke asks of every trainer and every codec."""

from __future__ import annotations

from typing import ClassVar

from fourstroke.testing import CodecContract, TrainContract
from fourstroke_lightgbm import BoostedCodec, LightGBM


class TestLightGBM(TrainContract):
    plugin = LightGBM
    settings: ClassVar = {"rounds": 20}


class TestBoostedCodec(CodecContract):
    plugin = BoostedCodec
