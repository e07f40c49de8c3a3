"""The one typed object of a session, and what the pages share: the area, the shelf, and the running proposal."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import streamlit as st

from boundaries import load_area
from boundaries.area import Area
from boundaries.errors import ChooseAreaError, FootprintError, Place
from footprints.editing import Desk, desk_of
from footprints.jobs import JobState, StudyState
from footprints.jobs.protocol import StudyRequest
from footprints.jobs.runner import PROPOSAL, Owner, runner
from footprints.jobs.studies import as_json
from footprints.jobs.ticket import Ticket
from footprints.plan import Plan
from footprints.propose import Proposal, empty_plan, keeping_locks
from footprints.shelf import Option, Shelf
from footprints.store.jobs import Row
from footprints.ui import first, who
from footprints.ui.first import DEMO
from footprints.ui.uploads import ListFile
from optimise.criteria import Criteria
from optimise.solution import Solution

_LAST: dict[tuple[str, str], dict[str, Any]] = {}  # the place that each person opened last, as `Session` takes it
_LAST_LOCK = Lock()
FOUND_AGAIN = ("paper", "refresh", "verify")  # studies whose page shows the answer to what was asked last, by its key


@dataclass
class Running:
    """A proposal under way. asked : in this tab; else it was begun elsewhere, or before the page was closed."""

    job: Ticket[JobState]
    asked: bool = True


@dataclass
class Studying:
    """Studies of one kind: the one under way with its question, answers by question, and why the last gave none.

    met : digest of the area whose earlier answers were looked up.
    """

    job: Ticket[StudyState] | None = None
    question: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    trouble: tuple[str, str] = ("", "")
    met: str = ""


@dataclass
class Session:
    """All that a browser tab holds. source : "demo" or a folder. place : the chosen codes; () for the whole source.

    met : digest of the area whose earlier jobs were taken up. desk : of the place, shared with every other tab of the
    person on it; until the place has been read the options are `loose`. owner : whose session it is. only : key of the
    body that the pages are narrowed to (`footprints.bodies`), "" for everybody; only_gone : of one that is no more.
    """

    source: str = DEMO
    place: tuple[str, ...] = ()
    place_name: str = ""
    uploaded: dict[str, str] = field(default_factory=dict)
    lists: tuple[ListFile, ...] = ()
    criteria: Criteria = field(default_factory=Criteria)
    desk: Desk | None = None
    loose: Shelf = field(default_factory=Shelf)
    running: Running | None = None
    studies: dict[str, Studying] = field(default_factory=dict)
    last: JobState | None = None
    opened: bool = False
    refused: Solution | None = None
    trouble: tuple[str, str] = ("", "")
    met: str = ""
    said: str = ""
    open_trouble: tuple[str, str] = ("", "")
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    owner: tuple[str, str] = ("", "")
    only: str = ""
    only_gone: str = ""

    @property
    def shelf(self) -> Shelf:
        """The options as they are now, whoever put them there."""
        return self.desk.shelf if self.desk else self.loose

    def change(self, verb: Callable[[Shelf], Shelf], role: str = "planner") -> None:
        """Make `verb` of the shelf its successor, with nothing in between from another tab.

        role : what one has to be for that. Raises AccessError for somebody who is not, or not any more.
        """
        who.require(role)
        if self.desk:
            self.desk.change(verb)
        else:
            self.loose = verb(self.loose)

    def sit_down(self, desk: Desk) -> None:
        """Work at this desk from now on; loose options come along."""
        loose, self.loose = self.loose, Shelf()
        if loose.options:
            desk.change(lambda shelf: loose if not shelf.options else shelf.take(loose))
        self.desk = desk


def session() -> Session:
    """This tab's session, made on its first run. Raises AccessError for somebody whose sign-in has ended."""
    owner = who.require("viewer").key
    own: Session | None = st.session_state.get("footprints")
    if own is None or own.owner != owner:
        own = st.session_state["footprints"] = _as_it_was(owner)
    return own


def _as_it_was(owner: tuple[str, str]) -> Session:
    """A new tab, or one that was reloaded, opens the place that this person had open last."""
    with _LAST_LOCK:
        told = _LAST.get(owner, {})
    return Session(**told, owner=owner)


