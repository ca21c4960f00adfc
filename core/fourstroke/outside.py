"""Call plugins outside of a run: nothing is recorded, and nothing of it is kept."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.context import Context
from fourstroke.engine.workshop import Workshop
from fourstroke.errors import FourstrokeError, StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fourstroke.config import Config
    from fourstroke.plugins.build import BuiltPlugin


@attrs.frozen(kw_only=True, eq=False)
class Outside:
    """Calls plugins in this process.

    Parameters
    ----------
    config : Config
        The project whose plugins they are.
    shop : Workshop
        Gives them, and the store.
    scratch : Path
        A folder that goes afterwards.
    run : str
        What stands in the place of the run's id.
    """

    config: Config
    shop: Workshop
    scratch: Path
    run: str

    def context(self, step: str) -> Context:
        """Give the context of a step."""
        config = self.config
        return Context(
            run=self.run,
            step=step,
            project=config.name,
            environment=config.environment,
            root=config.root,
            scratch=self.scratch,
            task=config.task,
            seed=config.seed,
            settings=config.values,
            services=self.shop,
        )

    def guarded(self, step: str, call: Callable[[], Any]) -> Any:
        """Call a plugin, and give whatever it raises as an error that names the step."""
        try:
            return call()
        except FourstrokeError as error:
            error.where = error.where or step
            raise
        except Exception as error:
            raise StepError(f"{type(error).__name__}: {error}", where=step) from error


@contextlib.contextmanager
def outside(
    config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin], run: str
) -> Iterator[Outside]:
    """Give what calls plugins of a project, as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix=f"fourstroke-{run}-") as scratch:
        shop = Workshop.of(config, plugins)
        yield Outside(config=config, shop=shop, scratch=Path(scratch), run=run)
