from fourstroke import Check


def template(candidate, least: float = 0.5) -> list[Check]:
    """Ask that the primary metric was measured, and is high enough."""
    metric = next(iter(candidate.evaluation.metrics), None)
    value = metric.value if metric else None
    status = "pass" if value is not None and value >= least else "fail"
    return [Check(name="primary metric", status=status, observed=value, required=f">= {least:g}")]
