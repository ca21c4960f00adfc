from fourstroke import Check


def template(parts, context) -> list[Check]:
    """Ask that no id is in the training part and in the test part, too."""
    column, train, test = context.task.id, parts["train"], parts["test"]
    if column not in train:
        return [Check(name="ids", status="skipped", why=f"there is no column {column!r}")]
    both = int(test[column].isin(train[column].dropna()).sum())
    status = "fail" if both else "pass"
    why = f"{both} rows of the test part have an id of the training part"
    return [Check(name="ids", status=status, why=why, column=column)]
