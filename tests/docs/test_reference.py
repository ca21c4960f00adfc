"""The reference is what the code says, and every hook has its heading."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def generate():
    specification = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_committed_reference_is_what_the_code_gives(generate):
    stale = [
        name
        for name, text in generate.pages().items()
        if (DOCS / "reference" / name).read_text(encoding="utf-8") != text.rstrip() + "\n"
    ]

    assert not stale, f"run `python docs/generate.py`: {stale} changed"


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
