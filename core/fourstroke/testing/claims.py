"""What holds, said in a sentence: the assertions of a contract.

A plugin's author reads them in pytest's output and in that of ``fourstroke plugins check``, where
nobody rewrites assertions; so each says in words what is wrong.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def expect(holds: object, otherwise: str) -> None:
    """Fail the check unless something holds.

    Parameters
    ----------
    holds : object
        What has to be true.
    otherwise : str
        One sentence that says what the plugin did, for its author.

    Raises
    ------
    AssertionError
        If it is not true.
    """
    if not holds:
        raise AssertionError(otherwise)


@contextlib.contextmanager
def refused(*kinds: type[BaseException], otherwise: str) -> Iterator[None]:
    """Fail the check unless what is done inside raises one of these errors.

    Raises
    ------
    AssertionError
        If nothing is raised, or something else.
    """
    names = " or ".join(kind.__name__ for kind in kinds)
    try:
        yield
    except kinds:
        return
    except Exception as error:
        raise AssertionError(
            f"{otherwise}: it raised {type(error).__name__} ({error}), not {names}"
        ) from error
    raise AssertionError(f"{otherwise}: it raised nothing, not {names}")
