"""The Propose form: criteria in planners' words. It draws widgets and gives back `Criteria`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import pandas as pd
import streamlit as st

from boundaries.area import Area
from footprints.community_level import COMMUNITIES, can_know, level_of
from footprints.escape import plain_markdown
from footprints.ui import style, words
from optimise.asking.feasibility import Prospect
from optimise.counting import CALLED, is_known, years
from optimise.criteria import Criteria, Weights, of_year, year_of
from optimise.words import count as how_many
from optimise.words import level_in_words

NEVER, PRICED, IGNORED = "Never crossed", "Crossed only if it pays", "Ignored"
_NOT_NESTS = ("msoa", "ward", "icb", "sub_icb", "rural_urban")
_NOT_WHOLE = ("district", "upper_tier", "icb", "sub_icb", "rural_urban")
_LATER = "later"
_LOST = "question_lost_year"
_SECONDS = (15, 30, 60, 120, 300)
T = TypeVar("T")
_PLURAL = {"district": "District lines", "upper_tier": "County and unitary lines", "ward": "Wards", "msoa": "MSOAs"}


def ask(area: Area, was: Criteria) -> Criteria:
    """The criteria as the planner has set them, starting from `was`. Raises CriteriaError for what cannot be meant."""
    st.subheader("Size", anchor=False)
    target = st.number_input(
        "People in each neighbourhood, as near as can be",
        5_000,
        200_000,
        _first("q_target", was.target),
        1_000,
        key="q_target",
    )
    low, high = st.slider(
        "No neighbourhood outside this range",
        5_000,
        150_000,
        _first("q_range", (was.minimum, was.maximum)),
        1_000,
        format="%,d",
        key="q_range",
    )
    count = _count(area, was)
    st.subheader("Lines and communities", anchor=False)
    levels = {key: _level_choice(key, area, was) for key in area.levels if key not in _NOT_NESTS}
    wholes = [key for key in area.levels if key not in _NOT_WHOLE]
    keep_whole = st.multiselect(
        "Keep in one neighbourhood, always",
        wholes,
        _first("q_whole", [key for key in was.keep_whole if key in wholes]),
        format_func=lambda key: _label(area, key),
        placeholder="Nothing has to stay whole",
        help=f"Each {_community(area, was)} is kept together where it costs little, even when nothing is chosen here.",
        key="q_whole",
    )
    together = [*wholes, *([COMMUNITIES] if can_know(area) and COMMUNITIES not in wholes else [])]
    community = was.community
    if was.community in together:
        community = st.selectbox(
            "Communities that people should stay together with",
            together,
            _index(together, was.community),
            format_func=lambda key: "Communities of care" if key == COMMUNITIES else _label(area, key),
            help="Where it costs little, nobody is put outside the largest part of theirs. Communities of care are "
            "areas whose people are on the lists of the same practices, as the Practices page shows them.",
            key="q_community",
        )
    within = tuple(key for key, how in levels.items() if how == NEVER)
    small = was.small_districts
    if within:
        said = {"join": "Join it to a neighbour", "alone": "Leave it alone, smaller than the range"}
        small = st.radio(
            "A district too small for one neighbourhood",
            list(said),
            _index(list(said), was.small_districts),
            format_func=said.__getitem__,
            key="q_small",
        )
    links = was.accept_links
    if area.proposed_links:
        links = st.checkbox(
            f"Use the {how_many(len(area.proposed_links), 'proposed link')} across water (listed on the Data page)",
            _first("q_links", was.accept_links),
            key="q_links",
        )
    seed, seconds, weights, allowance = _advanced(area, replace(was, community=community))
    return replace(
        was,
        target=int(target),
        minimum=int(low),
        maximum=int(high),
        count=count,
        within=within,
        penalise=tuple(key for key, how in levels.items() if how == PRICED),
        keep_whole=tuple(keep_whole),
        neighbourhoods=was.neighbourhoods if within == was.within else None,
        small_districts=small,
        joins=was.joins if within == was.within else (),
        accept_links=links,
        seed=int(seed),
        seconds=int(seconds),
        weights=weights,
        community=community,
        community_allowance=allowance,
    )


def _count(area: Area, was: Criteria) -> str:
    """The population that the range is put on.

    A year that the table of growth does not have is named until the planner chooses, on every run of the page.
    """
    year = year_of(was.count)
    if year is not None and year not in years(area):
        st.session_state[_LOST] = (year, area.digest, "")
    lost, of, instead = st.session_state.get(_LOST, (0, "", ""))
    if not lost or of != area.digest or instead not in ("", was.count):
        return _chosen(area, was)
    style.note(
        f"The range was on people in {lost}, and the table of growth has no such year: choose anew.", kind="warn"
    )
    count = _chosen(area, was)
    st.session_state[_LOST] = (lost, of, count)
    return count


def _chosen(area: Area, was: Criteria) -> str:
    later, year = years(area), year_of(was.count)
    said = {key: f"{words[:1].upper()}{words[1:]}" for key, words in CALLED.items() if is_known(area, key)}
    said |= {_LATER: f"People in {later[0]}" if len(later) == 1 else "People in a later year"} if later else {}
    if len(said) < 2:
        return "residents"
    key = st.radio(
        "Put the range on",
        list(said),
        _index(list(said), _LATER if year else was.count),
        format_func=said.__getitem__,
        help="The list of a practice counts whole in the area where it is sited, wherever its patients live. Lists "
        "by agreed home are shown on the Practices page; no range can be put on them. People in a later year: "
        "residents, and those of the table of growth up to that year.",
        key="q_count",
        on_change=_found,
    )
    if key != _LATER:
        return key
    shown = year if year in later else later[-1]
    if len(later) == 1:
        return of_year(shown)
    return of_year(st.select_slider("In the year", later, _first("q_year", shown), key="q_year", on_change=_found))


def _found() -> None:
    """The planner has chosen whom the range counts."""
    st.session_state.pop(_LOST, None)


def _first(key: str, value: T) -> T:
    """The starting value of a widget; what the widget holds already wins."""
    held: T = st.session_state.get(key, value)
    return held


def _index(options: list[str], value: str) -> int:
    return options.index(value) if value in options else 0


def _label(area: Area, key: str) -> str:
    return _PLURAL.get(key) or area.levels[key].label


def _community(area: Area, was: Criteria) -> str:
    """What is kept together where it costs little, as inside a sentence: "MSOA", "ward"."""
    level = level_of(area, was.community)
    return level_in_words(level.label) if level is not None else was.community


def _level_choice(key: str, area: Area, was: Criteria) -> str:
    now = NEVER if key in was.within else PRICED if key in was.penalise else IGNORED
    options = [NEVER, PRICED, IGNORED]
    return st.radio(
        plain_markdown(_label(area, key)), options, options.index(now), horizontal=True, key=f"q_level_{key}"
    )


def _advanced(area: Area, was: Criteria) -> tuple[int, int, Weights, float]:
    with st.expander("Advanced: time, seed and weights"):
        seconds = st.select_slider(
            "Effort (about so many seconds)", _SECONDS, _nearest(was.seconds), key="q_seconds",
            help="Picks a fixed number of search steps, so the same question gives the same plan on any machine.",
        )  # fmt: skip
        seed = st.number_input(
            "Seed", 0, 999_999, _first("q_seed", was.seed), key="q_seed", help="Another seed searches in another order."
        )
        st.caption("Weights: how many kilometres of travel one person's trouble is worth.")
        old = was.weights
        travel = st.number_input("Travel to the centre", 0.1, 10.0, _first("q_w1", old.travel), 0.1, key="q_w1")
        deviation = st.number_input(
            "Each person above or below the target", 0.0, 10.0, _first("q_w2", old.deviation), 0.1, key="q_w2"
        )
        mismatch = st.number_input(
            "Each person across a line that may be crossed", 0.0, 50.0, _first("q_w3", old.mismatch), 0.5, key="q_w3"
        )
        st.caption("Served last, within the share of the score that may be given up for them:")
        community = st.slider(
            f"Each person outside the largest part of their {_community(area, was)}",
            0.0,
            50.0,
            _first("q_w4", old.community),
            0.5,
            key="q_w4",
        )
        border = st.number_input(
            "Each km of border, in person-km",
            0.0,
            1_000_000.0,
            _first("q_w6", old.border),
            50.0,
            help="Of border between neighbourhoods; 0: not counted. Shorter borders make compact neighbourhoods. "
            "500 is a start.",
            key="q_w6",
        )
        ties = st.number_input(
            "Each neighbour across it who shares practices",
            0.0,
            50.0,
            _first("q_w7", old.ties),
            0.1,
            help="0: not counted. Keeps together areas side by side whose people are with the same practices. 1 is a "
            "start. It needs the file of patients registered by practice and LSOA.",
            key="q_w7",
        )
        practice = st.slider(
            "Each patient whose practice is in another neighbourhood",
            0.0,
            50.0,
            _first("q_w8", old.practice),
            0.5,
            help="0: not counted. Keeps people in the neighbourhood where their general practice is. 5 is a start, "
            "with more of the score given up for it. It needs the file of patients registered by practice and LSOA.",
            key="q_w8",
        )
        known = area.knows_barriers
        lacking = "None are loaded here: add a file of lines with a name and a strength (0 to 1) to the source folder."
        barrier = st.number_input(
            "Each km of barrier inside, in person-km",
            0.0,
            1_000_000.0,
            _first("q_w9", old.barrier),
            500.0,
            help="0: not counted. Keeps neighbourhoods on one side of a river, motorway or railway: each km of it "
            "between two areas of one neighbourhood counts by its strength. 2,000 is a start. "
            + ("" if known else lacking),
            key="q_w9",
        )
        lacking = "None is loaded here: add the Indices of Deprivation (File 7) to the source folder."
        need = st.slider(
            "Each resident of the most deprived fifth above or below the place's share",
            0.0,
            50.0,
            _first("q_w10", old.need),
            0.5,
            help="0: not counted. Makes neighbourhoods alike in need: each is to have its share of those who live in "
            "the most deprived fifth of England (Core20). 5 is a start, with more of the score given up for it. "
            + ("" if area.units["imd_decile"].notna().any() else lacking),
            key="q_w10",
        )
        allowance = st.slider(
            "Score that may be given up for these six (%)",
            0.0,
            30.0,
            _first("q_w5", 100 * was.community_allowance),
            0.5,
            key="q_w5",
        )
    weights = Weights(travel, deviation, mismatch, community, border, ties, practice, barrier, need)
    return int(seed), int(seconds), weights, allowance / 100


def _people_head(criteria: Criteria) -> str:
    """The head of the column of those whom the range counts."""
    year = year_of(criteria.count)
    return f"In {year}" if year else {"registered": "Registered", "lists": "On lists"}.get(criteria.count, "People")


def _nearest(seconds: int) -> int:
    return min(_SECONDS, key=lambda s: abs(s - seconds))


def numbers(prospect: Prospect, criteria: Criteria, area: Area) -> Criteria:
    """The table of how many neighbourhoods each district gets, to be changed; the criteria with those numbers."""
    if not criteria.within:
        row = prospect.nests[0] if prospect.nests else None
        if row is None:
            return criteria
        k = st.number_input(
            f"Number of neighbourhoods (the range allows {row.fewest} to {row.most})",
            max(1, row.fewest), max(1, row.most, row.fewest), row.proposed or max(1, row.fewest), key="q_k",
        )  # fmt: skip
        return replace(criteria, neighbourhoods=int(k) if int(k) != row.proposed or criteria.neighbourhoods else None)
    frame = pd.DataFrame(
        {
            "District": [row.names for row in prospect.nests],
            _people_head(criteria): [row.people for row in prospect.nests],
            "Areas": [row.units for row in prospect.nests],
            "Possible": [f"{row.fewest} to {row.most}" if row.fewest <= row.most else "none" for row in prospect.nests],
            "Neighbourhoods": [row.proposed for row in prospect.nests],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        disabled=["District", _people_head(criteria), "Areas", "Possible"],
        column_config={
            "District": st.column_config.TextColumn(width=190),
            _people_head(criteria): st.column_config.NumberColumn(format="localized", width=80),
            "Areas": st.column_config.NumberColumn(width=60),
            "Possible": st.column_config.TextColumn(width=75),
            "Neighbourhoods": st.column_config.NumberColumn(
                min_value=1, step=1, width=130, help="Change a number to ask for more or fewer."
            ),
        },
        key=f"q_numbers_{abs(hash(replace(criteria, neighbourhoods=None, seed=0, seconds=60)))}",
    )
    asked = {
        row.code: int(k)
        for row, k, default in zip(prospect.nests, edited["Neighbourhoods"], frame["Neighbourhoods"], strict=True)
        if pd.notna(k) and k != default
    }
    kept = dict(criteria.neighbourhoods) if isinstance(criteria.neighbourhoods, tuple) else {}
    both = {**{c: k for c, k in kept.items() if c in {r.code for r in prospect.nests}}, **asked}
    return replace(criteria, neighbourhoods=tuple(sorted(both.items())) or None)


def joins(prospect: Prospect, criteria: Criteria, area: Area) -> Criteria:
    """For every small district that was joined, the choice of another neighbour; the criteria with those choices."""
    names: Mapping[str, str] = area.level(criteria.within[0]).names if criteria.within else {}
    chosen = dict(criteria.joins)
    for row in prospect.nests:
        for code in row.joined:
            others: list[str] = [other for other in sorted(names, key=lambda c: names[c]) if other != code]
            if row.code not in others:
                continue
            with st.popover(f"Join {plain_markdown(names.get(code, code))} to another district"):
                to: str | None = st.selectbox(
                    "Join it to", others, others.index(row.code), format_func=names.__getitem__, key=f"q_join_{code}"
                )
                if to is not None and to != row.code:
                    chosen[code] = to
    return replace(criteria, joins=tuple(sorted(chosen.items())))


def statement(prospect: Prospect) -> None:
    """What will be done and what cannot be, said before solving."""
    for one in prospect.exceptions:
        style.note(*words.declared(one), kind="warn")
    for reason in prospect.reasons:
        style.note(reason.message, reason.mend, kind="bad")
