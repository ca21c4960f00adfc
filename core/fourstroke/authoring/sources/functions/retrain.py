from fourstroke import Decision


def template(report, least: int = 1) -> Decision:
    """Turn again when enough observations of a window are alerts."""
    alerts = sum(each.status == "alert" for each in report.observations)
    answer = "yes" if alerts and alerts >= least else "no"
    return Decision(answer=answer, why=f"{alerts} observations are alerts", by="template")
