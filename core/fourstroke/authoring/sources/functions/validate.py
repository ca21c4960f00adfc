from math import isfinite

from fourstroke import Check


def template(candidate, least: float = 0.5) -> list[Check]:
    """Ask that the primary metric was measured, and is high enough."""
    metric = next(iter(candidate.evaluation.metrics), None)
    value = metric.value if metric else None
    is_enough = value is not None and isfinite(value) and value >= least
    status, why = ("pass" if is_enough else "fail"), f"it is {value}, asked for is {least:g}"
    return [Check(name="primary metric", status=status, observed=value, why=why)]
