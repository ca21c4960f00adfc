"""The model card's own words: what people say of a model, beside what was measured."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class CardSection:
    """One part of a model card.

    Parameters
    ----------
    title : str
        Its heading, such as ``Intended use``; empty for what stands before the first one.
    text : str
        What people wrote, as plain text.
    todo : int
        How often ``TODO`` stands in it.
    """

    title: str
    text: str
    todo: int = 0


@attrs.frozen(kw_only=True)
class ModelCard:
    """What people wrote about a model (Mitchell et al. 2019, Model Cards for Model Reporting).

    Parameters
    ----------
    file : str
        The file, relative to the project.
    sections : tuple of CardSection
        Its parts, in their order.
    """

    file: str
    sections: tuple[CardSection, ...] = ()

    @property
    def todo(self) -> int:
        """How much is left to write: the number of ``TODO`` in the file."""
        return sum(section.todo for section in self.sections)
