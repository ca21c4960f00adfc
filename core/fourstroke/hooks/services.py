"""Services beside the stages: storage, codecs, executors, renderers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fourstroke.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from fourstroke.context import Context
    from fourstroke.entities.audit_pack import AuditPack
    from fourstroke.entities.data_card import CatalogEntry
    from fourstroke.entities.lineage import Lineage
    from fourstroke.entities.monitoring_history import MonitoringHistory
    from fourstroke.entities.profile import TableProfile
    from fourstroke.entities.run import RunReport


class StorageHooks(Protocol):
    """The storage backend: named immutable files.

    A key is relative, in ASCII letters, digits and ``._-``, with ``/`` between parts, and never
    holds ``..``.
    """

    @hookspec(firstresult=True)
    def write(self, key: str, path: Path) -> bool:
        """Store the content of the file ``path`` under ``key``.

        Called with a finished file that the backend may move or copy away. When it returns, the
        content is durable and visible whole; before that it is not visible at all.

        Parameters
        ----------
        key : str
            Where to store.
        path : Path
            The file.

        Returns
        -------
        bool
            Whether the key is new; ``False`` if it was there already, and then it is left as it is.

        Notes
        -----
        When it raises, nothing is visible under ``key``. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def read(self, key: str, path: Path) -> Path:
        """Fetch the content of ``key``.

        Called whenever an artifact is used; the core checks the digest of what comes back.

        Parameters
        ----------
        key : str
            What to fetch.
        path : Path
            Where a copy may be put; its folder exists, the file does not.

        Returns
        -------
        Path
            ``path``, or another file that holds the content and must not be written to.

        Raises
        ------
        StoreError
            If there is nothing under ``key``.

        Notes
        -----
        Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def exists(self, key: str) -> bool:
        """Say whether there is something under ``key``.

        Called before an artifact is reused. When it raises, the step fails. Since 0.1.

        Parameters
        ----------
        key : str
            What to look for.

        Returns
        -------
        bool
            Whether it is there.
        """
        ...

    @hookspec(firstresult=True)
    def keys(self, prefix: str) -> Iterable[str]:
        """List all keys that begin with ``prefix``, sorted.

        Called by ``store verify`` and ``store gc``. When it raises, they stop. Since 0.1.

        Parameters
        ----------
        prefix : str
            The beginning; empty for all.

        Returns
        -------
        iterable of str
            Keys.
        """
        ...

    @hookspec(firstresult=True)
    def delete(self, key: str) -> bool:
        """Remove what is under ``key``.

        Called by ``store gc``, and for a damaged object after it has been set aside. When it
        raises, the key still counts as there. Since 0.1.

        Parameters
        ----------
        key : str
            What to remove.

        Returns
        -------
        bool
            Whether there was something to remove.
        """
        ...


class CodecHooks(Protocol):
    """How values of a type become files; an entry point ``module.Type`` of ``fourstroke.codec``."""

    @hookspec(firstresult=True)
    def encode(self, value: Any, folder: Path) -> bool:
        """Write ``value`` as files into ``folder``.

        Called after a step, in the process that ran it. Equal values must give equal bytes, in
        every process: the digest of the files is the identity of the value.

        Parameters
        ----------
        value : object
            A value of the type that this codec stands for, or of a subtype.
        folder : Path
            An empty folder.

        Returns
        -------
        bool
            ``True``.

        Notes
        -----
        When it raises, the step fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def decode(self, folder: Path) -> Any:
        """Read back what `encode` wrote. No code that comes with the files may be run.

        Called before a step that takes the value. When it raises, the step fails. Since 0.1.

        Parameters
        ----------
        folder : Path
            The files, for reading; their digests have been checked.

        Returns
        -------
        object
            A value equal to the one that was encoded.
        """
        ...


