"""“Can we?”: the form that takes a wish in names of places, and its answer with what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from boundaries.area import Area
from footprints.answer import Answer, Changed
from footprints.escape import plain_markdown
from footprints.plan import Plan
from footprints.studies import ask as asking
from footprints.ui import state, study, style
from footprints.wishes import NamedPlace, Wishes, places
from optimise.asking.decide import State
from optimise.criteria import Criteria

_KINDS = {State.YES: "good", State.NO: "bad", State.UNKNOWN: "warn"}
OPTION, BEST = "The current option, changed as little as can be", "The best plan without the wish"


@dataclass(frozen=True)
class Form:
    """The wish as it stands in the form, and what it is asked of."""

    base: Criteria
    wishes: Wishes
    changes: dict[str, Any]
    plan: Plan | None

    @property
    def empty(self) -> bool:
        """Whether nothing is asked yet."""
        return not self.wishes and not self.changes


def form(area: Area, plan: Plan | None) -> Form:
    """The widgets, and what they say."""
    named = {_name(p): p for p in places(area, plan) if p.kind != "unit"}
    listed = list(named)
    # Enter takes one place: with `select_all` it would take every place that matches what was typed.
    keep = st.multiselect(
        "Keep in one neighbourhood", listed, key="ask_keep", placeholder="Type a town, ward, MSOA or district",
        filter_mode="contains", select_all=False,
    )  # fmt: skip
    apart = st.multiselect(
        "Keep in different neighbourhoods", listed, key="ask_apart", placeholder="Type two places or more",
        filter_mode="contains", select_all=False,
    )  # fmt: skip
    base = plan.criteria if plan is not None else state.session().criteria
    changes: dict[str, Any] = {}
    with st.expander("Number and sizes"):
        numbers = st.number_input("Number of neighbourhoods", 0, 999, 0, key="ask_number", help="0: as many as now.")
        low = st.number_input("None smaller than", 1, 200_000, base.minimum, 500, key="ask_low")
        high = st.number_input("None larger than", 1, 400_000, base.maximum, 500, key="ask_high")
    if numbers:
        changes["neighbourhoods"] = int(numbers)
    if int(low) != base.minimum:
        changes["minimum"] = int(low)
    if int(high) != base.maximum:
        changes["maximum"] = int(high)
    fix: tuple[tuple[str, str], ...] = ()
    if plan is not None:
        with st.expander("Put a place into one neighbourhood"):
            place = st.selectbox("Place", listed, None, key="ask_place", placeholder="None")
            names = {n.code: f"{n.name} ({n.code})" for n in plan.neighbourhoods}
            code = st.selectbox("Neighbourhood", list(names), 0, format_func=names.__getitem__, key="ask_home")
            fix = ((_key(named[place]), code),) if place is not None and code is not None else ()
    against = OPTION
    if plan is not None:
        against = st.radio("Compare with", [OPTION, BEST], key="ask_against")
    wishes = Wishes(
        keep=(tuple(_key(named[name]) for name in keep),) if keep else (),
        apart=(tuple(_key(named[name]) for name in apart),) if len(apart) > 1 else (),
        fix=fix,
    )
    if len(apart) == 1:
        st.caption("Choose a second place to keep apart from it.")
    return Form(base, wishes, changes, plan if against == OPTION or fix else None)


def show(area: Area, asked: Form) -> None:
    """The answer to exactly this wish where there is one, progress where one is under way, else the offer to ask."""
    question = asking.asked_of(asked.base, asked.wishes, asked.changes, asked.plan)
    if study.running("ask"):
        study.progress("ask", "Working out an answer")
        return
    found = None if asked.empty else study.result("ask", question)
    if found is None:
        error, mend = study.trouble("ask")
        if error:
            style.note(error, *([mend] if mend else []), kind="bad")
        st.write(
            "Say what you wish for: places together or apart, a number, a size. You learn whether it can be had, what "
            "it costs and who would be in another neighbourhood; or exactly what stands in its way and what would help."
        )
        if asked.empty:
            st.caption("Choose a place, a number or a size first.")
        if st.button("Ask", type="primary", disabled=asked.empty, key="ask"):
            study.begin("ask", question)
            st.rerun()
        return
    answer(found)


def answer(found: Answer) -> None:
    """One sentence on top, what follows from it below, and plans to put on the shelf."""
    st.subheader(f"Can we have: {plain_markdown(found.wish)}?", anchor=False)
    style.note(found.headline, kind=_KINDS[found.state])
    if found.lines:
        style.note(*found.lines)
    if found.reasons:
        style.note("Why:", *found.reasons, kind="bad")
    if found.causes[1:]:
        style.note("More stands in the way, each on its own:", *("; ".join(cause) for cause in found.causes[1:]))
    _changed(found.changed)
    if found.plan is not None and not found.already:
        _shelve(found.plan, "Put this plan on the shelf", "shelve_plan")
    if found.best is not None:
        _shelve(found.best, "Put the best plan with it on the shelf", "shelve_best")
    if found.ways:
        st.subheader("All of this together would do" if found.all_needed else "What would do", anchor=False)
        for number, way in enumerate(found.ways, 1):
            left, right = st.columns([3, 2])
            left.write(plain_markdown(f"{way.words[0].upper()}{way.words[1:]}."))
            with right:
                _shelve(way.plan, "Put such a plan on the shelf", f"shelve_way_{number}")
        st.caption(
            "These plans show that it works. They are not the best ones: propose again with the change for that."
        )


def _changed(rows: tuple[Changed, ...]) -> None:
    if not rows:
        return
    table = [
        (
            row.before or "(new)",
            f"{row.people_before:,}" if row.before else "",
            row.after or "(gone)",
            f"{row.people_after:,}" if row.after else "",
        )
        for row in rows
    ]
    style.table(
        "Neighbourhoods that change", ["Before", "People before", "After", "People after"], table, numbers=(1, 3),
        max_height=360,
    )  # fmt: skip


def _shelve(plan: Plan, label: str, key: str) -> None:
    own = state.session()
    if st.button(label, key=key):
        own.change(lambda shelf: shelf.add(replace(plan, name=plan.name or "Answer")))
        own.said = f"“{plan.name}” is on the shelf."
        st.rerun()


def _name(place: NamedPlace) -> str:
    """What a place is called in the lists; the code where the name alone is not enough."""
    code = f", {place.code}" if place.code and place.kind not in ("town", "district") else ""
    return f"{place.name} ({place.label}{code})"


def _key(place: NamedPlace) -> str:
    """What names it to the study, whatever else bears the same name."""
    return place.code or f"{place.kind}: {place.name}"
