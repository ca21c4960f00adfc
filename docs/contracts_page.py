"""The page of contracts: what is asked of a plugin of each stage, and which capabilities it may claim."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING

from prose import prose

from fourstroke import testing
from fourstroke.plugins.offers import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# Contracts

What a plugin of each stage has to hold. `fourstroke plugins check NAME` runs a contract without a test; in a
test one class does:

```python
from fourstroke.testing import StorageContract
from fourstroke_s3 import S3


class TestS3(StorageContract):
    plugin = S3
    settings = {"bucket": "mine"}
```

- `plugin` is a plugin, its class (then `settings` are its settings, and paths among them lie in the folder of
  the check), or a function.
- `capabilities` says what the plugin claims, by default what its class says under the same name. A claimed
  one is tested; checks of one that is not claimed are not applicable, and counted as such.
- `waived = {"test_name": "why"}` waives a check with a reason. A waiver is strict: a check that passes all the
  same fails.
- The count is part of the result: `44 checks: 41 ran, 3 not applicable, 0 waived, 0 failed`. A check that is
  skipped or overridden is missing from it, and too few that ran is a failure.

Fixtures for pytest: `fourstroke_project` writes projects into a temporary folder and opens them,
`isolated_plugins` lets only bundled plugins be found and those that the test offers, `faults` lets calls fail on
purpose.
"""


def page() -> str:
    """Write the page."""
    lines = [_HEAD, "## Every plugin", "", *_table(testing.Contract, None)]
    for stage in STAGES:
        module = importlib.import_module(f"fourstroke.testing.contracts.{stage}")
        contract = getattr(module, f"{stage.capitalize()}Contract")
        lines += ["", f"## {stage}: {contract.__name__}", "", prose(contract), ""]
        if contract.offered:
            lines += ["| capability | what it promises |", "| --- | --- |"]
            lines += [f"| `{name}` | {_told(says)} |" for name, says in contract.offered.items()]
            lines += [""]
        lines += _table(contract, testing.Contract)
    return "\n".join([*lines, ""])


def _table(contract: type[testing.Contract], base: type[testing.Contract] | None) -> Iterator[str]:
    known = {case.name for case in base.checks()} if base is not None else set()
    yield "| check | what has to be | for those that claim |"
    yield "| --- | --- | --- |"
    for case in contract.checks():
        if case.name not in known:
            says = _told(_first_sentence(getattr(contract, case.name)) or case.says)
            yield f"| `{case.name}` | {says} | {f'`{case.capability}`' if case.capability else ''} |"


def _first_sentence(check: object) -> str:
    return inspect.cleandoc(check.__doc__ or "").partition("\n\n")[0]


def _told(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("``", "`").replace("|", "\\|")
