"""Somebody saved since: what it was, what they made of it and what I did, and the choices for what overlaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from boundaries.area import Area
from footprints.errors import StoreError
from footprints.escape import plain_markdown
from footprints.plan import Plan
from footprints.shelf import Kept, Option, Shelf
from footprints.standing import people_by_unit
from footprints.store import Conflict, Merge, Store
from footprints.store.flat import Path, path_in_words, value_in_words
from footprints.store.merge import SIDES, merge
from footprints.store.moves import Moves, moves_between
from footprints.store.records import Version
from footprints.store.saving import kept_as, merge_option, on_files
from footprints.ui import cached, state, style, twin_maps, versions
from optimise.words import count, listed

MOST = 40  # conflicts that are asked one by one
_AREAS = cached.BY_DIGEST


@dataclass(frozen=True)
class Between:
    """base : what mine was made from. theirs : the newest version. mine : the option, as it is saved."""

    base: Version
    theirs: Version
    mine: Plan

    @property
    def heads(self) -> dict[str, str]:
        """What each side is called."""
        return {
            "base": f"v{self.base.number}, as it was",
            "theirs": f"v{self.theirs.number}, {self.theirs.author}",
            "mine": "mine",
        }

    def plan(self, side: str) -> Plan:
        """The plan of a side."""
        return {"base": self.base.decision, "theirs": self.theirs.decision, "mine": self.mine}[side]


def show(area: Area, store: Store, option: Option, kept: Kept) -> None:
    """The three versions and what differs, with choices; nothing is written before everything is chosen."""
    theirs = store.version(f"{kept.plan}@{store.plan_row(kept.plan).head}")
    both = Between(store.version(kept.key), theirs, option.as_kept)
    found = _merge(both.base.decision, theirs.decision, both.mine)
    conflicts = found.conflicts
    style.note(
        f"{theirs.author} saved v{theirs.number} of “{kept.name}” on {versions.when(theirs.at)} UTC, after you began "
        f"with v{kept.number}{f' (why: {theirs.reason})' if theirs.reason else ''}. Nothing was overwritten, and "
        "nothing is written until you have chosen.",
        _both_did(area, both),
        f"{count(len(conflicts), 'thing')} {'was' if len(conflicts) == 1 else 'were'} changed by both of you, "
        "differently: choose below. Everything else goes together by itself."
        if conflicts
        else "What you both did does not overlap: it goes together by itself.",
        kind="warn",
    )
    for was, now in found.renumbered:
        style.note(f"Your new neighbourhood {was} becomes {now}: they had given the code to another one.")
    choices: dict[Path, str] = {}
    if conflicts:
        _table(area, both, conflicts)
        disputed = [one.path[1] for one in conflicts if one.path[0] == "units"]
        left, right = st.columns([3, 2], gap="medium") if disputed else (None, st.container())
        if left is not None:
            with left:
                _map(area, both, disputed)
        with right:
            choices = _choices(area, both, conflicts, option.key)
    _save(area, both, option, choices, len(conflicts))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_AREAS)
def _merge(base: Plan, theirs: Plan, mine: Plan) -> Merge:
    return merge(base, theirs, mine)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=_AREAS)
def _moves(before: Plan, after: Plan, area: Area) -> Moves:
    return moves_between(before, after, area)


def _both_did(area: Area, both: Between) -> str:
    said = []
    for who, plan in ((both.theirs.author, both.theirs.decision), ("you", both.mine)):
        moves = _moves(both.base.decision, plan, area)
        other = [path for path, _, _ in moves.other if path[0] != "retired" and path[2] != "evidence"]
        what = [f"moved {count(len(moves.moves), 'LSOA')} ({count(moves.people, 'person', 'people')})"]
        if other:
            what.append(f"changed {count(len(other), 'other thing')}")
        if plan.area_digest != both.base.area:
            what.append("turned to other files")
        said.append(f"{who} {listed(what)}")
    return f"Since v{both.base.number}: {'; '.join(said)}."


def _table(area: Area, both: Between, conflicts: tuple[Conflict, ...]) -> None:
    people = people_by_unit(area)
    heads = both.heads
    rows = [
        [
            _what(area, one.path),
            f"{people[one.path[1]]:,}" if one.path[0] == "units" else "",
            *(_value(both, one, side) for side in SIDES),
            one.why,
        ]
        for one in conflicts
    ]
    style.table(
        "Changed by both", ["What", "People", *(heads[side] for side in SIDES), "Why it is asked"], rows, numbers=(1,),
        max_height=320,
    )  # fmt: skip


def _map(area: Area, both: Between, disputed: list[str]) -> None:
    heads = both.heads
    words = f"{count(len(disputed), 'LSOA')} in dispute, in the colour of where you put it; the rest is pale."
    twin_maps.disputed(area, (heads["theirs"], both.theirs.decision), (heads["mine"], both.mine), disputed, words)


def _choices(area: Area, both: Between, conflicts: tuple[Conflict, ...], option: str) -> dict[Path, str]:
    """What was chosen so far, by conflict; one that nobody has chosen for is not in it."""
    heads, stem = both.heads, f"choice_{option}_{both.theirs.key}_{both.mine.id}"
    keys = {one.path: f"{stem}_{'|'.join(one.path)}" for one in conflicts}
    with st.container(horizontal=True, gap="small"):
        for side, label in (("theirs", f"All as in v{both.theirs.number}"), ("mine", "All as mine")):
            st.button(label, on_click=_all, args=(tuple(keys.values()), side), key=f"all_{side}")
    chosen = {}
    for one in conflicts[:MOST]:
        labels = {
            side: plain_markdown(f"{heads[side]}: {_value(both, one, side)}") for side in ("theirs", "mine", "base")
        }
        picked = st.radio(
            plain_markdown(_what(area, one.path)),
            list(labels),
            index=None,
            format_func=labels.__getitem__,
            key=keys[one.path],
        )
        if picked:
            chosen[one.path] = picked
    if len(conflicts) > MOST:
        st.caption(f"The other {len(conflicts) - MOST:,} are chosen together, with the two buttons above.")
        for one in conflicts[MOST:]:
            told = st.session_state.get(keys[one.path])
            if told in SIDES:
                chosen[one.path] = str(told)
    return chosen


def _all(keys: tuple[str, ...], side: str) -> None:
    for key in keys:
        st.session_state[key] = side


def _save(area: Area, both: Between, option: Option, choices: dict[Path, str], asked: int) -> None:
    asking = f"{option.key}_{both.theirs.key}_{both.mine.id}_{hash(tuple(sorted(choices.items())))}"
    faults = st.session_state.get("merge_faults", {}).get(asking, ())
    left = asked - len(choices)
    if faults:
        style.note("Put together, they do not meet what each alone met:", *faults, kind="warn")
    st.text_input("Why: one line for the history", max_chars=500, key=f"merge_reason_{option.key}")
    accept = bool(faults) and st.checkbox("Save it all the same", key=f"accept_{asking}")
    st.button(
        f"Put both together and save as v{both.theirs.number + 1}",
        type="primary",
        disabled=bool(left) or (bool(faults) and not accept),
        on_click=_merged,
        args=(area, option.key, both.theirs.number, dict(choices), accept, asking),
        key="merge_now",
    )
    if left:
        st.caption(f"{count(left, 'choice')} still to make.")


def _merged(area: Area, key: str, theirs: int, choices: Mapping[Path, str], accept: bool, asking: str) -> None:
    own, reason = state.session(), str(st.session_state[f"merge_reason_{key}"])
    option = own.shelf.get(key)

    def verb() -> str:
        if option is None or option.kept is None:
            raise StoreError("This option is not on the shelf any more.", mend="Put it back, or choose another.")
        store, who = versions.made(), versions.acting("planner")
        versions.seat(store, option.kept.plan.partition("/")[0])
        done = merge_option(store, option, area, who, choices=choices, accept_faults=accept, reason=reason)
        if done.saved is None:
            st.session_state["merge_faults"] = {asking: done.faults}
            if done.faults:
                raise StoreError(
                    "Nothing was saved yet: put together, the two do not meet what each alone met.",
                    mend="See below, and save it all the same or go on drawing.",
                )
            raise StoreError("Nothing was saved: the choices are not whole.", mend="Choose for each below.")
        saved, kept = done.saved, kept_as(done.saved)
        merged = on_files(saved.decision, area)
        words = f"Merged with v{theirs}"
        beside: list[bool] = []

        def shelved(shelf: Shelf) -> Shelf:
            after, apart = onto(shelf, option, merged, words, kept)
            beside[:] = [apart]
            return after

        own.change(shelved)
        told = f"Put together and saved as v{saved.number} of “{kept.name}”."
        if not done.written:
            told = f"Nothing had to be saved: v{theirs} of “{kept.name}” holds all of it already."
        if beside[-1]:
            told += (
                f" “{option.plan.name}” was changed while that was done, as in another tab: it stays as it is now, and "
                f"v{saved.number} stands beside it on the shelf, without those changes."
            )
        return told

    versions.act(verb)


def onto(shelf: Shelf, read: Option, merged: Plan, words: str, kept: Kept) -> tuple[Shelf, bool]:
    """The shelf with a merged plan in the place of the option that was `read` before the merge.

    An option that was changed or taken away meanwhile stays so; the merged plan is then an option of its own beside it,
    and the second value true.
    """
    now = shelf.get(read.key)
    if now is not None and (now.plan, now.kept) == (read.plan, read.kept):
        return shelf.put(now.merged(replace(merged, name=now.plan.name), words)).keep(read.key, kept), False
    after = shelf.add_kept(merged, kept)
    return (after.choose(shelf.current) if shelf.current else after), True


def _what(area: Area, path: Path) -> str:
    """A fact in words; an LSOA with its name."""
    if path[0] != "units":
        return path_in_words(path)
    return f"{area.unit_label(path[1]).rpartition(', ')[0]}, {path[1]}"


def _value(both: Between, one: Conflict, side: str) -> str:
    """A side's value; a neighbourhood with its name."""
    value: Any = getattr(one, side)
    plan = both.plan(side)
    if one.path[0] == "units" or one.path[2] == "neighbourhood":
        return f"{plan.neighbourhood(value).name} ({value})" if value in plan.codes else "no neighbourhood"
    return value_in_words(value)
