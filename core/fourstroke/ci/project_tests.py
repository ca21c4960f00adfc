"""The step `tests`: the project's own tests under pytest, in a process of their own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from fourstroke.ci.results import Finding, StepResult, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "tests"

# Folders that pytest itself does not look into, and those of tools.
_LEFT_OUT = frozenset({"build", "dist", "node_modules", "venv", "__pycache__"})
_NO_TESTS = 5
_TOLD_LINES = 40
_TOLD_TESTS = 20


def run_tests(root: Path) -> StepResult:
    """Run pytest in the project's folder, as its own configuration says; nothing is left behind."""
    if not _has_tests(root):
        return skipped(NAME, "the project has no tests")
    if importlib.util.find_spec("pytest") is None:
        # Not skipped: a project whose tests nobody ran must not look like one whose tests passed.
        text = "pytest is not installed, and the project has tests (pip install pytest, or --skip tests)"
        missing = Finding(level="error", text=text)
        return StepResult(
            name=NAME, status="failed", summary=text, exit_code=1, findings=(missing,)
        )
    with tempfile.TemporaryDirectory(prefix="fourstroke-ci-") as folder:
        written = Path(folder) / "junit.xml"
        done = subprocess.run(  # noqa: S603 - fixed words
            [
                *(sys.executable, "-m", "pytest", "-q", "--color=no", "--tb=short"),
                *("-p", "no:cacheprovider"),
                *("-o", "junit_family=xunit1", f"--junitxml={written}"),
            ],
            cwd=root,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        cases = _cases(written)
    if done.returncode == _NO_TESTS:
        return skipped(NAME, "pytest found no test")
    return _result(root, done, cases)


def _result(
    root: Path, done: subprocess.CompletedProcess[str], cases: list[ET.Element]
) -> StepResult:
    bad = [case for case in cases if _fault(case) is not None]
    told = [_finding(root, case) for case in bad[:_TOLD_TESTS]]
    if len(bad) > len(told):
        told.append(Finding(level="error", text=f"and {len(bad) - len(told)} more tests failed"))
    ran = sum(case.find("skipped") is None for case in cases)
    if done.returncode == 0:
        left_out = f", {len(cases) - ran} skipped" if len(cases) > ran else ""
        return StepResult(name=NAME, status="passed", summary=f"{ran} passed{left_out}")
    lines = done.stdout.splitlines()
    last = next((line for line in reversed(lines) if line.strip()), "")
    return StepResult(
        name=NAME,
        status="failed",
        summary=f"{len(bad)} of {ran} failed" if bad else f"pytest ended with {last.strip()!r}",
        exit_code=1,
        findings=tuple(told) or (Finding(level="error", text=last.strip() or "pytest failed"),),
        detail="\n".join(lines[-_TOLD_LINES:]),
    )


def _finding(root: Path, case: ET.Element) -> Finding:
    fault = _fault(case)
    message = "" if fault is None else fault.get("message", "")
    name = f"{case.get('classname', '')}.{case.get('name', '')}".strip(".")
    file, line = case.get("file", ""), case.get("line", "")
    if not (root / file).resolve().is_relative_to(root):
        # A test that is inherited, from a contract say: its class tells where it was asked for.
        file, line = _module(root, case.get("classname", "")), ""
    return Finding(
        level="error",
        text=f"{name}: {' '.join(message.split())}",
        file=file,
        line=int(line) + 1 if line.isdecimal() else 0,  # pytest counts from 0 here
    )


def _module(root: Path, name: str) -> str:
    parts = name.split(".")
    files = ("/".join(parts[:count]) + ".py" for count in range(len(parts), 0, -1))
    return next((file for file in files if (root / file).is_file()), "")


def _fault(case: ET.Element) -> ET.Element | None:
    found = case.find("failure")
    return case.find("error") if found is None else found


def _cases(file: Path) -> list[ET.Element]:
    try:
        return list(ET.parse(file).getroot().iter("testcase"))  # noqa: S314 - pytest has just written it
    except (OSError, ET.ParseError):
        return []


def _has_tests(root: Path) -> bool:
    return next(_test_files(root), None) is not None


def _test_files(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = [each for each in names if not each.startswith(".") and each not in _LEFT_OUT]
        for file in files:
            is_test = file.startswith("test_") or file.endswith("_test.py")
            if is_test and file.endswith(".py"):
                yield Path(folder) / file
