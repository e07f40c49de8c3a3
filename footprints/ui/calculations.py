"""The person's calculations, in the sidebar: what runs, what waits, what was done lately; to stop, and to open."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from footprints.errors import PlanError
from footprints.escape import plain_markdown
from footprints.exchange.plan_json import plan_from_document
from footprints.jobs.protocol import StudyRequest
from footprints.jobs.runner import PROPOSAL, request_in, runner
from footprints.jobs.ticket import waiting_in_words
from footprints.shelf import Shelf
from footprints.store.jobs import ASK, END, Row, State
from footprints.ui import state, study, who
from footprints.ui.guard import guard
from optimise.words import count

SHOWN = 6  # of those that are over
HIDDEN = ("communities", "regroup")  # what the map asks for by itself, and shows itself
PAGES = {
    PROPOSAL: "map", "review": "review", "improve": "review", "certainty": "review", "ask": "ask", "paper": "export",
    "refresh": "refresh", "verify": "versions",
    "options": "propose", "curve": "propose", "prices": "propose", "numbers": "propose",
}  # fmt: skip
OVER = {State.DONE: "Done", State.FAILED: "Failed", State.CANCELLED: "Stopped", State.LOST: "Lost"}


def show() -> None:
    """One button with what is under way; behind it the list."""
    jobs = runner()
    if jobs.said:
        st.session_state["calculations_said"], jobs.said = jobs.said, ""
    if told := st.session_state.get("calculations_said"):
        st.warning(plain_markdown(told))
    rows = _rows()
    if rows:
        st.fragment(_list, run_every=2.0 if any(row.live for row in rows) else None)()


def _rows() -> list[Row]:
    found = runner().rows.listed(state.owner().tenant, ended=4 * SHOWN)
    shown = [row for row in found if row.kind not in HIDDEN]
    return [row for row in shown if row.live] + [row for row in shown if not row.live][:SHOWN]


def _list() -> None:
    with guard():
        rows = _rows()
        running = sum(row.state is State.RUNNING for row in rows)
        waiting = sum(row.state is State.WAITING for row in rows)
        told = [f"{number} {word}" for number, word in ((running, "running"), (waiting, "waiting")) if number]
        with st.popover(f"Calculations: {', '.join(told)}" if told else "Calculations", width="stretch"):
            st.caption("They go on when this page is closed, and are found again here.")
            for row in rows:
                _row(row)


def _row(row: Row) -> None:
    mine = state.owner().asked(row)
    with st.container(border=True, key=f"calculation_{row.id.replace('.', '_')}", gap=None):
        named = f": {row.title}" if row.title else ""
        st.markdown(f"**{plain_markdown(_what(row) + named)}**")
        by = "" if mine else f" · {row.owner}"
        st.caption(plain_markdown(f"{row.place} · {_standing(row)}{by}"))
        if not mine:
            return
        if row.live:
            stop = "Stop" if row.state is State.WAITING else "Stop, and keep what there is"
            if st.button(stop, key=f"calculation_stop_{row.id}", disabled=row.cancel > 0):
                runner().cancel(row.id, END if row.state is State.WAITING else ASK)
                st.rerun(scope="fragment")
        elif _opens(row) and st.button("Open", key=f"calculation_open_{row.id}"):
            _open(row)
            st.switch_page(state.page(PAGES[row.kind]))


def _opens(row: Row) -> bool:
    """Whether there is a result to turn to; for a viewer only where that puts nothing on the shelf."""
    if not (row.result and row.kind in PAGES and _current(row)):
        return False
    if who.may("planner"):
        return True
    whole = runner().rows.row(row.id)
    request = request_in(whole) if whole else None
    if not isinstance(request, StudyRequest):
        return False
    document, area = request.asked.get("plan"), state.area_or_none()
    if not isinstance(document, dict):
        return True
    return area is not None and area.digest == row.area and bool(_held(state.session().shelf, document))


def _current(row: Row) -> bool:
    """Whether this version of the programme gave the result, so that it can be read, and is what would be given now."""
    return row.program == runner().program


def _what(row: Row) -> str:
    return "Working on a proposal" if row.kind == PROPOSAL else study.TITLES.get(row.kind, row.kind)


def _standing(row: Row) -> str:
    if row.state is State.WAITING:
        return waiting_in_words(runner().rows.before(row))
    if row.live:
        return f"running for {count(round(row.seconds), 'second')}: {row.stage}"
    words = f"{OVER[row.state]} at {_clock(row.ended_at)}"
    if row.state is State.CANCELLED:
        return f"{words}, with what there was" if row.result else words
    if not row.result:
        return f"{words}: {row.error}"
    return words if _current(row) else f"{words}, by an earlier version of the programme"


def _clock(when: str) -> str:
    """A time of the table as the clock on the wall shows it, with the day where it is not today's."""
    local = datetime.strptime(when, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone()
    return local.strftime("%H:%M" if local.date() == datetime.now().astimezone().date() else "%H:%M on %d %B")


def _open(row: Row) -> None:
    """Turn to the place of a job, and to the option that it is about."""
    whole = runner().rows.row(row.id)
    request = request_in(whole) if whole else None
    if request is None:
        raise PlanError("This calculation was made by another version of the programme.", mend="Start it again.")
    evidence = state.area_or_none()
    if evidence is None or evidence.digest != row.area:
        state.use_source(request.source, request.area, row.place)
        evidence = state.area()
        if evidence.digest != row.area:
            raise PlanError("The files of that place have changed since.", mend="Start the calculation again.")
    if isinstance(request, StudyRequest):
        _turn_to(request.study, request.asked)
        return
    job = runner().ticket(row.id, evidence, state.owner())
    proposal = job.poll().proposal if job else None
    if job is not None and proposal is not None:
        if who.may("planner"):
            job.take()
        state.put(proposal)


def _turn_to(kind: str, asked: dict[str, Any]) -> None:
    if kind in state.FOUND_AGAIN:
        st.session_state[f"{kind}_asked"] = asked
    if kind == "verify":
        st.session_state["versions_part"] = "Proof"
    document = asked.get("plan")
    if isinstance(document, dict):
        own, plan = state.session(), plan_from_document(document)
        if held := _held(own.shelf, document):
            own.change(lambda shelf: shelf.choose(held), "viewer")
        else:
            own.change(lambda shelf: shelf.add(plan))


def _held(shelf: Shelf, document: dict[str, Any]) -> str:
    """The key of the option of a shelf that is that plan, "" where none is."""
    plan = plan_from_document(document)
    return next((option.key for option in shelf.options if option.plan == plan), "")
