"""What a distribution's metadata says about the versions of fourstroke that it works with.

Only the part of the version scheme that requirements are written in (PEP 440, "Version Identification and
Dependency Specification", N. Coghlan and D. Stufft, 2013), so that a list of plugins needs no library.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*\(?(?P<versions>[^;)]*)\)?\s*(;(?P<marker>.*))?",
    re.DOTALL,
)
_SPECIFIER = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>)\s*([^\s,]+)\s*")
_VERSION = re.compile(
    r"v?(?:\d+!)?(?P<numbers>\d+(?:\.\d+)*)"
    r"(?:[-_.]?(?P<pre>a|alpha|b|beta|c|rc|pre|preview)[-_.]?(?P<pre_number>\d*))?"
    r"(?P<post>[-_.]?(?:post|rev|r)[-_.]?\d*|-\d+)?"
    r"(?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_number>\d*))?",
    re.IGNORECASE,
)
_RANKS: Final = {"a": 1, "b": 2, "c": 3, "r": 3, "p": 3}  # by first letter; "p" is "pre", a "rc"
_DEVELOPMENT, _FINAL, _POST = 0, 4, 5

Rank = tuple[tuple[int, ...], int, int, int, int]


def unmet(requirements: Iterable[str], name: str, version: str) -> str:
    """Find the first requirement on ``name`` that ``version`` does not meet.

    Requirements of extras do not count. Other markers are taken to hold: to refuse a plugin that says
    openly that it does not fit is safer than to import it.

    Returns
    -------
    str
        The requirement as it is written, without its marker; empty if all are met.

    Examples
    --------
    >>> unmet(["pandas>=2", "fourstroke>=2,<3"], "fourstroke", "0.1.0")
    'fourstroke>=2,<3'
    >>> unmet(["fourstroke>=0.1", "fourstroke>=9; extra == 'new'"], "fourstroke", "0.1.0")
    ''
    """
    for requirement in requirements:
        found = _REQUIREMENT.match(requirement)
        if found is None or canonical(found["name"]) != canonical(name):
            continue
        if re.search(r"\bextra\b", found["marker"] or ""):
            continue
        if not all(_meets(version, *pair) for pair in _SPECIFIER.findall(found["versions"])):
            return requirement.partition(";")[0].strip()
    return ""


def canonical(name: str) -> str:
    """Give the form in which two names of one distribution are equal.

    Examples
    --------
    >>> canonical("Fourstroke_XGBoost")
    'fourstroke-xgboost'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def _meets(version: str, operator: str, wanted: str) -> bool:
    if operator == "===":
        return version == wanted
    if operator == "~=":
        return rank(version) >= rank(wanted) and _begins(version, wanted, shorter_by=1)
    if wanted.endswith(".*"):
        begins = _begins(version, wanted.removesuffix(".*"))
        return begins if operator == "==" else not begins
    ours, theirs = rank(version), rank(wanted)
    return {
        "==": ours == theirs,
        "!=": ours != theirs,
        "<=": ours <= theirs,
        ">=": ours >= theirs,
        # 2.0rc1 is not below 2.0 for this purpose: who writes <2.0 does not want it.
        "<": ours < theirs and not (ours[1] < _FINAL and ours[0] == theirs[0]),
        # Nor is 1.0.post1 above 1.0.
        ">": ours > theirs and not (ours[1] == _POST != theirs[1] and ours[0] == theirs[0]),
    }[operator]


def rank(version: str) -> Rank:
    """Give what versions are ordered by; what is no version comes first.

    Examples
    --------
    >>> rank("1.0.dev3") < rank("1.0a1") < rank("1.0rc1") < rank("1.0") < rank("1.0.post1")
    True
    >>> rank("1.0") == rank("1.0.0"), rank("0.10") > rank("0.9")
    (True, True)
    """
    found = _VERSION.match(version)
    if found is None:
        return ((), 0, 0, 0, 0)
    numbers = tuple(int(part) for part in found["numbers"].split("."))
    while numbers and numbers[-1] == 0:
        numbers = numbers[:-1]
    stage = _FINAL
    if found["pre"]:
        stage = _RANKS[found["pre"][0].lower()]
    elif found["post"]:
        stage = _POST
    elif found["dev"]:
        stage = _DEVELOPMENT
    post = int(re.sub(r"\D", "", found["post"] or "") or 0)
    return (
        numbers,
        stage,
        int(found["pre_number"] or 0) or post,
        0 if found["dev"] else 1,
        int(found["dev_number"] or 0),
    )


def _begins(version: str, wanted: str, *, shorter_by: int = 0) -> bool:
    numbers = _numbers(wanted)
    length = len(numbers) - shorter_by
    ours = _numbers(version)
    return (ours + (0,) * length)[:length] == numbers[:length]


def _numbers(version: str) -> tuple[int, ...]:
    found = _VERSION.match(version)
    return tuple(int(part) for part in found["numbers"].split(".")) if found else ()
