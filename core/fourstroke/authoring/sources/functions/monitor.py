from fourstroke import Observation


def template(window, least: int = 30) -> list[Observation]:
    """Watch how many rows are scored."""
    rows = sum(len(batch.data) for batch in window.batches)
    status = "ok" if rows >= least else "unknown"
    return [Observation(name="volume", status=status, value=rows, why=f"{least} rows are needed")]
