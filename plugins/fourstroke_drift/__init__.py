"""Watch whether the rows that a model meets still look like those that it was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from fourstroke import Context, Observation, Window, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Drift", "MultivariateDrift"]

_NO_REFERENCE = "this model version has no reference to compare with yet: the next turn makes one"


@plugin
class Drift:
    """Compare every column, and the predictions, with the held-out rows of the model version.

    A column alerts if the statistic is at least ``effect`` *and* larger than what chance alone makes
    of a window of this size, over all columns together. So small windows give no false alarms, and
    large ones none for a difference that does not matter. Outcomes are compared too, as
    ``label_drift``, as soon as enough are known.
    """

    # What is measured. Where ``wasserstein`` and ``kolmogorov_smirnov`` (numbers alone) or
    # ``l_infinity`` (categories alone) say nothing, ``jensen_shannon`` is taken.
    statistic: Literal[
        "jensen_shannon",
        "wasserstein",
        "psi",
        "kolmogorov_smirnov",
        "chi_squared",
        "l_infinity",
    ] = "jensen_shannon"
    # The smallest value that matters; none: 0.2 for ``chi_squared`` and 0.1 for all others.
    effect: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(0.0))
    )
    # The share of windows without any drift in which chance may raise an alarm.
    false_alarms: float = attrs.field(
        default=0.01, validator=[attrs.validators.gt(0.0), attrs.validators.lt(0.5)]
    )
    # With fewer rows, of the window or of the reference, nothing is said.
    minimum_rows: int = attrs.field(default=30, validator=attrs.validators.ge(1))
    # Watch these columns only; empty for all features.
    columns: tuple[str, ...] = ()
    # Leave these columns out.
    ignore: tuple[str, ...] = ()

    @hookimpl
    def profile(self, data: Any, predictions: Any, context: Context) -> dict[str, Any]:
        """Keep a histogram of every column, of the predictions, and of the target."""
        # numpy and pandas are not needed to list or build this plugin.
        from fourstroke_drift.reference import Reference  # noqa: PLC0415

        found = Reference.of(
            data, predictions, context.task, columns=self.columns, ignore=self.ignore
        )
        return found.to_json()

    @hookimpl
    def monitor(self, window: Window, reference: Any, context: Context) -> Sequence[Observation]:
        """Give one observation a column, the columns that moved most first."""
        if reference is None:
            return (Observation(name="drift", status="unknown", why=_NO_REFERENCE),)
        from fourstroke_drift.reference import Reference  # noqa: PLC0415
        from fourstroke_drift.watching import Limits, watch  # noqa: PLC0415

        return watch(
            window,
            Reference.from_json(reference),
            Limits(
                statistic=self.statistic,
                effect=self.effect,
                false_alarms=self.false_alarms,
                minimum_rows=self.minimum_rows,
            ),
            target=context.task.target,
            seed=context.seed,
        )


@plugin
class MultivariateDrift:
    """Ask a classifier to tell rows of the window from held-out rows of the model version.

    It sees what no column shows by itself, such as two columns that no longer go together. It alerts if
    the area under the ROC curve, on rows that the classifier was not fitted on, is at least ``effect``
    *and* larger than what chance alone makes of samples of this size, and names the columns that tell
    most.
    """

    # The smallest AUC that matters: 0.5 says that nothing tells the two apart. 0.55 is about what a
    # quarter of a standard deviation in one column gives.
    effect: float = attrs.field(
        default=0.55, validator=[attrs.validators.ge(0.5), attrs.validators.lt(1.0)]
    )
    # The share of windows without any drift in which chance may raise an alarm.
    false_alarms: float = attrs.field(
        default=0.01, validator=[attrs.validators.gt(0.0), attrs.validators.lt(0.5)]
    )
    # With fewer rows, of the window or of the reference, nothing is said.
    minimum_rows: int = attrs.field(default=50, validator=attrs.validators.ge(10))
    # As many held-out rows travel with the version, and as many of a window are compared with them.
    sample: int = attrs.field(
        default=2000, validator=[attrs.validators.ge(100), attrs.validators.le(20_000)]
    )
    # Compare by these columns only; empty for all features.
    columns: tuple[str, ...] = ()
    # Leave these columns out.
    ignore: tuple[str, ...] = ()

    @hookimpl
    def profile(self, data: Any, predictions: Any, context: Context) -> dict[str, Any]:
        """Keep some rows: of numbers their bin, of categories their name, of others if there is one."""
        from fourstroke_drift.kept import KeptRows  # noqa: PLC0415
        from fourstroke_drift.reference import Reference  # noqa: PLC0415

        found = Reference.of(
            data, predictions, context.task, columns=self.columns, ignore=self.ignore
        )
        kept = KeptRows.of(data, found.columns, most=self.sample, seed=context.seed)
        return kept.to_json()

    @hookimpl
    def monitor(self, window: Window, reference: Any, context: Context) -> Sequence[Observation]:
        """Give one observation of the window, and if it alerts one a column that tells most."""
        if reference is None:
            return (Observation(name="multivariate_drift", status="unknown", why=_NO_REFERENCE),)
        # scikit-learn is not needed to list or build this plugin.
        from fourstroke_drift.kept import KeptRows  # noqa: PLC0415
        from fourstroke_drift.multivariate import Limits, watch  # noqa: PLC0415

        limits = Limits(
            effect=self.effect, false_alarms=self.false_alarms, minimum_rows=self.minimum_rows
        )
        kept = KeptRows.from_json(reference)
        return watch(window, kept, limits, most=self.sample, seed=context.seed)
