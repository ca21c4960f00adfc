"""For authors of plugins: a contract a stage, fixtures, and faults on purpose.

A test class that names a plugin runs every check of its stage::

    from fourstroke.testing import StorageContract
    from fourstroke_s3 import S3

    class TestS3(StorageContract):
        plugin = S3(bucket="mine")

``fourstroke plugins check NAME`` does the same without a test. Nothing in fourstroke itself imports
this package, which needs pandas.
"""

from __future__ import annotations

from fourstroke.testing.claims import expect, refused
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.contracts.alert import AlertContract
from fourstroke.testing.contracts.approve import ApproveContract
from fourstroke.testing.contracts.audit import AuditContract
from fourstroke.testing.contracts.check import CheckContract
from fourstroke.testing.contracts.codec import CodecContract
from fourstroke.testing.contracts.collect import CollectContract
from fourstroke.testing.contracts.deploy import DeployContract
from fourstroke.testing.contracts.evaluate import EvaluateContract
from fourstroke.testing.contracts.executor import ExecutorContract
from fourstroke.testing.contracts.explain import ExplainContract
from fourstroke.testing.contracts.monitor import MonitorContract
from fourstroke.testing.contracts.observe import ObserveContract
from fourstroke.testing.contracts.prepare import PrepareContract
from fourstroke.testing.contracts.render import RenderContract
from fourstroke.testing.contracts.retrain import RetrainContract
from fourstroke.testing.contracts.split import SplitContract
from fourstroke.testing.contracts.storage import StorageContract
from fourstroke.testing.contracts.train import TrainContract
from fourstroke.testing.contracts.validate import ValidateContract
from fourstroke.testing.running import ContractResult, run_contract

__all__ = [
    "AlertContract",
    "ApproveContract",
    "AuditContract",
    "CheckContract",
    "CodecContract",
    "CollectContract",
    "Contract",
    "ContractResult",
    "DeployContract",
    "EvaluateContract",
    "ExecutorContract",
    "ExplainContract",
    "MonitorContract",
    "ObserveContract",
    "PrepareContract",
    "RenderContract",
    "RetrainContract",
    "SplitContract",
    "StorageContract",
    "TrainContract",
    "ValidateContract",
    "expect",
    "refused",
    "requires",
    "run_contract",
]
