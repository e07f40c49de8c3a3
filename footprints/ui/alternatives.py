"""Under a proposal: other good plans for the shelf, and what a little more of one term costs of another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from boundaries.area import Area
from footprints.community_level import can_know, level_of
from footprints.curve import figure, in_words, plan_at, steps, unit_of
from footprints.options import GoodPlans
from footprints.shelf import Option, Shelf
from footprints.studies import curve as curve_study
from footprints.studies import options as options_study
from footprints.ui import state, study, style, trade_chart, who
from optimise.trading.curve import Curve
from optimise.trading.curve_terms import BARRIER, COMMUNITY, MISMATCH, NEED, PRACTICE, SECONDARY, SIZE, TRAVEL
from optimise.words import at_most

OPTIONS, CURVE = "options", "curve"
MOST_OPTIONS = 6


def has_others(option: Option) -> bool:
    """Whether other plans can be looked for: beside a proposal, not beside one of its own options."""
    return option.solution is not None and option.proposed is not None and option.solution.best_known is None


def others(option: Option) -> None:
    """Plans nearly as good and unlike this one: a button, progress, or the table; those found go on the shelf."""
    number, within = st.columns(2)
    wanted = int(
        number.number_input("Options in all", 2, MOST_OPTIONS, 4, key="options_wanted", help="This one included.")
    )
    share = float(
        within.number_input(
            "Within % of the best", 0.5, 20.0, 2.0, step=0.5, key="options_within",
            help="How far above the best value known an option may lie.",
        )
    )  # fmt: skip
    if option.proposed is None or option.solution is None:
        return
    asked = options_study.asked_for(option.proposed, option.solution, wanted, round(share / 100, 6))
    found = study.result(OPTIONS, asked)
    if found is not None:
        _put_on_shelf(found, asked)
        _options_table(found)
        return
    if study.running(OPTIONS):
        study.progress(OPTIONS, "Looking for other good plans")
        return
    _trouble(OPTIONS)
    st.write(
        "Are there plans that are nearly as good and quite unlike this one? They keep the same rules; each comes with "
        "its own proof, and with the share of residents it puts elsewhere."
    )
    if st.button("Look for other good plans", key="options", disabled=not who.may("planner")):
        study.begin(OPTIONS, asked)
        st.rerun()


def _put_on_shelf(found: GoodPlans, asked: dict[str, Any]) -> None:
    """Once: what the user takes away again stays away. The option being looked at stays the current one."""
    if who.may("planner") and study.take(OPTIONS, asked):
        state.session().change(lambda shelf: _with(shelf, found))
        st.rerun()


def _with(shelf: Shelf, found: GoodPlans) -> Shelf:
    current = shelf.current
    if found.improved:
        first = found.options[0]
        shelf = shelf.add(replace(first.plan, name="Option A: better than the proposal"), first.solution)
    for good in found.options[1:]:
        shelf = shelf.add(good.plan, good.solution)
    return shelf.choose(current)


def _options_table(found: GoodPlans) -> None:
    first = found.options[0]
    rows = []
    for number, good in enumerate(found.options):
        value = good.solution.objective or 0.0
        against = value / (first.solution.objective or value or 1.0) - 1
        rows.append(
            [
                f"Option\u00a0{chr(ord('A') + number)}",
                f"{100 * against:+.1f}%".replace("-", "−") if number else "–",
                at_most(good.solution.gap or 0.0),
                f"{good.change.people_moved:,}" if number else "–",
                f"{good.change.share_moved:.1%}" if number else "–",
                f"{1 - good.change.neighbours_lost:.1%}" if number else "–",
            ]
        )
    headings = [
        "Option", "Score against A", "Beaten by at most", "People elsewhere", "Share of residents", "Neighbours kept",
    ]  # fmt: skip
    style.table("Options, the best first", headings, rows, numbers=(1, 2, 3, 4, 5))
    style.note(found.in_words, kind="" if len(found.options) >= found.wanted else "warn")
    others = len(found.options) - (0 if found.improved else 1)
    if others:
        st.caption(
            "They are on the shelf. People elsewhere: in another neighbourhood than in option A, renumbering not "
            "counted. Neighbours kept: of the people who share a neighbourhood with a resident in option A, those who "
            "still do, on average."
        )
    if found.improved:
        style.note("Looking for them found a better plan than the proposal: option A.", kind="good")


def trade_off(option: Option, area: Area) -> None:
    """What a little more of one term costs of another, for an option that the optimiser proposed."""
    st.write("What does a little more of one cost of the other? Plans under the same rules, from one end to the other.")
    terms = _terms(area, option)
    left, right = st.columns(2)
    first = left.selectbox(
        "Less of", [k for k in terms if k not in SECONDARY], format_func=terms.__getitem__, key="curve_one"
    )
    others = [key for key in terms if key != first]
    second = right.selectbox("against less of", others, format_func=terms.__getitem__, key="curve_other")
    if first is None or second is None or option.solution is None:
        return
    asked = curve_study.asked_for(option.plan.criteria, first, second, option.solution)
    found = study.result(CURVE, asked)
    if found is not None:
        _curve(found, option, area)
        return
    if study.running(CURVE):
        study.progress(CURVE, "Working out the trade-off")
        return
    _trouble(CURVE)
    if st.button("Work out the trade-off", key="curve"):
        study.begin(CURVE, asked)
        st.rerun()


def _terms(area: Area, option: Option) -> dict[str, str]:
    """Key -> what a planner calls it."""
    terms = {TRAVEL: "Travel", SIZE: "Size: people off the target"}
    if level_of(area, option.plan.criteria.community) is not None:
        terms[COMMUNITY] = "Communities divided"
    if can_know(area):
        terms[PRACTICE] = "Patients away from their practice"
    if area.knows_barriers:
        terms[BARRIER] = "Barriers inside neighbourhoods"
    if area.units["imd_decile"].notna().any():
        terms[NEED] = "Core20 residents above or below the place's share"
    return terms | {f"{MISMATCH}{key}": f"{area.levels[key].label} lines crossed" for key in sorted(area.levels)}


def _curve(found: Curve, option: Option, area: Area) -> None:
    walk = steps(found)
    if len(walk) > 1:
        drawn = trade_chart.spec(found)
        st.vega_lite_chart(spec=drawn, alt=drawn["description"])
        st.caption("The scales show what is there; they need not begin at 0.")
    one, other = found.terms
    rows = [
        [
            f"{number}",
            figure(one, step.first),
            figure(other, step.second),
            "–" if step.no_less is None else figure(other, step.no_less, down=True),
            "–" if step.point.gap is None else at_most(step.point.gap),
        ]
        for number, step in enumerate(walk, start=1)
    ]
    headings = [
        "Plan", f"{one.label}, {unit_of(one)}", f"{other.label}, {unit_of(other)}",
        f"None with so little {_lower(one.label)} has less than", "Beaten in both by at most",
    ]  # fmt: skip
    style.table(f"{one.label} against {other.label}", headings, rows, numbers=(1, 2, 3, 4))
    style.note(*in_words(found))
    if not walk:
        return
    number = st.selectbox("Plan on the curve", range(1, len(walk) + 1), key="curve_plan")
    if who.may("planner") and st.button("Put this plan on the shelf", key="curve_take") and number is not None:
        own = state.session()
        taken = plan_at(area, found, number - 1, option.plan.criteria, option.plan)
        own.change(lambda shelf: shelf.add(taken))
        st.rerun()


def _lower(label: str) -> str:
    """A label inside a sentence; abbreviations as they are."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _trouble(kind: str) -> None:
    error, mend = study.trouble(kind)
    if error:
        style.note(*[line for line in (error, mend) if line], kind="bad")
