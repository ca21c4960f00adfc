"""Budget and cool-down: how often the loop may turn, in whatever order moments come."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourstroke.turning.rails import Turn, refusal
from fourstroke.turning.settings import LoopSettings

START = dt.datetime(2026, 5, 1, 6, tzinfo=dt.UTC)


def at(hours: float) -> dt.datetime:
    return START + dt.timedelta(hours=hours)


def why(hours: float, *turns: Turn, is_asked: bool = False, **settings) -> str:
    return refusal(LoopSettings(**settings), turns, at(hours), is_asked=is_asked)


def test_cool_down_counts_from_the_last_turn_and_ends_at_its_moment():
    turns = [Turn(at=at(0)), Turn(at=at(5))]

    assert why(28, *turns) == "cooling down after the last turn until 2026-05-02 11:00 UTC"
    assert why(29, *turns) == ""
    assert why(6, *turns, cool_down="") == ""
    assert why(6, *turns, is_asked=True) == ""


def test_a_turn_that_was_cut_short_is_not_waited_for_and_is_paid_for():
    cut_short = Turn(at=at(0), is_over=False)

    assert why(1, cut_short) == ""
    assert why(1, cut_short, budget="1 per 7d").startswith("the budget of 1 per 7d is used up")


def test_budget_is_free_again_when_its_oldest_turn_is_out_of_the_period():
    turns = [Turn(at=at(0)), Turn(at=at(30))]
    rules = {"budget": "2 per 7d", "cool_down": ""}

    told = "the budget of 2 per 7d is used up until 2026-05-08 06:00 UTC"
    assert why(167.9, *turns, **rules) == told
    assert why(167.9, *turns, **rules, is_asked=True) == told
    assert why(168, *turns, **rules) == ""
    assert why(99, turns[0], **rules) == ""


@pytest.mark.parametrize("asked_hours", [-10, 0, 47])
def test_a_clock_that_is_put_back_buys_no_turn(asked_hours: int):
    assert why(asked_hours, Turn(at=at(0)), budget="1 per 2d", cool_down="")


@given(
    moments=st.lists(st.integers(0, 400), max_size=25),
    most=st.integers(1, 4),
    hours=st.integers(1, 72),
    asks=st.booleans(),
)
def test_no_period_ever_holds_more_turns_than_the_budget(moments, most, hours, asks):
    settings = LoopSettings(budget=f"{most} per {hours}h", cool_down="")
    made: list[Turn] = []

    for moment in moments:
        if not refusal(settings, made, at(moment), is_asked=asks):
            made.append(Turn(at=at(moment)))

    period = dt.timedelta(hours=hours)
    for turn in made:
        assert sum(turn.at <= each.at < turn.at + period for each in made) <= most
    # It is no stricter than it says: the first moment of all is let through.
    assert bool(made) == bool(moments)
