"""Labels that are no class of the model: somebody mistyped them, or the world has a new one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fourstroke.entities.classes import class_meant, class_name, predicted_classes
from fourstroke.entities.pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.engine.session import Session


def strange_labels(session: Session, labels: Artifact) -> Mapping[str, int]:
    """Count labels that are no class, by name; none if it is not known which classes there are.

    Parameters
    ----------
    labels : Artifact
        As `read_labels` gave them.

    Notes
    -----
    The classes are those for which the version that scored last gives probabilities or scores.
    """
    log = session.records.predictions(session.config.model)
    if session.config.task.kind == "regression" or not log:
        return {}
    columns = session.shop.tables.columns
    said = session.load(log[-1].predictions)
    classes = predicted_classes(said.columns if isinstance(said, Pieces) else columns(said))
    if not classes:
        return {}
    counts: Counter[Any] = Counter(columns(session.load(labels))["label"].tolist())
    found: Counter[str] = Counter()
    for label, count in counts.items():
        is_missing = label is None or label != label  # noqa: PLR0124 - NaN is not itself
        if not is_missing and class_meant(label, classes) is None:
            found[class_name(label)] += count
    return dict(found.most_common())
