"""Studies in a session: begin one, watch it, stop it, and have its result for exactly the question that it answered.

Studies of different kinds may run side by side, and beside a proposal; they then share the processor and take longer.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from footprints.escape import plain_markdown
from footprints.jobs import StudyState
from footprints.jobs.protocol import StudyRequest
from footprints.jobs.runner import runner
from footprints.ui import state, style, who
from footprints.ui.guard import guard
from footprints.ui.state import Studying, question_of

CHANGING = ("bring", "improve", "options", "refresh")  # whose answers are plans for the shelf, or files in use
KEPT = 8  # answers of one kind in a session; the oldest goes


def begin(study: str, asked: dict[str, Any]) -> None:
    """Ask for a study; it goes on when the page is closed. One of each kind: another question ends the one under way.

    asked : JSON of the study's own. Raises what stands in the way of the area, for the guard to show, and AccessError
    for somebody who may not: whoever may look may ask what only reads; what ends on the shelf is for a planner.
    """
    who.require("planner" if study in CHANGING else "viewer")
    evidence, own = state.area(), _own(study)
    question = question_of(asked, evidence.digest)
    if own.job is not None and own.question == question:
        return
    end(study)
    session = state.session()
    own.answers.pop(question, None)
    own.question, own.trouble = question, ("", "")
    own.job = runner().study(study, session.source, session.place, asked, evidence, state.owner())


def running(study: str) -> bool:
    """Whether a study of that kind is under way in this session."""
    return _own(study).job is not None


def end(study: str) -> None:
    """End the study of that kind at once, without an answer, if one is under way."""
    own = _own(study)
    if own.job is not None:
        own.job.close()
        own.job = None


def progress(study: str, title: str) -> None:
    """How far the study is, with a button to stop it; draws the page anew when it is done. Nothing when none runs."""
    if running(study):
        st.fragment(_progress, run_every=1.0)(study, title)


def result(study: str, asked: dict[str, Any]) -> Any | None:
    """The believed result, when there is one for exactly this question on exactly this area, whenever it was asked."""
    own, evidence = _own(study), state.area_or_none()
    if evidence is None:
        return None
    question = question_of(asked, evidence.digest)
    if question not in own.answers and (own.job is None or own.question != question):
        known = runner().known_study(study, asked, evidence, state.owner())
        if known is not None:
            _keep(own, question, known[1])
    return own.answers.get(question)


def take(study: str, asked: dict[str, Any]) -> bool:
    """Whether this is the first tab to take the result of that question to the shelf. Raises AccessError."""
    who.require("planner")
    evidence = state.area()
    known = runner().known_study(study, asked, evidence, state.owner())
    return known is not None and runner().rows.take(known[0])


def answers(study: str) -> list[Any]:
    """Every believed result of that kind for this place that this person asked for, the last one last."""
    own, evidence = _own(study), state.area_or_none()
    if evidence is not None and own.met != evidence.digest:
        own.met = evidence.digest
        mine = state.owner()
        for row in [row for row in runner().of_place(evidence, mine) if row.kind == study and not row.live][-KEPT:]:
            job = runner().ticket(row.id, evidence, mine)
            if job is not None and isinstance(job.request, StudyRequest) and (found := job.poll().result) is not None:
                _keep(own, question_of(job.request.asked, evidence.digest), found)
    return list(own.answers.values())


def trouble(study: str) -> tuple[str, str]:
    """Why the last study of that kind gave no result, and what would mend it; empty strings when nothing went wrong."""
    return _own(study).trouble


def beside() -> None:
    """The studies under way, in a line each, for the sidebar: from any page they count as waited for."""
    if any(own.job for own in state.session().studies.values()):
        st.fragment(_beside, run_every=1.0)()


def _progress(study: str, title: str) -> None:
    with guard():
        now = _tick(study)
        if now is None:
            return
        with st.container(key=f"study_{study}"):
            st.markdown(f"**{plain_markdown(title)}** · {now.seconds:,.0f} s")
            if now.fraction is not None:
                st.progress(now.fraction)
            st.caption(plain_markdown(now.stage))
            if st.button("Stop", key=f"stop_{study}", disabled=now.cancelled):
                _stop(study)


def _beside() -> None:
    with guard():
        under_way = [(study, now) for study in sorted(state.session().studies) if (now := _tick(study)) is not None]
        style.under_way([(TITLES.get(study, study), f"{now.seconds:,.0f} s") for study, now in under_way])


def _tick(study: str) -> StudyState | None:
    """Where the study stands; once it is over its result is kept and the whole page is drawn anew."""
    own = _own(study)
    if own.job is None:
        return None
    now = own.job.poll()
    if now.done:
        own.job = None
        if now.error is not None:
            own.trouble = (now.error, now.mend)
        else:
            _keep(own, own.question, now.result)
        st.rerun(scope="app")
    return now


def _stop(study: str) -> None:
    own = _own(study)
    if own.job is not None:
        own.job.cancel()


def _own(study: str) -> Studying:
    return state.session().studies.setdefault(study, Studying())


def _keep(own: Studying, question: str, result: Any) -> None:
    own.answers[question] = result
    while len(own.answers) > KEPT:
        del own.answers[next(iter(own.answers))]


TITLES = {
    "review": "Reviewing a plan",
    "options": "Looking for other options",
    "curve": "Working out the trade-off",
    "prices": "Working out the price of each rule",
    "numbers": "Trying other numbers of neighbourhoods",
    "ask": "Working out an answer",
    "improve": "Improving a plan",
    "paper": "Making the board paper",
    "certainty": "Judging each area",
    "bring": "Reading a file",
    "refresh": "Comparing with newer files",
    "verify": "Proving the store",
}
