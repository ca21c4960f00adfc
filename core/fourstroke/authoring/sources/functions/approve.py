from fourstroke import Decision


def template(verdict, checks: int = 2) -> Decision:
    """Approve what has passed enough checks, and leave the rest to people."""
    answer = "yes" if verdict.passed and len(verdict.checks) >= checks else "waiting"
    return Decision(answer=answer, why=f"{len(verdict.checks)} checks passed", by="template")
