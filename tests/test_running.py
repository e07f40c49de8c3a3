"""A running search told honestly: what is shown of it is true as printed, and stopping it keeps the best so far."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footprints.cli.show import ProgressLine, progress_words
from footprints.jobs import JobState, ProposalJob
from footprints.jobs.process import Limits
from footprints.jobs.proposals import KEPT_EVENTS
from footprints.jobs.protocol import Request
from footprints.ui import chart, words
from optimise.criteria import Criteria
from optimise.solution import Progress, StoppedBy

pytestmark = pytest.mark.alone


def event(seconds: float, best: float | None, bound: float | None) -> Progress:
    return Progress("proof", "Ely", 1, 1, seconds, best, bound)


# 1,000 people; the first plan costs 3 km a person, the bound begins far below and comes near.
EVENTS = (
    event(0.5, 3_000.0, None),
    event(1.0, 2_500.0, 0.0),
    event(2.0, 2_500.0, 400.0),
    event(4.0, 2_200.0, 2_000.0),
    event(9.0, 2_139.0, 2_129.0),
)
ROWS = chart.series(EVENTS, 1_000.0)


def test_the_chart_draws_what_is_known_and_nothing_else() -> None:
    best = [(row["seconds"], row["km"]) for row in ROWS if row["line"] == chart.BEST]
    bound = [(row["seconds"], row["km"]) for row in ROWS if row["line"] == chart.BOUND]
    assert best == [(0.5, 3.0), (1.0, 2.5), (2.0, 2.5), (4.0, 2.2), (9.0, 2.139)]
    assert bound == [(2.0, 0.4), (4.0, 2.0), (9.0, 2.129)]
    assert chart.series([event(1.0, None, float("-inf"))], 1_000.0) == []


def test_the_lines_differ_without_colour_and_are_named_at_their_ends() -> None:
    drawn = chart.spec(ROWS)
    lines, *names = drawn["layer"]
    assert lines["mark"]["interpolate"] == "step-after"
    dash = lines["encoding"]["strokeDash"]["scale"]
    assert dash["domain"] == [chart.BEST, chart.BOUND]
    assert dash["range"][0] != dash["range"][1]
    assert lines["encoding"]["color"]["legend"] is None
    said = [(name["data"]["values"][0]["name"], name["mark"]["baseline"]) for name in names]
    # The best plan is rounded to the nearest, the bound down: 2.129 must never read 2.13.
    assert said == [("Best so far: 2.14 km", "bottom"), ("No plan can beat: 2.12 km", "top")]
    assert drawn["description"] == "Best so far: 2.14 km; No plan can beat: 2.12 km a person"
    only_best = chart.spec([row for row in ROWS if row["line"] == chart.BEST])
    assert len(only_best["layer"]) == 2


def test_the_scale_says_where_it_begins_and_holds_the_end() -> None:
    low, high = chart.scale(ROWS)
    assert low < 2.129
    assert high > 2.139
    assert low > 0.4  # the far beginning of the bound does not press the gap flat
    assert "does not begin at 0. Earlier values lie outside it." in chart.caption(ROWS)
    assert "Earlier" not in chart.caption(ROWS[-2:])
    weak = chart.series([event(1.0, 1_000.0, 1.0)], 1_000.0)
    assert chart.scale(weak)[0] == 0.0
    assert "does not begin at 0" not in chart.caption(weak)


@given(
    best=st.floats(1.0, 1e9),
    share=st.floats(0.001, 1.0),
    residents=st.integers(1, 60_000_000),
    more=st.floats(1.0, 9.0),
)
def test_ends_are_always_inside_the_scale(best: float, share: float, residents: int, more: float) -> None:
    rows = chart.series([event(0.1, best * more, None), event(1.0, best, best * share)], residents)
    low, high = chart.scale(rows)
    ends = [float(row["km"]) for row in rows if row["seconds"] == 1.0]
    assert all(0 <= low <= km <= high for km in ends)
    assert low < high


@given(bound=st.floats(0.0, 1e7), residents=st.integers(1, 1_000_000))
def test_a_printed_bound_is_never_above_the_proven_one(bound: float, residents: int) -> None:
    printed = float(words.floored(bound, residents).removesuffix(" km"))
    assert printed * residents <= bound * (1 + 1e-12) + 1e-9 * residents
    assert bound / residents - printed < 0.01 + 1e-9


def test_the_lines_of_the_command_line_are_true_as_printed() -> None:
    line = progress_words(EVENTS[-1], 1_000)
    assert "best so far 2.14 km a person; no plan under these rules can beat 2.12 km; gap 0.5%" in line
    assert "2.14 km² a person" in progress_words(EVENTS[-1], 1_000, "km²")
    whole = progress_words(event(1.0, 1_000.4, 999.9))
    assert "best so far 1,000; no plan under these rules can beat 999;" in whole
    assert "can beat" not in progress_words(EVENTS[1], 1_000)
    stream = io.StringIO()
    shown = ProgressLine(stream)
    shown.measure(1_000.0, "km2")
    shown(EVENTS[-1])
    assert "2.12 km²" in stream.getvalue()


def test_progress_is_kept_from_the_first_event_to_the_last_however_many_come() -> None:
    job = ProposalJob(Request("x", (), Criteria(), "x"), None, Limits(1, 1, 1))
    many = [event(n / 10, 5_000.0 - n // 5, float(n // 5)) for n in range(6_000)]
    for one in many:
        job._hear(one)
    kept = job.poll().progress
    assert len(kept) <= KEPT_EVENTS
    assert (kept[0], kept[-1]) == (many[0], many[-1])
    assert [one.seconds for one in kept] == sorted(one.seconds for one in kept)
    assert max(b.seconds - a.seconds for a, b in pairwise(kept)) < 20
    # Of a run of equal values the first and the last are kept.
    still = ProposalJob(Request("x", (), Criteria(), "x"), None, Limits(1, 1, 1))
    for n in range(10):
        still._hear(event(float(n), 10.0, 5.0))
    assert [one.seconds for one in still.poll().progress] == [0.0, 9.0]


@pytest.mark.parametrize(
    "until",
    [
        pytest.param(lambda now: now.best is not None, id="a first plan"),
        pytest.param(lambda now: bool(now.best and now.bound), id="a first bound"),
    ],
)
def test_stopping_a_real_search_keeps_the_best_plan_so_far(until: Callable[[JobState], bool]) -> None:
    # The demo county undivided, with the work of a minute, so that much is left when it is stopped.
    job = ProposalJob.start("demo", (), Criteria(within=(), seconds=60))
    try:
        limit = time.monotonic() + 120
        while not until(now := job.poll()) and not now.done and time.monotonic() < limit:
            time.sleep(0.05)
        assert until(now), now.diagnosis
        assert not now.done
        began = time.monotonic()
        job.cancel()
        state = job.wait(10)
        assert time.monotonic() - began < 3.0  # two seconds for the answer, and our own check of it
    finally:
        job.close()
    assert state.cancelled
    assert state.error is None, state.error
    assert state.proposal is not None
    assert state.proposal.plan is not None
    solution = state.proposal.solution
    assert solution.stopped_by is StoppedBy.CANCELLED
    assert solution.objective is not None
    assert now.best is not None
    assert solution.best_primary is not None
    assert solution.best_primary <= now.best * (1 + 1e-9)
    assert solution.bound <= solution.objective
