"""The report as JUnit XML, which every forge reads: a case for each step and each check of the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from fourstroke.errors import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.ci.results import CiReport, Judged, StepResult

_NAME = "fourstroke"


def as_junit(report: CiReport) -> str:
    """Write the XML; in the elements and attributes that Jenkins, GitLab and GitHub's readers share.

    A failed step is a ``failure``, or an ``error`` if it could not do its work; a warning passes, and
    stands in ``system-out``. Characters that XML does not have are escaped.
    """
    suites = ET.Element("testsuites")
    _suite(suites, f"{_NAME} ci", [_of_step(step) for step in report.steps])
    if report.checks:
        _suite(suites, f"{_NAME} verdict", [_of_check(each) for each in report.checks])
    ET.indent(suites)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"
    )


def _suite(suites: ET.Element, name: str, cases: Sequence[ET.Element]) -> None:
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counts = {
        key: str(sum(case.find(tag) is not None for case in cases)) for key, tag in counted.items()
    }
    took = sum(float(case.get("time", 0)) for case in cases)
    attributes = {"name": name, "tests": str(len(cases)), **counts, "time": f"{took:.3f}"}
    ET.SubElement(suites, "testsuite", attributes).extend(cases)


def _of_step(step: StepResult) -> ET.Element:
    case = _case("ci", step.name, step.seconds)
    lines = [_line(each.level, each.file, each.line, each.text) for each in step.findings]
    if step.status == "failed":
        # The classes of errors: 3 and 4 are answers, 1 and 2 are faults.
        tag = "failure" if step.exit_code > 2 or step.name in {"tests", "plugins"} else "error"  # noqa: PLR2004
        told = [*lines, *step.detail.splitlines()]
        _child(case, tag, step.summary, f"exit code {step.exit_code}", told)
    elif step.status == "skipped":
        ET.SubElement(case, "skipped", {"message": _clean(step.summary)})
    else:
        _out(case, [step.summary, *lines])
    return case


def _of_check(judged: Judged) -> ET.Element:
    check = judged.check
    case = _case("verdict", check.name, 0.0)
    told = f"observed {check.observed}" if check.observed is not None else check.status
    asked = f", required {check.required}" if check.required else ""
    line = f"{check.status}: {check.why or check.name}"
    if judged.status == "failed":
        tag = "error" if check.status == "error" else "failure"
        _child(case, tag, line, check.status, [f"{told}{asked}"])
    elif judged.status == "skipped":
        ET.SubElement(case, "skipped", {"message": _clean(line)})
    else:
        _out(case, [line, f"{told}{asked}"])
    return case


def _case(suite: str, name: str, seconds: float) -> ET.Element:
    words = {"classname": f"{_NAME}.{suite}", "name": _clean(name), "time": f"{seconds:.3f}"}
    return ET.Element("testcase", words)


def _child(case: ET.Element, tag: str, message: str, kind: str, lines: Sequence[str]) -> None:
    child = ET.SubElement(case, tag, {"message": _clean(message), "type": kind})
    child.text = "\n".join(map(_clean, lines))


def _out(case: ET.Element, lines: Sequence[str]) -> None:
    ET.SubElement(case, "system-out").text = "\n".join(_clean(line) for line in lines if line)


def _line(level: str, file: str, line: int, text: str) -> str:
    place = f"{file}:{line}: " if line else f"{file}: " if file else ""
    return f"{level}: {place}{text}"


def _clean(text: str) -> str:
    """Escape what XML 1.0 cannot hold, among it all control characters and halves of pairs."""
    return "".join(
        each if each not in "\ufffe\uffff" else f"\\u{ord(each):04x}" for each in printable(text)
    )
