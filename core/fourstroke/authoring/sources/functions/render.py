from pathlib import Path


def template(report, context) -> Path:
    """Write a run as lines of plain text."""
    lines = [f"{report.project} {report.run} {report.state}"]
    lines += [f"{step.state} {step.name} {step.summary}" for step in report.steps]
    path = context.scratch / "report.txt"
    path.write_text("".join(f"{ascii(line)[1:-1]}\n" for line in lines))
    return path
