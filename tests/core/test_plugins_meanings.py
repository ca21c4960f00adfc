"""What the settings of a plugin mean is what stands above them in its source."""

from __future__ import annotations

import attrs

from fourstroke.plugins.meanings import of_comments


@attrs.frozen
class Bounded:
    """Keep to bounds."""

    # The least and
    # the largest value.
    low: float
    high: float

    odd: int = 0
    # How it is told.
    words: str = attrs.field(
        default="",
    )
    loud: bool = False


@attrs.frozen
class Louder(Bounded):
    # How loud it is.
    volume: int = 3


def test_a_comment_of_several_lines_is_one_sentence():
    assert of_comments(Bounded)["low"] == "The least and the largest value."


def test_fields_below_each_other_share_a_comment():
    assert of_comments(Bounded)["high"] == "The least and the largest value."


def test_a_field_after_a_field_of_several_lines_shares_its_comment():
    assert of_comments(Bounded)["loud"] == "How it is told."


def test_a_field_after_a_gap_has_no_comment_of_another():
    assert "odd" not in of_comments(Bounded)


def test_inherited_fields_keep_their_comments():
    assert of_comments(Louder).keys() == {"low", "high", "words", "loud", "volume"}


def test_a_class_without_a_source_has_no_comments():
    assert of_comments(attrs.make_class("Made", ["x"])) == {}
