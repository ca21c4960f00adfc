from fourstroke import Check


def template(data, column: str, most: float = 0.1) -> list[Check]:
    """Ask that a column has few gaps."""
    share = float(data[column].isna().mean()) if len(data) else 1.0
    status = "pass" if share <= most else "fail"
    return [Check(name=f"gaps in {column}", status=status, observed=share, required=f"<= {most:g}")]
