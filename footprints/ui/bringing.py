"""Opening and importing: one upload for everything, what is not sure asked, what does not fit said, then one button."""

from __future__ import annotations

import shutil
import weakref
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from boundaries import contents
from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.baselines import called_today, is_today
from footprints.changes import moved_between
from footprints.errors import PlanError, some
from footprints.escape import plain_markdown
from footprints.importing import take_over
from footprints.incoming import Brought, Question
from footprints.plan import Plan
from footprints.shelf import Shelf
from footprints.studies import bring as reading
from footprints.ui import cached, state, study, style, uploads, who
from optimise.words import count

STUDY = "bring"
KINDS = ("csv", "json", "geojson", "gpkg", "zip")
QUICK = 5_000_000  # bytes of text that are read in the page; all else is read in a process of its own
WHAT = (
    "A plan of ours, or what others made: a lookup (CSV) of output areas, LSOAs, MSOAs or wards under any headings, or "
    "polygons (GeoJSON, GeoPackage, or a shapefile in one zip)."
)
MOST_OF_IT, LEFT = "To the neighbourhood that holds their point or most of them", "Leave them unassigned, to place"
TODAY_HELP = (
    "Its name then begins with “Today:”. Compare puts it first, so that the others are measured against it, and the "
    "board paper offers it as today's arrangement."
)
_HELD, _NUMBER = "incoming", "incoming_number"
_FEW = 8  # sentences that stand openly


