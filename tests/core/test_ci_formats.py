"""What `fourstroke ci` writes for others to read: workflow commands, JUnit XML, Markdown."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from fourstroke import Check, Metric
from fourstroke.ci.annotations import as_annotations
from fourstroke.ci.forge import Forge
from fourstroke.ci.judging import could_be_kept
from fourstroke.ci.junit import as_junit
from fourstroke.ci.results import CiReport, Finding, Judged, Quality, StepResult
from fourstroke.ci.summary import as_summary

NASTY = st.text(max_size=60) | st.sampled_from(
    ["::set-env name=X::y", "a\r\n::error::b", "100%0A", "a,b:c", "</failure>", "\x00\ufffe\ud800"]
)


def report_of(text: str, *, file: str = "steps.py") -> CiReport:
    """Put a text from outside wherever one may stand."""
    finding = Finding(level="error", text=text, file=file, line=3)
    check = Check(name=text, status="fail", why=text, required=text, observed=text)
    step = StepResult(
        name="run", status="failed", summary=text, exit_code=1, findings=(finding,), detail=text
    )
    return CiReport(
        project=text,
        environment=text,
        steps=(step, StepResult(name="lock", status="skipped", summary=text)),
        checks=(
            Judged(check=check, status="failed"),
            Judged(check=attrs.evolve(check, status="error"), status="failed"),
            Judged(check=attrs.evolve(check, status="pass"), status="passed"),
        ),
        quality=Quality(candidate=text, metrics=(Metric(name=text, value=0.5),), note=text),
    )


@given(NASTY, NASTY)
@settings(deadline=None)
def test_annotation_is_one_command_whatever_a_text_holds(tmp_path_factory, text, file):
    root = tmp_path_factory.getbasetemp()

    lines = list(as_annotations(report_of(text, file=file or "x"), root, Forge()))

    assert len(lines) == 1
    assert len(lines[0].splitlines()) == 1
    command = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", lines[0])
    assert command is not None
    # As the runner does it: properties are cut at commas and the first equals sign.
    properties = dict(part.split("=", 1) for part in command[2].split(","))
    assert list(properties) == ["file", "line", "title"]
    assert properties["title"] == "fourstroke ci%3A run"
    assert not re.search(r"%(?!25|0A|0D|3A|2C)", lines[0])


def test_annotations_name_files_from_the_top_of_the_checkout(tmp_path):
    forge = Forge(workspace=tmp_path)
    report = report_of("50% of it: wrong")

    lines = list(as_annotations(report, tmp_path / "models" / "income", forge))

    assert lines == [
        "::error file=models/income/steps.py,line=3,title=fourstroke ci%3A run::50%25 of it: wrong"
    ]


# What Jenkins' xunit plugin allows (junit-10.xsd); GitLab and others read a part of it.
ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors", "disabled"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id"},
        {"testcase", "properties", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "classname", "time", "status", "assertions"},
        {"failure", "error", "skipped", "system-out", "system-err"},
    ),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message", "type"}, set()),
    "system-out": (set(), set()),
}


@given(NASTY)
@settings(deadline=None)
def test_junit_can_be_read_whatever_a_text_holds(text):
    written = as_junit(report_of(text))

    for element in ET.fromstring(written.encode()).iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.keys()) <= attributes
        assert {child.tag for child in element} <= children


def test_junit_has_a_case_for_each_step_and_each_check():
    suites = list(JUnitXml.fromstring(as_junit(report_of("x")).encode()))

    assert [(suite.name, suite.tests) for suite in suites] == [
        ("fourstroke ci", 2),
        ("fourstroke verdict", 3),
    ]
    assert [(suite.failures, suite.errors, suite.skipped) for suite in suites] == [
        (0, 1, 1),
        (1, 1, 0),
    ]
    results = [[type(each) for each in case.result] for suite in suites for case in suite]
    assert results == [[Error], [Skipped], [Failure], [Error], []]


def test_verdict_that_says_no_is_a_failure_and_not_an_error():
    step = StepResult(name="verdict", status="failed", summary="no", exit_code=3)

    written = as_junit(CiReport(project="x", environment="", steps=(step,)))

    assert '<failure message="no" type="exit code 3" />' in written


@given(NASTY)
@settings(deadline=None)
def test_no_text_breaks_out_of_its_cell(text):
    written = as_summary(report_of(text))

    lines = written.splitlines()
    known = len(as_summary(report_of("x")).splitlines())
    assert len(lines) == known
    for line in lines:
        if line.startswith("|"):
            assert line.count("|") in {5, 7}
        assert "<" not in line
        assert not re.search(r"(?<!\w)@\w", line)


def test_text_of_a_summary_is_no_link_and_no_markup():
    written = as_summary(report_of("[x](http://evil) **b** `c` @team www.evil roc_auc"))

    row = next(line for line in written.splitlines() if "| run |" in line)
    assert "&#91;x&#93;(http:&#47;/evil)" in row
    assert "&#42;&#42;b&#42;&#42; &#96;c&#96; &#64;team www&#46;evil roc_auc" in row


@pytest.mark.parametrize(
    ("required", "interval", "is_open"),
    [
        (">= 0.9", (0.85, 0.91), True),
        (">= 0.9", (0.85, 0.89), False),
        ("<= 320", (310.0, 400.0), True),
        ("<= 320", (321.0, 400.0), False),
        ("> -1e-3", (-0.5, 0.0), True),
        ("< 0.1", None, False),
        ("all of them", (0.0, 1.0), False),
    ],
)
def test_sample_leaves_open_what_its_interval_reaches(required, interval, is_open):
    check = Check(name="x", status="fail", required=required, interval=interval)

    assert could_be_kept(check) is is_open


@pytest.mark.parametrize(
    ("variables", "is_fork"),
    [
        ({}, False),
        ({"CHANGE_FORK": "someone"}, True),
        ({"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "7"}, False),
        ({"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8", "CI_MERGE_REQUEST_PROJECT_ID": "7"}, True),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "/not/there"}, False),
    ],
)
def test_forges_tell_of_forks(variables, is_fork):
    assert Forge.found(variables).is_fork is is_fork


def test_deleted_fork_is_a_fork(tmp_path):
    (tmp_path / "event.json").write_text('{"pull_request": {"head": {"repo": null}}}')
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}

    assert Forge.found(variables).is_fork
