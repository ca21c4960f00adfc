from fourstroke import Section, Table


def template(data, most: int = 20) -> list[Section]:
    """Show how complete the columns are that a model is measured on."""
    rows = tuple((str(name), int(data[name].notna().sum())) for name in list(data)[:most])
    table = Table(columns=("column", "rows with a value"), rows=rows)
    return [Section(title="Complete columns", tables=(table,))]