@st.cache_resource(max_entries=4, show_spinner=False)
def _load(source: str, place: tuple[str, ...], tenant: str) -> Area:
    return load_area(source, place)


def owner() -> Owner:
    """Whose jobs this tab asks for and sees. Raises AccessError for somebody whose sign-in has ended."""
    found = who.require("viewer")
    return Owner(found.tenant, found.name)


def area() -> Area:
    """The area of this session; raises what stands in its way, for the guard to show."""
    own = session()
    with st.spinner("Reading the files…"):
        found = _load(readable(own.source), own.place, own.owner[0])
    if own.desk is None or own.desk.area is not found:
        own.sit_down(desk_on(found))
    elif not own.desk.kept:
        desk_on(found)  # whose journal is tried again
    return found


def desk_on(area: Area) -> Desk:
    """This person's desk on an area."""
    own = who.now()
    if not own.tenant:
        return desk_of(area)
    return desk_of(area, who.own_folder(), lambda: who.signing(own))


def readable(source: str) -> str:
    """The source, where this person may read it. Raises AccessError otherwise."""
    return source if source == DEMO else who.own_source(source)


def area_or_none() -> Area | None:
    """The area, or None while a place has to be chosen or the files have to be mended."""
    try:
        return area()
    except FootprintError:
        return None


def read_again() -> None:
    """Forget what was read, so that changed files are met."""
    _load.clear()
    _forget_asked()


def _forget_asked() -> None:
    """What was asked of one place is not shown at another."""
    for kind in FOUND_AGAIN:
        st.session_state.pop(f"{kind}_asked", None)


def use_source(source: str, place: tuple[str, ...] = (), place_name: str = "") -> None:
    """Turn to other evidence: the shelf and the choices of the old one go. Its jobs go on, and are found again."""
    old, source = session(), readable(source)
    fresh = Session(source=source, place=place, place_name=place_name, opened=source != DEMO, owner=old.owner)
    fresh.uploaded = old.uploaded if source == old.source else {}
    st.session_state["footprints"] = fresh
    _forget_asked()
    with _LAST_LOCK:
        _LAST[old.owner] = {
            "source": source,
            "place": place,
            "place_name": place_name,
            "uploaded": dict(fresh.uploaded),
            "opened": True,
        }


def places_to_choose() -> tuple[Place, ...]:
    """The places a source asks to choose from; () when it holds one, or when it cannot be read at all."""
    try:
        area()
    except ChooseAreaError as error:
        return error.places
    except FootprintError:
        return ()
    return ()


def begin(criteria: Criteria, *, name: str = "Proposal") -> None:
    """Start a proposal in its own process, unless the same question was answered before."""
    who.require("planner")
    own, evidence = session(), area()
    own.trouble, own.refused, own.last = ("", ""), None, None
    own.criteria = criteria
    option = own.shelf.get()
    parent = option.plan if option else None
    criteria = keeping_locks(criteria, parent)
    job = runner().propose(own.source, own.place, criteria, evidence, owner(), name=name, parent=parent)
    now = job.poll()
    if now.done and now.proposal is not None:  # known already
        job.take()
        _take(own, now.proposal)
        return
    own.running = Running(job)


def open_demo() -> None:
    """On the first opening take up the proposal for the demo county that began with the server.

    Not where options were left on its shelf.
    """
    own = session()
    if not own.opened:
        if not own.shelf.options:
            own.running = Running(first.proposal(area(), owner()), asked=False)
        own.opened = True


def take_up(evidence: Area) -> None:
    """On opening a place, find the jobs again that were asked of it before: those under way, and a plan to fetch."""
    own, mine = session(), owner()
    if own.met == evidence.digest:
        return
    found = runner().of_place(evidence, mine)
    own.met = evidence.digest
    for kind in FOUND_AGAIN:
        last = next((row for row in reversed(found) if row.kind == kind), None)
        made = runner().ticket(last.id, evidence, mine) if last else None
        if made is not None and isinstance(made.request, StudyRequest):
            st.session_state.setdefault(f"{kind}_asked", made.request.asked)
    for row in found:
        if row.kind == PROPOSAL:
            _take_up(own, row, evidence)
        elif row.live and (job := runner().ticket(row.id, evidence, mine)) is not None:
            studying = own.studies.setdefault(row.kind, Studying())
            if studying.job is None and isinstance(job.request, StudyRequest):
                studying.job, studying.question = job, question_of(job.request.asked, evidence.digest)