@dataclass(eq=False)
class Incoming:
    """A file that was handed over and is not on the shelf. answers : to what it leaves open. found : what was read.

    Its folder goes when nobody holds it any more.
    """

    path: Path
    given: str
    digest: str
    answers: dict[str, Any] = field(default_factory=dict)
    found: Brought | Question | None = None
    trouble: tuple[str, str] = ("", "")
    begun: bool = False

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.path.parent, True)

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked of the reader."""
        return reading.asked_for(self.path, self.given, state.session().source, self.answers)


def beside(area: Area) -> None:
    """The upload, for the sidebar."""
    with st.expander("Open or import an option"):
        key = f"incoming_file_{st.session_state.get(_NUMBER, 0)}"
        st.file_uploader(
            "Plan, lookup or polygons", type=list(KINDS), key=key, help=WHAT, on_change=_take, args=(key, area.digest)
        )


def show(area: Area | None) -> None:
    """The file that was handed over, above the page: its question, its report, or why it cannot be read."""
    own: Incoming | None = st.session_state.get(_HELD)
    if own is None:
        return
    if area is None or own.digest != area.digest:
        _leave()
        return
    if own.found is None and not own.trouble[0]:
        _read(own, area)
    with st.container(border=True, key="incoming_panel"):
        st.subheader(f"Import “{plain_markdown(own.given)}”", anchor=False)
        if study.running(STUDY):
            study.progress(STUDY, "Reading the file")
            return
        if own.trouble[0]:
            style.note(*filter(None, own.trouble), kind="bad")
            st.button("Close", on_click=_leave, key="incoming_close")
        elif isinstance(own.found, Question):
            _question(own, own.found)
        elif own.found is not None:
            _report(own, own.found, area)


def _take(key: str, digest: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    try:
        who.require("planner")
        folder, names = uploads.save([file], who.uploads())
    except FootprintError as error:
        state.session().open_trouble = (error.message, error.mend)
        return
    state.session().open_trouble = ("", "")
    ((kept, given),) = names.items()
    st.session_state[_HELD] = Incoming(folder / kept, given, digest)


def _leave() -> None:
    study.end(STUDY)
    st.session_state.pop(_HELD, None)
    st.session_state[_NUMBER] = st.session_state.get(_NUMBER, 0) + 1


def _read(own: Incoming, area: Area) -> None:
    """Have it read: here where it is a short text, else in a process of its own, which is begun now."""
    try:
        if _is_quick(own.path):
            answer = reading.run(area, own.asked, lambda words, fraction: None, lambda: False)
            own.found = reading.read(area, own.asked, answer)
            return
        own.found = study.result(STUDY, own.asked)
        if own.found is None and not study.running(STUDY):
            if own.begun:
                own.trouble = (
                    study.trouble(STUDY) if study.trouble(STUDY)[0] else ("It was not read.", "Give it again.")
                )
            else:
                study.begin(STUDY, own.asked)
                own.begun = True
    except FootprintError as error:
        own.trouble = (error.message, error.mend)


def _is_quick(path: Path) -> bool:
    """Whether it is a text that no library of shapes has to open."""
    ending = path.suffix
    text = ending == ".csv" or (ending == ".json" and contents.sniff(contents.read_head(path)) != "geojson")
    return text and path.stat().st_size <= QUICK


def _question(own: Incoming, question: Question) -> None:
    style.note(question.message, "Nothing is guessed: please say what is meant.", kind="warn")
    told = {choice.value: choice.words for choice in question.choices}
    speaks = question.key == "zeros"
    chosen = st.radio(
        "Which one is meant?",
        list(told),
        index=None,
        format_func=lambda value: plain_markdown(told[value] if speaks else f"“{value}”: {told[value]}"),
        key=f"incoming_{question.key}_{own.path.stem}",
    )
    with st.container(horizontal=True, gap="small"):
        if st.button("Read it so", type="primary", disabled=chosen is None, key="incoming_answer"):
            _again(own, **{question.key: chosen})
        st.button("Leave it", on_click=_leave, key="incoming_leave")


def _again(own: Incoming, **answers: Any) -> None:
    own.answers = {**own.answers, **answers} if answers else {}
    own.found, own.trouble, own.begun = None, ("", ""), False
    st.rerun()


def _report(own: Incoming, found: Brought, area: Area) -> None:
    plan = _with_rules(found)
    placed = area.units["residents"].reindex([unit for unit, _ in plan.assignment]).sum()
    everyone = area.units["residents"].sum()
    style.tiles(
        [
            (f"{len(plan.neighbourhoods):,}", "neighbourhoods"),
            (f"{len(plan.assignment):,} of {len(area.codes):,}", "LSOAs in one"),
            (f"{placed:,.0f}", "residents in one"),
            (f"{everyone - placed:,.0f}", "residents in none"),
        ]
    )
    notes = found.notes or ("A plan of ours, whole.",)
    style.note(*notes[:_FEW])
    if len(notes) > _FEW:
        with st.expander(f"{len(notes) - _FEW} more of these"):
            style.note(*notes[_FEW:])
    missed = _missed(plan, area)
    if missed:
        rules = count(len(missed), "thing is not", "things are not")
        with st.expander(f"{rules} as your rules ask; that is only stated, and it may stand as it is"):
            style.note(*missed, kind="warn")
    if found.divided or own.answers.get("leave"):
        leave = bool(own.answers.get("leave"))
        chosen = st.radio("LSOAs that are divided go", [MOST_OF_IT, LEFT], int(leave), key=f"cut_{own.path.stem}")
        if (chosen == LEFT) != leave:
            _again(own, leave=chosen == LEFT)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = left.text_input("Name of the option", plan.name, max_chars=80, key=f"name_{own.path.stem}")
    today = right.checkbox(
        "This is today's arrangement", is_today(plan.name), help=TODAY_HELP, key=f"today_{own.path.stem}"
    )
    current = state.session().shelf.get()
    with st.container(horizontal=True, gap="small"):
        if st.button("Put it on the shelf", type="primary", key="incoming_put"):
            _put(plan, " ".join(name.split()) or plan.name, today, found)
        if current is not None and st.button(
            f"Move the areas of “{plain_markdown(current.plan.name)}” to match",
            key="incoming_over",
            help="Its areas move to where the file has them, as one change that can be undone. Locked areas stay.",
        ):
            _over(own, replace(found, plan=plan), area)
        if own.answers and st.button("Read it in another way", key="incoming_again"):
            _again(own)
        st.button("Leave it", on_click=_leave, key="incoming_leave")


def _missed(plan: Plan, area: Area) -> tuple[str, ...]:
    try:
        return tuple(fault.message for fault in cached.verdict(plan, area).criteria)
    except FootprintError as error:
        return (f"They could not be checked: {error}",)


def _with_rules(found: Brought) -> Plan:
    """The plan; one that carries no rules is held against those of the current option, less what these fix."""
    if found.kind == "plan":
        return found.plan
    own = state.session()
    current = own.shelf.get()
    asked = current.plan.criteria if current else own.criteria
    free = replace(asked.locks, fixed=(), frozen=())
    return replace(found.plan, criteria=replace(asked, locks=free, neighbourhoods=None))


def _put(plan: Plan, name: str, today: bool, found: Brought) -> None:
    own = state.session()
    plan = replace(plan, name=called_today(name) if today else name)
    own.change(lambda shelf: shelf.add(plan))
    kind = "Opened" if found.kind == "plan" else "Imported"
    own.said = f"{kind} “{plan.name}”: it is on the shelf, as the current option."
    _leave()
    st.switch_page(state.page("map"))


def _over(own: Incoming, found: Brought, area: Area) -> None:
    session = state.session()
    told: list[str] = []

    def verb(shelf: Shelf) -> Shelf:
        option = shelf.get()
        if option is None:
            raise PlanError("There is no option to change.", mend="Put the file on the shelf as a new one.")
        after, held = take_over(option.plan, area, found.plan, units=found.units, named=found.named)
        moved = moved_between(option.plan, after)
        told.append(f"Took over “{own.given}” into “{option.plan.name}”: {count(len(moved), 'area')} moved.")
        if held:
            named = some([area.unit_label(unit) for unit in held], 10)
            lie = "lies" if len(held) == 1 else "lie"
            stay = "stays where it is" if len(held) == 1 else "stay where they are"
            told.append(f"{count(len(held), 'locked area')} {lie} elsewhere in the file and {stay}: {named}.")
        return shelf.edit(after, f"Took over {own.given}")

    try:
        session.change(verb)
    except FootprintError as error:
        own.trouble = (error.message, error.mend)
        st.rerun()
    session.said = " ".join(told)
    _leave()
    st.switch_page(state.page("map"))
