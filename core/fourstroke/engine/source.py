"""The state of what lies outside: asked of the plugin before its step, and before a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fourstroke.artifacts.digest import digest_json
from fourstroke.engine.masking import masked_error
from fourstroke.errors import FourstrokeError, StepError, described
from fourstroke.plugins.calls import Caller

if TYPE_CHECKING:
    from fourstroke.config import Config
    from fourstroke.context import Context
    from fourstroke.engine.workshop import Workshop
    from fourstroke.plan import Step


class Asker(Protocol):
    """Whoever asks for a source's state: a run, or a plan."""

    @property
    def config(self) -> Config:
        """The project file in force."""
        ...

    @property
    def shop(self) -> Workshop:
        """The project's store, plugins and observers."""
        ...

    def context(self, step: str) -> Context:
        """Give a context for a plugin that is called in the main process."""
        ...


def source_of(step: Step, asker: Asker) -> str:
    """Ask a step's plugin for the state of its source; gives its digest, empty if it cannot tell.

    A digest, because the state becomes a part of the key that is recorded, and a plugin may put
    anything into it: an address with its password.

    Raises
    ------
    FourstrokeError
        If the source is not there, or the plugin raises.
    """
    if not step.has_source or step.plugin is None or "source_state" not in step.plugin.hooks:
        return ""
    caller = Caller({step.name: step.plugin.instance}, asker.shop.observers)
    try:
        state = caller.source_state(step.name, context=asker.context(step.name))
    except FourstrokeError as error:
        error.where = error.where or step.name
        raise masked_error(error, asker.config) from None
    except Exception as error:
        told = StepError(described(error), where=step.name)
        raise masked_error(told, asker.config) from error
    return digest_json(state) if state else ""