class ExecutorHooks(Protocol):
    """The runner backend."""

    @hookspec(firstresult=True)
    def executor(self, context: Context) -> Executor:
        """Give the executor that runs the steps.

        Called once a run, when the first step has to run; it is shut down at the end.

        Parameters
        ----------
        context : Context
            The run's context.

        Returns
        -------
        concurrent.futures.Executor
            It gets picklable functions and arguments, each call to be made once; what cannot travel
            ends its future with an exception. So must a worker that dies, and the executor goes on
            with other work. When `shutdown` has returned, every future has ended and no worker is
            left. Workers need the project's folder and its storage.

        Notes
        -----
        When it raises, the run fails. Since 0.1.
        """
        ...


class RenderHooks(Protocol):
    """Report formats."""

    @hookspec(firstresult=True)
    def render(self, report: RunReport, context: Context) -> Path:
        """Write a report of one run.

        Called once a format at the end of every run, also of one that failed or was blocked.

        Parameters
        ----------
        report : RunReport
            The facts.
        context : Context
            ``context.scratch`` is an empty folder to write to.

        Returns
        -------
        Path
            The file, in ``context.scratch``. The same report gives the same bytes. The file needs
            nothing from elsewhere, and no text of the report is taken for markup: names of columns
            come from strangers. A part that is missing and a figure that is not finite are no
            errors.

        Notes
        -----
        When it raises, the failure is shown and the run's state stays what it is. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def render_profile(self, title: str, profile: TableProfile, context: Context) -> Path:
        """Write a page about a table.

        Called by ``fourstroke data profile --html`` on the first renderer of the project that has it;
        optional.

        Parameters
        ----------
        title : str
            What the table is called.
        profile : TableProfile
            What is in it.
        context : Context
            ``context.scratch`` is an empty folder to write to.

        Returns
        -------
        Path
            The file, in ``context.scratch``, held to the same as that of `render`.

        Notes
        -----
        When it raises, the command fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def render_catalog(self, entries: Sequence[CatalogEntry], context: Context) -> Path:
        """Write a page about all data sets.

        Called by ``fourstroke data site`` on the first renderer of the project that has it; optional.

        Parameters
        ----------
        entries : sequence of CatalogEntry
            The data sets, of one project or several.
        context : Context
            ``context.scratch`` is an empty folder to write to.

        Returns
        -------
        Path
            The file, in ``context.scratch``, held to the same as that of `render`.

        Notes
        -----
        When it raises, the command fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def render_audit_pack(self, pack: AuditPack, context: Context) -> Path:
        """Write the page that an audit pack opens with.

        Called by ``fourstroke audit pack`` on the first renderer of the project that has it; optional.

        Parameters
        ----------
        pack : AuditPack
            What is told of a version, and which files lie beside the page, so that it can link them.
        context : Context
            ``context.scratch`` is an empty folder to write to.

        Returns
        -------
        Path
            The file, in ``context.scratch``, held to the same as that of `render`.

        Notes
        -----
        When it raises, the command fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def render_lineage(self, lineage: Lineage, context: Context) -> Path:
        """Draw what comes from what, as an SVG file.

        Called by ``fourstroke lineage --svg`` on the first renderer of the project that has it; optional.

        Parameters
        ----------
        lineage : Lineage
            What is drawn.
        context : Context
            ``context.scratch`` is an empty folder to write to.

        Returns
        -------
        Path
            The file, in ``context.scratch``, held to the same as that of `render`.

        Notes
        -----
        When it raises, the command fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def render_monitoring(self, history: MonitoringHistory, context: Context) -> Path:
        """Write a report of what monitors saw of one model version.

        Called once a format at the end of ``fourstroke monitor``, and by ``fourstroke monitor report``;
        optional.

        Parameters
        ----------
        history : MonitoringHistory
            The facts: the latest window, and the windows before it.
        context : Context
            ``context.scratch`` is an empty folder to write to.

        Returns
        -------
        Path
            The file, in ``context.scratch``, held to the same as that of `render`.

        Notes
        -----
        When it raises, the failure is shown, and what was seen is recorded all the same. Since 0.1.
        """
        ...
