from fourstroke import Check


def template(data, column: str, most: float = 0.1) -> list[Check]:
    """Ask that a column has few gaps."""
    is_there = column in data and len(data) > 0
    share = float(data[column].isna().mean()) if is_there else 1.0
    status = "pass" if share <= most else "fail"
    why = f"{share:.0%} of the rows of {column} have no value"
    return [Check(name=f"gaps in {column}", status=status, why=why, column=column)]
