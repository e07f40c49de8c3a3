"""A review on its page: the verdict, figures, mends to make, what is proven of groups of neighbours, and improving."""

from __future__ import annotations

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.escape import plain_markdown
from footprints.plan import Plan
from footprints.proven import Proven
from footprints.review import Improved, Mend, Review, apply_mends
from footprints.studies import improve as improving
from footprints.studies import review as reviewing
from footprints.ui import narrowed, state, study, style, who, words
from footprints.ui.guard import show as show_error
from optimise.words import at_most

KINDS = {
    "attach": "Makes it whole",
    "missing": "Makes it whole",
    "new": "Makes it whole",
    "link": "Makes it whole",
    "line": "Back over a line",
    "range": "Into the range",
    "move": "A move",
    "exchange": "An exchange",
}


def show(area: Area, plan: Plan) -> None:
    """The review of a plan where there is one, progress where one is under way, else the offer to make one."""
    asked = reviewing.asked_for(plan)
    if study.running("review"):
        study.progress("review", "Reviewing this option")
        return
    found = study.result("review", asked)
    if found is None:
        _offer(asked)
        return
    _verdict(found)
    if not found.repeatable and st.button("Review it again", key="review_again"):
        study.begin("review", asked)
        st.rerun()
    _figures(found)
    _mends(found, plan, area)
    _proofs(found)
    _improve(plan, area)


def _offer(asked: dict[str, object]) -> None:
    error, mend = study.trouble("review")
    if error:
        style.note(error, *([mend] if mend else []), kind="bad")
    st.write(
        "It is compared with plans of its own kind: as many neighbourhoods, of its sizes, with the lines that it keeps "
        "and its locks. You learn by how much any of them can beat it at most, and which small changes help most. It "
        "takes a minute or two."
    )
    if st.button("Review this option", type="primary", key="review"):
        study.begin("review", asked)
        st.rerun()


def _verdict(found: Review) -> None:
    kind = "good" if found.whole and not found.faults and found.gap < 0.01 else "warn"
    style.note(found.verdict, f"Compared with plans of {'; '.join(found.rules)}.", words.CAVEAT, kind=kind)
    if not found.repeatable:
        style.note("It was stopped before its work was done: reviewing it again may show more.", kind="warn")
    if found.faults:
        style.note("What it does not meet of what was asked:", *(fault.message for fault in found.faults), kind="warn")


def _figures(found: Review) -> None:
    people = found.residents
    tiles = [
        (words.per_person(found.value, people, found.squared), "distance and size together, a person"),
        ("cannot be beaten" if found.best else at_most(found.gap), "better at most, for any plan of its kind"),
        (f"{found.neighbourhoods:,}", "neighbourhoods"),
    ]
    style.tiles(tiles)
    rows = [
        (term.label, f"{term.value:,.0f}", words.per_person(term.value, people, found.squared), term.in_words)
        for term in found.terms
    ]
    unit = "person-km²" if found.squared else "person-km"
    style.table("What it costs", ["Term", unit, "A person", "In words"], rows, numbers=(1, 2), kind="wrap")


def _mends(found: Review, plan: Plan, area: Area) -> None:
    st.subheader("What would mend it", anchor=False)
    if not found.mends:
        style.note("No small change was found that makes it better.")
        return
    told = [mend in found.makes_whole or narrowed.touches(area, plan, _codes(mend)) for mend in found.mends]
    mends = tuple(mend for mend, own in zip(found.mends, told, strict=True) if own)
    if found.makes_whole:
        st.caption("The first of these make it whole; those after them build on that.")
    elif mends:
        st.caption("Each is valid on its own, and with any of the others. Making one puts a new option on the shelf.")
    else:
        style.note("No small change that was found is about the neighbourhoods of this body.")
    narrowed.rest(area, len(found.mends) - len(mends), "change")
    for number, mend in enumerate(found.mends, 1):
        if mend not in mends:
            continue
        with st.container(border=True, key=f"mend_{number}"):
            st.markdown(f"**{number}. {KINDS[mend.kind]}**")
            st.write(plain_markdown(mend.in_words))
            if st.button("Make this change", key=f"apply_{number}"):
                _apply(found, plan, area, (mend,), f"{plan.name}, mend {number}")
    if len(mends) > 1 and st.button("Make all of these changes", key="apply_all"):
        _apply(found, plan, area, mends, f"{plan.name}, mended")


def _codes(mend: Mend) -> set[str]:
    """The neighbourhoods that a change is about."""
    return {code for move in mend.moves for code in (move.before, move.after)} | set(mend.places)


def _apply(found: Review, plan: Plan, area: Area, mends: tuple[Mend, ...], name: str) -> None:
    first = found.makes_whole
    chosen = mends if all(mend in first for mend in mends) else (*first, *(m for m in mends if m not in first))
    try:
        made = apply_mends(plan, area, chosen, name=name)
    except FootprintError as error:
        show_error(error)
        return
    _onto_shelf(made, f"“{made.name}” is on the shelf now, as the current option.")
    st.rerun()


def _onto_shelf(made: Plan, said: str, proven: Proven | None = None) -> None:
    own = state.session()
    own.change(lambda shelf: shelf.add(made, proven=proven))
    own.said = said


def _proofs(found: Review) -> None:
    st.subheader("What is proven of neighbours", anchor=False)
    for proof in found.local:
        style.note(proof.in_words, kind="good" if proof.holds else "")


def _improve(plan: Plan, area: Area) -> None:
    """Going on by itself: pairs of neighbours divided anew until none can be better."""
    option = state.session().shelf.get()
    known = (option.proposed, option.solution) if option and option.proposed and option.solution else None
    asked = improving.asked_for(plan, known=known)
    st.subheader("Further than small changes", anchor=False)
    narrowed.whole(area, "Improving is")
    if study.running("improve"):
        study.progress("improve", "Improving this option")
        return
    done: Improved | None = study.result("improve", asked)
    if done is not None:
        style.note(*done.in_words)
        if done.steps:
            with st.expander(f"Each step ({len(done.steps)})"):
                for step in done.steps:
                    style.note(step.in_words)
            if who.may("planner") and st.button(
                "Put the improved plan on the shelf", type="primary", key="take_improved"
            ):
                _onto_shelf(done.plan, f"“{done.plan.name}” is on the shelf now, as the current option.", done.proven)
                st.rerun()
        return
    error, mend = study.trouble("improve")
    if error:
        style.note(error, *([mend] if mend else []), kind="bad")
    st.write(
        "Every pair of adjacent neighbourhoods can be divided anew, each time the best way there is, until none can be "
        "better. Locked areas stay where they are. More people change neighbourhood than by the mends above."
    )
    if st.button("Improve pair by pair", key="improve", disabled=not who.may("planner")):
        study.begin("improve", asked)
        st.rerun()
