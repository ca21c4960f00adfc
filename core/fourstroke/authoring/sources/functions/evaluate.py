from fourstroke import DataError, Evaluation, Metric


def template(data, predictions, context, name: str = "share_right") -> Evaluation:
    """Measure the share of rows that are predicted right."""
    if not len(data):
        raise DataError("there are no rows to measure on")
    right = predictions["prediction"].to_numpy() == data[context.task.target].to_numpy()
    return Evaluation(metrics=(Metric(name=name, value=float(right.mean()), rows=len(data)),))
