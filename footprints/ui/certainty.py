"""How sure is each area? Core and contested areas of the current option, on the Review page and for other pages."""

from __future__ import annotations

from importlib.util import find_spec
from math import isfinite

import streamlit as st

from boundaries.area import Area
from footprints.certainty import CORE, Contested, Judged
from footprints.exchange.certainty import certainty_files
from footprints.moving import called
from footprints.plan import Plan
from footprints.studies import certainty as judging
from footprints.ui import download_routes, narrowed, state, study, style
from optimise.words import listed

STUDY = "certainty"
MOST = 60  # rows shown; all are in the file
INSTALL = 'python -m pip install "neighbourhood-footprints[ensemble]"'


def show(area: Area, plan: Plan) -> None:
    """The judgement where there is one, progress where one is under way, and the offer to make one."""
    st.subheader("How sure is each area?", anchor=False)
    if study.running(STUDY):
        study.progress(STUDY, "Judging each area by other good plans")
        return
    found = known(plan, area)
    if found is not None:
        _result(found, area)
    _offer(area, plan, found)


def known(plan: Plan, area: Area) -> Judged | None:
    """What was worked out last in this session for these very neighbourhoods, None where nothing was."""
    answers = study.answers(STUDY)
    fits = [one for one in answers if one.plan.assignment == plan.assignment and one.plan.area_digest == area.digest]
    return fits[-1] if fits else None


def confidence(plan: Plan, area: Area) -> dict[str, float] | None:
    """Unit -> share of good plans that keep it, for the lookup; None where it was not worked out."""
    found = known(plan, area)
    return None if found is None else {one.unit: one.kept for one in found.found}


def _offer(area: Area, plan: Plan, found: Judged | None) -> None:
    error, mend = study.trouble(STUDY)
    if error:
        style.note(error, *([mend] if mend else []), kind="bad")
    others = [o.plan for o in state.session().shelf.options if o.plan.assignment not in ((), plan.assignment)]
    if found is None:
        st.write(
            "Where other good plans draw the same line, it is safe to build on; where they do not, the area is "
            "contested, and local knowledge should decide. Nothing is changed by asking."
        )
    with st.expander("Judge it again, by other plans", expanded=False) if found else st.container():
        by_shelf = st.checkbox(
            f"By the other options on the shelf ({len(others)})",
            value=bool(others),
            disabled=not others,
            key="certainty_shelf",
        )
        installed = find_spec("gerrychain") is not None
        wanted = int(
            st.number_input(
                "And by so many random plans that keep the same rules", 0, 500, judging.SAMPLE if installed else 0,
                step=10, key="certainty_sample", disabled=not installed,
                help="Drawn by recombination (ReCom): compact neighbourhoods in range that know nothing of travel or "
                "practices, so a hard test. About a minute for ten plans in a large place; you can go on meanwhile.",
            )
        )  # fmt: skip
        if not installed:
            style.note(f"Random plans need GerryChain, which is not installed. To get it: {INSTALL}")
        if not others:
            st.caption("Other good plans: on the Propose page, “Look for other good plans” puts some on the shelf.")
        chosen = others if by_shelf else []
        if st.button("Find core and contested areas", key="certainty", disabled=not chosen and not wanted):
            study.begin(STUDY, judging.asked_for(plan, chosen, wanted))
            st.rerun()


def _result(found: Judged, area: Area) -> None:
    style.note(found.in_words(area))
    if found.plans < 5:
        many = "one plan" if found.plans == 1 else f"{found.plans} plans"
        style.note(f"It was judged by {many} only: five or more say something firmer.", kind="warn")
    st.caption(
        f"Core: at least {CORE:.0%} of the plans keep it. On the Map page, Layers, “How sure each area is” draws it."
    )
    body = narrowed.chosen(area)
    doubts = [one for one in found.doubts if body is None or one.certainty.unit in body.units]
    narrowed.rest(area, len(found.doubts) - len(doubts), "contested area")
    if doubts:
        rows = [_row(found.plan, one, area) for one in doubts[:MOST]]
        style.table(
            f"Contested areas{f' of {body.name}' if body else ''}, least certain first",
            ["Area", "Residents", "Now in", "Plans that keep it", "Most others put it in", "Plans", "If it moved"],
            rows, numbers=(1, 3, 5), max_height=520,
        )  # fmt: skip
        if len(doubts) > MOST:
            st.caption(f"And {len(doubts) - MOST:,} more, in the file.")
    for name, data in certainty_files(found, area).items():
        label = {"certainty.csv": "Every area (CSV)", "contested.csv": "Contested areas (CSV)"}[name]
        download_routes.button(label, data, name, "text/csv")


def _row(plan: Plan, one: Contested, area: Area) -> list[object]:
    own = one.certainty
    there = plan.neighbourhood(own.runner_up).name if own.runner_up else "no one neighbourhood"
    return [
        style.named(called(area, own.unit), own.unit),
        f"{int(area.units['residents'][own.unit]):,}",
        plan.neighbourhood(own.code).name,
        f"{own.kept:.0%}",
        there,
        f"{own.runner_share:.0%}" if own.runner_up else "–",
        _effect(one),
    ]


def _effect(one: Contested) -> str:
    """What moving it would do, in a few words."""
    move = one.move
    if move is None:
        return "It does not touch that neighbourhood: it would go with others only." if one.certainty.runner_up else "–"
    sides = []
    for side in (move.leaves, move.enters):
        trouble = [] if side.fits else ["out of range"]
        trouble += [] if side.pieces <= 1 else [f"in {side.pieces} pieces"]
        sides.append(f"{side.name} {side.after:,}{f' ({listed(trouble)})' if trouble else ''}")
    said = [f"{sides[0]}, {sides[1]} people."]
    if move.patients:
        said.append(
            f"Of {move.patients:,} patients {move.there:,} have their practice there, {move.here:,} where it is now."
        )
    before, after = move.km
    if isfinite(before) and isfinite(after):
        said.append(f"{before:.1f} km from the centre now, {after:.1f} km then.")
    return " ".join(said)
