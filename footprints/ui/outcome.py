"""The running search and what it found: shown on the Propose page."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from boundaries.area import Area
from footprints.escape import plain_markdown
from footprints.plan import Plan
from footprints.proven import Proven
from footprints.shelf import Option
from footprints.standing import residents_of_parts, standings, unassigned
from footprints.ui import alternatives, chart, narrowed, numbers, prices, state, style, words
from footprints.ui.guard import guard
from optimise.solution import EXACT, Solution, Status
from optimise.words import at_most, count

PRICES, NUMBERS, OTHERS, TRADE_OFF = "What each rule costs", "How many neighbourhoods", "Other good plans", "Trade-off"


def show(area: Area) -> None:
    """Progress while a proposal is being made, then its result and what else can be asked of it."""
    own = state.session()
    if own.running:
        st.fragment(_progress, run_every=1.0)()
        return
    troubles()
    option = own.shelf.get()
    if option is None:
        return
    st.subheader(f"The current option: {plain_markdown(option.plan.name)}", anchor=False)
    with st.container(key="result_ready"):
        _result(option, area)
        st.page_link(state.page("map"), label="See it on the map")
    if option.solution is not None:
        _further(option, area)


def _further(option: Option, area: Area) -> None:
    """What else can be asked of a proposal, one tab each, so that the result stays in sight."""
    st.subheader("Ask further", anchor=False)
    named = [PRICES, NUMBERS, *([OTHERS] if alternatives.has_others(option) else []), TRADE_OFF]
    tabs = dict(zip(named, st.tabs(named), strict=True))
    with tabs[PRICES]:
        prices.show(option, area)
    with tabs[NUMBERS]:
        numbers.show(option)
    if OTHERS in tabs:
        with tabs[OTHERS]:
            alternatives.others(option)
    with tabs[TRADE_OFF]:
        alternatives.trade_off(option, area)


def _progress() -> None:
    with guard():
        now = state.tick()
        if now is None:
            return
        st.subheader("Searching", anchor=False)
        residents = float(state.area().units["residents"].sum())
        style.note(words.progress_line(now.best, now.bound, now.gap, residents), words.stage(now.stage, now.progress))
        rows = chart.series(now.progress, residents)
        if len(rows) > 1:
            st.vega_lite_chart(spec=chart.spec(rows))
            st.caption(chart.caption(rows))
        if st.button("Stop, and keep the best so far", key="stop", disabled=now.cancelled):
            state.cancel()


def troubles() -> None:
    """Why the last search gave no plan: that it failed, or that no plan can meet the criteria."""
    own = state.session()
    if own.trouble[0]:
        style.note(*[line for line in own.trouble if line], kind="bad")
    if own.refused:
        impossible = own.refused.status is Status.INFEASIBLE
        st.subheader("No plan can meet these criteria" if impossible else "No plan was found", anchor=False)
        for reason in own.refused.reasons:
            style.note(reason.message, reason.mend, kind="bad")
        if not own.refused.reasons:
            style.note("No plan was found in the time given.", "Allow more time, or a wider range.", kind="bad")


def _result(option: Option, area: Area) -> None:
    plan, solution = option.plan, option.solution
    standing, loose = standings(plan, area), unassigned(plan, area)
    holds = not loose and all(own.holds for own in standing)
    style.note(words.standing_line(standing, len(loose)), kind="good" if holds else "warn")
    body = narrowed.line(area)
    if body is not None:
        narrowed.neighbourhoods(narrowed.seen(body, plan, area))
        narrowed.whole(area, "What was asked for, what is proven, and what can be asked further are")
    if option.proven is not None and not option.edited:
        _proven(option.proven, plan, area)
        return
    if solution is None:
        st.caption(
            "No proof goes with this option: it was drawn by hand, opened from a file, or proposed before the app was "
            "last started. The Review page works out how near it is to the best."
        )
        return
    if option.edited:
        st.caption(
            f"You have moved {count(option.moves_since, 'area')} since; what follows is of the plan as proposed."
        )
    squared = plan.criteria.distance == "km2"
    style.note(*words.outcome(solution, area, squared))
    if len(solution.parts) > 1:
        with st.expander("District by district"):
            style.table(
                "Each is divided on its own",
                ["District", "Neighbourhoods", "Residents", "Score a person", "Proof"],
                parts(solution, area, squared),
                numbers=(1, 2, 3),
            )


def _proven(found: Proven, plan: Plan, area: Area) -> None:
    """What is known of a plan that was improved, and is in the certificate of its files."""
    if found.solution is None:
        style.note("It was improved from another plan.", found.in_words, kind="warn")
    else:
        own = found.solution
        if own.objective and own.best_primary and own.best_primary < own.objective * (1 - EXACT):
            own = replace(own, best_known=own.best_primary)  # a better one was met while it was proven
        style.note(*words.outcome(own, area, plan.criteria.distance == "km2"))
    st.caption("Its files have a certificate that says so, with each group of neighbours that was looked at.")


def parts(solution: Solution, area: Area, squared: bool = False) -> list[list[str]]:
    """Name, neighbourhoods, residents, score a resident and proof of each part that was solved on its own."""
    people = residents_of_parts(solution, area)
    return [
        [
            part.name,
            f"{part.neighbourhoods:,}",
            f"{residents:,}",
            "" if part.objective is None or not residents else words.per_person(part.objective, residents, squared),
            ""
            if part.gap is None
            else ("cannot be beaten" if part.status is Status.OPTIMAL else f"within {at_most(part.gap)}"),
        ]
        for part, residents in zip(solution.parts, people, strict=True)
    ]
