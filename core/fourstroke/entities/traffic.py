"""How the requests of a time were answered: by how many predictions, refusals and failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Self

import attrs

# The first status of HTTP that blames the service: RFC 9110, 15.6.
SERVER_ERROR: Final = 500


@attrs.frozen(kw_only=True)
class Traffic:
    """How many requests a service was asked, and what became of them; nothing of what they asked.

    Parameters
    ----------
    answered : int
        Requests that got predictions, those too whose rows were left out of the log or dropped.
    statuses : mapping of str to int
        How many requests got none, by their status of HTTP: ``{"500": 3, "422": 12}``.

    Examples
    --------
    >>> day = Traffic(answered=985, statuses={"500": 3, "422": 12})
    >>> day.failed, day.refused, day.asked
    (3, 12, 1000)
    """

    answered: int = 0
    statuses: Mapping[str, int] = attrs.field(factory=dict)

    @property
    def failed(self) -> int:
        """Requests that the service is at fault for: those of a status of 500 and above."""
        return sum(many for status, many in self.statuses.items() if int(status) >= SERVER_ERROR)

    @property
    def refused(self) -> int:
        """Requests that were refused for their content."""
        return sum(self.statuses.values()) - self.failed

    @property
    def asked(self) -> int:
        """All of them."""
        return self.answered + sum(self.statuses.values())

    @classmethod
    def together(cls, several: Iterable[Traffic]) -> Self:
        """Add up.

        Examples
        --------
        >>> Traffic.together([Traffic(answered=2, statuses={"500": 1}), Traffic(statuses={"500": 1})])
        Traffic(answered=2, statuses={'500': 2})
        """
        answered, statuses = 0, Counter[str]()
        for each in several:
            answered += each.answered
            statuses.update(each.statuses)
        return cls(answered=answered, statuses=dict(sorted(statuses.items())))
