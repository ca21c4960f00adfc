"""The plugin: its settings, and the stage that it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from fourstroke import Check, ConfigError, Context, hookimpl, plugin


@plugin
class Pandera:
    """Check a table by a pandera schema: one check a rule, and no rule hides another.

    The table that is published stays as it is; a schema that would change it is refused, but for
    `coerce`, which here asks only whether a column could be converted.
    """

    # The schema: a file of the project in YAML or JSON, as pandera's `to_yaml` and `to_json` write it.
    schema: Path
    # Whether a rule that is broken stops the run or is only told; `raise_warning` in the schema only tells.
    severity: Literal["error", "warning"] = "error"

    @hookimpl
    def check(self, data: Any, context: Context) -> Sequence[Check]:
        """Check every rule of the schema."""
        # pandera is loaded when it is used, and not when a project file is checked.
        from fourstroke_pandera.judging import judge_all  # noqa: PLC0415
        from fourstroke_pandera.schema_file import read_schema  # noqa: PLC0415

        _require_depends(self.schema, context)
        schema = read_schema(self.schema, shown=_shown(self.schema, context))
        return judge_all(schema, data, severity=self.severity)


def _require_depends(schema: Path, context: Context) -> None:
    """Refuse a step whose key does not cover the schema file: a changed one would go unnoticed."""
    tables = context.settings.get("data", {}).get("check", ())
    for table in tables if isinstance(tables, list | tuple) else ():
        if not isinstance(table, Mapping) or not isinstance(table.get("schema"), str):
            continue
        named = (context.root / table["schema"]).resolve()
        depends = [(context.root / file).resolve() for file in table.get("depends", ())]
        if named == schema.resolve() and named not in depends:
            raise ConfigError(
                "the step does not depend on its schema file: a changed one would go unnoticed",
                where=context.step,
                hint=f'put depends = ["{table["schema"]}"] beside schema',
            )


def _shown(schema: Path, context: Context) -> str:
    """Name the schema file as the project does."""
    if schema.is_relative_to(context.root):
        return schema.relative_to(context.root).as_posix()
    return schema.name
