"""Check a table against a contract that is kept in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fourstroke import Check, ConfigError, Context, ContractChange, Pieces, hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke_contract.terms import Terms


@plugin
class Contract:
    """Check a table against a contract: a TOML file that `fourstroke data contract infer` writes.

    One check a rule: of columns their type, missing cells, bounds, usual range, values, pattern, length
    and uniqueness; of the table its rows, key, columns and freshness; and rules over several
    columns. With ``on_failure = "quarantine"`` rows at fault are set aside.
    """

    # The contract file, in the project.
    file: Path = Path("contract.toml")

    capabilities = frozenset({"rows"})

    def __attrs_post_init__(self) -> None:
        # A fault in the file is found before any data is read.
        if self.file.is_file():
            self._terms()

    @hookimpl
    def check(self, data: Any) -> Sequence[Check]:
        """Hold the table against every rule."""
        from fourstroke_contract import in_pieces, table_rules  # noqa: PLC0415 - import pandas

        terms = self._terms()
        if isinstance(data, Pieces):
            found = in_pieces.checks(data, terms)
        else:
            frame = table_rules.as_frame(data)
            found = [each.check for each in table_rules.findings(frame, terms)]
        return found or [Check(name="contract", status="skipped", why="the contract asks nothing")]

    @hookimpl
    def set_aside(self, data: Any, context: Context) -> Mapping[str, Any]:
        """Divide the table into rows that keep to the contract and rows that do not."""
        from fourstroke_contract import in_pieces, table_rules  # noqa: PLC0415 - import pandas

        if isinstance(data, Pieces):
            return in_pieces.set_aside(data, self._terms(), context.scratch)
        return table_rules.set_aside(table_rules.as_frame(data), self._terms())

    @hookimpl
    def infer_contract(self, data: Any, context: Context) -> str:
        """Write the contract that a table keeps to."""
        from fourstroke_contract import inferring, writing  # noqa: PLC0415 - imports pandas

        terms = inferring.infer(data, context.task)
        return writing.written(terms, latest=inferring.latest(data))

    @hookimpl
    def compare_contracts(self, old: str, new: str) -> Sequence[ContractChange]:
        """Name every change between two contracts."""
        from fourstroke_contract.comparing import compare  # noqa: PLC0415 - imports what reads them
        from fourstroke_contract.reading import read  # noqa: PLC0415 - the same

        return compare(read(old, "the old contract"), read(new, "the new contract"))

    def _terms(self) -> Terms:
        from fourstroke_contract.reading import read  # noqa: PLC0415 - reads a file when there is one

        try:
            text = self.file.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise ConfigError(
                "there is no such contract",
                where=_short(self.file),
                hint=f"fourstroke data contract infer NAME -o {_short(self.file)}",
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"it cannot be read: {error}", where=_short(self.file)) from error
        return read(text, _short(self.file))


def _short(file: Path) -> str:
    """Name a file as people do: from where they are, if it is below."""
    here = Path.cwd()
    return (file.relative_to(here) if file.is_relative_to(here) else file).as_posix()
