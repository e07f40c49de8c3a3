"""What the pages show of a plan on an area, worked out once for all tabs of one tenant."""

from __future__ import annotations

from typing import Any

import streamlit as st

from boundaries.area import Area
from boundaries.overlays import Places
from footprints import maps
from footprints.bodies import Body
from footprints.check import Verdict, check
from footprints.compare import Comparison, compare
from footprints.flows import Reconciliation, reconcile
from footprints.plan import Plan
from footprints.proven import Proven
from footprints.score import Scorecard, score
from footprints.ui import downloads, who
from footprints.ui.downloads import Bundle
from footprints.ui.handing import Handing
from footprints.ui.need_facts import NeedFacts
from footprints.ui.need_facts import facts_of as need_of_plan
from footprints.ui.practice_facts import PracticeFacts, facts_of
from optimise.asking.feasibility import Prospect, prospect
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.need import refuse_unknown_need
from optimise.solution import Solution

# What is kept for all tabs is kept for those of one tenant.
BY_DIGEST: dict[Any, Any] = {Area: lambda area: (who.now().tenant, area.digest), Plan: hash, Body: hash}


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def drawing(area: Area) -> maps.Drawing:
    """The area's simplified shapes, made once."""
    return maps.draw(area)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def labels(area: Area) -> dict[str, str]:
    """Every unit as a planner calls it, by code."""
    return maps.unit_labels(area)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={**BY_DIGEST, Criteria: hash})
def prospect_of(area: Area, criteria: Criteria) -> Prospect:
    """What a solve would do, before it is done. Raises CriteriaError where it would be refused."""
    problem = build_problem(area, criteria)
    refuse_unknown_need(problem, criteria)
    return prospect(problem, criteria)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def comparison(plans: tuple[Plan, ...], area: Area, body: Body | None = None) -> Comparison:
    """Plans side by side. body : what moves and the services are narrowed to it."""
    return compare(plans, area, body)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def verdict(plan: Plan, area: Area) -> Verdict:
    """What a plan does not meet."""
    return check(plan, area)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def scorecard(plan: Plan, area: Area) -> Scorecard:
    """Every measure of a plan."""
    return score(plan, area)


@st.cache_resource(max_entries=16, show_spinner="Counting patients…", hash_funcs=BY_DIGEST)
def practice_facts(plan: Plan, area: Area) -> PracticeFacts:
    """What a plan means for practices and PCNs."""
    return facts_of(plan, area)


@st.cache_resource(max_entries=16, show_spinner="Adding up need…", hash_funcs=BY_DIGEST)
def need_facts(plan: Plan, area: Area) -> NeedFacts:
    """Need and growth under a plan."""
    return need_of_plan(plan, area)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def reconciled(area: Area) -> Reconciliation:
    """Every patient of every list in a line; raises what does not add up, for the guard to show."""
    return reconcile(area)


def bundle(
    plan: Plan,
    area: Area,
    solution: Solution | None,
    handing: Handing,
    confidence: dict[str, float] | None = None,
    proven: Proven | None = None,
) -> Bundle:
    """The files of a plan."""
    return _bundle(plan, area, solution, handing, confidence, proven)[0]


@st.cache_resource(
    max_entries=8, show_spinner="Writing the files…", hash_funcs={**BY_DIGEST, Solution: id, Handing: hash, Proven: id}
)
def _bundle(
    plan: Plan,
    area: Area,
    solution: Solution | None,
    handing: Handing,
    confidence: dict[str, float] | None,
    proven: Proven | None,
) -> tuple[Bundle, Solution | None, Proven | None]:
    """With what it is found by: kept as long as the files are, so that no other object can have its `id`."""
    return downloads.bundle(plan, area, solution, handing, confidence, proven), solution, proven


@st.cache_resource(
    max_entries=4,
    show_spinner="Writing the pack…",
    hash_funcs={**BY_DIGEST, Handing: hash, Places: lambda own: [(one.file, one.sha256) for one in own.receipts]},
)
def pack(
    plan: Plan,
    area: Area,
    handing: Handing,
    source: str,
    confidence: dict[str, float] | None = None,
    places: Places | None = None,
) -> tuple[str, bytes]:
    """The hand-over pack of a plan: file name and bytes. places : of the lists given on the page."""
    return downloads.pack(plan, area, handing, source, confidence, places)
