"""For whom the pages are: everybody, or one council, place or ICB. The choice, the line that reconciles it, and what a
plan means for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from boundaries.area import Area
from footprints.bodies import Body, bodies
from footprints.compare import sited_in
from footprints.escape import plain_markdown
from footprints.narrowing import Narrowed, narrowed, reconciled
from footprints.plan import Plan
from footprints.ui import cached, state, style
from optimise.words import count

EVERYBODY = ""


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=cached.BY_DIGEST)
def _bodies(area: Area, plans: tuple[Plan, ...]) -> dict[str, Body]:
    return {one.key: one for one in bodies(area, plans)}


def plans() -> tuple[Plan, ...]:
    """The plans that may have places: the current one first, so that a place is what it has there."""
    shelf = state.session().shelf
    options = sorted(shelf.options, key=lambda option: option.key != shelf.current)
    return tuple(option.plan for option in options if any(own.place for own in option.plan.neighbourhoods))


def beside(area: Area) -> None:
    """The choice, in the sidebar; nothing where the place is all one body. It holds in this tab until it is changed."""
    own, known = state.session(), _bodies(area, plans())
    if own.only and own.only not in known:
        own.only_gone, own.only = own.only, EVERYBODY
    if known:
        st.session_state["only"] = own.only
        st.selectbox(
            "For",
            [EVERYBODY, *known],
            format_func=lambda key: f"{known[key].name} ({known[key].label})" if key else f"The whole of {area.name}",
            key="only",
            on_change=_choose,
            help="Narrows the pages to one council, health and wellbeing board area, ICB or place of a plan. What is "
            "outside stands in one line, and the totals stay those of the whole.",
        )
    if own.only_gone:
        gone = plain_markdown(own.only_gone.partition(":")[2] or own.only_gone)
        st.caption(f"There is no “{gone}” any more: everything is shown.")


def _choose() -> None:
    own = state.session()
    own.only, own.only_gone = st.session_state["only"], ""


def chosen(area: Area) -> Body | None:
    """The body that the pages are narrowed to, None for everybody."""
    only = state.session().only
    return _bodies(area, plans()).get(only) if only else None


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=cached.BY_DIGEST)
def seen(body: Body, plan: Plan, area: Area) -> Narrowed:
    """A plan seen from a body."""
    return narrowed(body, plan, area)


def line(area: Area, *of: Plan) -> Body | None:
    """The line on a page that is narrowed, with the neighbourhoods that cross the border under some plans; the body."""
    body = chosen(area)
    if body is not None:
        said(area, *(seen(body, plan, area).across for plan in of))
    return body


def said(area: Area, *more: str) -> None:
    """That line, and more that is said beside it."""
    body = chosen(area)
    if body is not None:
        style.note(reconciled(body, area, plans()), *more)


def whole(area: Area, what: str) -> None:
    """On a page, or part of one, that is about everybody whatever was chosen: a few words, only where it was."""
    body = chosen(area)
    if body is not None:
        st.caption(f"{what} of the whole of {plain_markdown(area.name)}, not of {plain_markdown(body.name)} alone.")


@dataclass(frozen=True)
class Here:
    """A body with the practices that have their site in it, and their PCNs."""

    body: Body
    practices: frozenset[str]
    pcns: frozenset[str]


def here(area: Area) -> Here | None:
    """The chosen body with its practices; None for everybody."""
    body = chosen(area)
    return Here(body, *sited_in(body, area)) if body is not None else None


def elsewhere(area: Area, plan: Plan) -> frozenset[str]:
    """Codes of neighbourhoods, practices and PCNs that are surely not of the chosen body; none for everybody."""
    own = here(area)
    if own is None:
        return frozenset()
    table = area.practices
    known = {*plan.codes, *map(str, table.index), *map(str, table["pcn"])}
    return frozenset(known - seen(own.body, plan, area).codes - own.practices - own.pcns)


def neighbourhoods(own: Narrowed, title: str = "") -> None:
    """The neighbourhoods that a body touches: its people in each, those beyond its line, and what adds up to all."""
    name, criteria = own.body.name, own.plan.criteria
    counted = criteria.count != "residents"
    rows: list[list[object]] = []
    for part in own.own:
        standing = part.standing
        words = f"{standing.people:,} {standing.whom}; {standing.in_words}" if counted else standing.in_words
        told = f"crosses its line; {words}" if part.crosses else words
        rows.append([part.name, f"{part.inside:,}", f"{part.beyond:,}", f"{part.whole:,}", told])
    others = own.others
    if others:
        people = sum(part.whole for part in others)
        label = f"{count(len(others), 'neighbourhood')} wholly outside"
        rows.append([label, "0", f"{people:,}", f"{people:,}", ""])
    if own.loose or own.loose_beyond:
        loose = own.loose, own.loose_beyond, own.loose + own.loose_beyond
        rows.append(["In no neighbourhood", *(f"{n:,}" for n in loose), ""])
    whole = own.residents, own.everyone - own.residents, own.everyone
    rows.append(["All residents", *(f"{n:,}" for n in whole), ""])
    style.table(
        title or f"Neighbourhoods of “{own.plan.name}” with people of {name}",
        ["Neighbourhood", f"Residents in {name}", "Beyond its line", "All its residents", "As a whole"],
        rows,
        numbers=(1, 2, 3),
        marked=(len(rows) - 1,),
        max_height=560,
    )


def rest(area: Area, number: int, noun: str, nouns: str = "") -> None:
    """How many rows of a table are not of the body."""
    body = chosen(area)
    if body is not None and number:
        st.caption(f"And {count(number, noun, nouns)} outside {plain_markdown(body.name)}, not shown here.")


def touches(area: Area, plan: Plan, codes: Iterable[str]) -> bool:
    """Whether neighbourhoods of those codes concern the body; always where none was chosen."""
    body = chosen(area)
    return body is None or bool(seen(body, plan, area).codes.intersection(codes))