def _take_up(own: Session, row: Row, evidence: Area) -> None:
    if row.taken or (row.live and own.running is not None):
        return
    job = runner().ticket(row.id, evidence, owner())
    if job is None:
        return
    if row.live:
        own.running = Running(job, asked=False)
        return
    now = job.poll()
    if now.proposal is not None and now.proposal.plan is not None and who.may("planner") and job.take():
        _take(own, now.proposal, once=True)
        own.said = f"“{now.proposal.plan.name}”, which was asked for earlier, is done and on the shelf."


def question_of(asked: dict[str, Any], digest: str) -> str:
    """A question to a study in one canonical line, so that equal questions are equal texts."""
    return json.dumps([digest, as_json(asked)], sort_keys=True, ensure_ascii=False)


def tick() -> JobState | None:
    """Where the running proposal stands; when it is over its plan goes on the shelf and the page is drawn anew."""
    own = session()
    if own.running is None:
        return None
    now = own.running.job.poll()
    own.last = now
    if now.done:
        running, own.running = own.running, None
        _settle(own, running, now)
        st.rerun(scope="app")
    return now


def _settle(own: Session, running: Running, now: JobState) -> None:
    if now.error is not None:
        own.trouble = (now.error, now.mend)
    elif now.proposal is not None:
        planner = who.may("planner")
        ours = planner and running.job.take()  # another tab may have put it on the shelf already
        before = own.shelf
        if ours or (planner and running.asked) or not own.shelf.options:
            _take(own, now.proposal, once=not (ours and running.asked))
            if ours and now.proposal.plan is not None and own.shelf is before:
                name = now.proposal.plan.name
                own.said = f"“{name}”, which was asked for earlier, came out as a plan that is on the shelf already."
        elif running.asked:
            own.trouble = ("The proposal is done, and you are not a planner any more.", "Ask for the role again.")


def put(proposal: Proposal) -> None:
    """Make a proposal that was asked for earlier the current option, added where it is not on the shelf."""
    own, plan = session(), proposal.plan
    same = [o.key for o in own.shelf.options if plan and plan.assignment in (o.plan.assignment, _as_proposed(o))]
    held = same[0] if same else ""
    if held:
        own.change(lambda shelf: shelf.choose(held), "viewer")
    else:
        _take(own, proposal)


def _as_proposed(option: Option) -> tuple[tuple[str, str], ...] | None:
    return option.proposed.assignment if option.proposed else None


def _take(own: Session, proposal: Proposal, *, once: bool = False) -> None:
    if proposal.plan is None:
        own.refused = proposal.solution
        return
    plan, solution = proposal.plan, proposal.solution
    if once:  # the demo county's first one, which everybody is shown, or one that may be there already
        own.change(lambda shelf: shelf.add_once(plan, solution), "viewer")
    else:
        own.change(lambda shelf: shelf.add(plan, solution))


def start_empty() -> None:
    """Put a plan with nothing drawn yet on the shelf."""
    own = session()
    plan = empty_plan(area(), "Drawn by hand", own.criteria)
    own.change(lambda shelf: shelf.add(plan))


def cancel() -> None:
    """Ask the running proposal for its best plan so far."""
    own = session()
    if own.running:
        own.running.job.cancel()


def current() -> Plan | None:
    """The plan of the current option."""
    option = session().shelf.get()
    return option.plan if option else None


def page(name: str) -> str:
    """The file of a page, for links between pages."""
    return str(Path(__file__).parent / "pages" / f"{name}.py")


def with_links(criteria: Criteria, accept: bool) -> Criteria:
    """The same criteria, with the proposed links accepted or not."""
    return replace(criteria, accept_links=accept)
