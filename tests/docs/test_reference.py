"""The reference is what the code says, and every hook has its heading."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def generate():
    specification = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_committed_reference_is_what_the_code_gives():
    # In a process of its own: click and attrs keep on the classes what an earlier test made of them.
    done = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, f"run `python docs/generate.py`: {done.stdout}{done.stderr}"


def test_every_hook_says_when_it_is_called_and_since_when(generate):
    silent = [
        name
        for _, specification in generate.SPECIFICATIONS
        for name, hook in vars(specification).items()
        if not name.startswith("_") and callable(hook)
        if "Since " not in (hook.__doc__ or "")
        or not any(word in hook.__doc__ for word in ("Called", "called"))
    ]

    assert not silent
