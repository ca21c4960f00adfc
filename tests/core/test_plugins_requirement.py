"""Requirements on fourstroke, read as pip reads them."""

from __future__ import annotations

import pytest

from fourstroke.plugins.requirement import canonical, rank, unmet

packaging = pytest.importorskip("packaging.specifiers")

VERSIONS = [
    "0.1.0",
    "0.9",
    "0.10",
    "1.0.dev1",
    "1.0a1",
    "1.0b2",
    "1.0rc1",
    "1.0",
    "1.0.1",
    "1.0.post1",
]
SPECIFIERS = [
    *(
        f"{operator}{version}"
        for operator in (">=", "<=", "==", "!=", "~=")
        for version in ("0.1.0", "0.9", "1.0", "1.0.1", "1.0rc1")
    ),
    *(">0.9", "<1.0", "<0.10", ">1.0", "==1.*", "==0.1.*", "!=0.1.*", ">=0.1,<1", ">=1.0,!=1.0.1"),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("specifier", SPECIFIERS)
def test_requirement_is_met_exactly_when_packaging_says_so(version: str, specifier: str):
    expected = packaging.SpecifierSet(specifier).contains(version, prereleases=True)

    assert (unmet([f"fourstroke{specifier}"], "fourstroke", version) == "") is expected


def test_versions_are_ordered_as_packaging_orders_them():
    from packaging.version import Version

    assert sorted(VERSIONS, key=rank) == sorted(VERSIONS, key=Version)


@pytest.mark.parametrize(
    ("requirement", "is_met"),
    [
        ("fourstroke>=99; extra == 'new'", True),
        ("fourstroke[postgres]>=99", False),
        ("fourstroke (>=99)", False),
        ('fourstroke>=99; python_version >= "3.8"', False),
        ("fourstroke-tools>=99", True),
        ("Four_Stroke>=99", True),
        ("fourstroke @ https://example.org/fourstroke.whl", True),
    ],
)
def test_forms_of_requirements(requirement: str, is_met):
    assert (unmet([requirement], "fourstroke", "0.1.0") == "") is is_met


def test_names_are_compared_as_the_index_compares_them():
    assert canonical("Fourstroke_XG.Boost") == canonical("fourstroke-xg--boost")
