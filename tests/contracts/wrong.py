"""Hold a contract itself to its word: which of its checks a deliberately wrong plugin fails."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fourstroke.testing import Contract, run_contract


def failed_checks(
    contract: type[Contract], plugin: Any, *, without: Collection[str] = (), **more: Any
) -> list[str]:
    """Run a contract on one plugin, and name the checks that it fails."""
    held = type("Held", (contract,), {"plugin": plugin, **more})
    results = run_contract(held, without=without).results
    return [each.case.name for each in results if each.state == "failed"]
