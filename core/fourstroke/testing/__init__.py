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
from fourstroke.testing.contracts.storage import StorageContract
from fourstroke.testing.running import ContractResult, run_contract

__all__ = [
    "Contract",
    "ContractResult",
    "StorageContract",
    "expect",
    "refused",
    "requires",
    "run_contract",
]
