"""Studies in a session: begin one, watch it, stop it, and have its result for exactly the question that it answered.

Studies of different kinds may run side by side, and beside a proposal; they then share the processor and take longer.
"""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from footprints.escape import plain_markdown
from footprints.jobs import StudyJob, StudyState
from footprints.jobs.studies import as_json
from footprints.ui import state, style
from footprints.ui.guard import guard
from footprints.ui.state import Studying

KEPT = 8  # answers of one kind in a session; the oldest goes


def begin(study: str, asked: dict[str, Any]) -> None:
    """Start a study in its own process. One of each kind at a time: another question ends the one under way.

    asked : JSON of the study's own. Raises what stands in the way of the area, for the guard to show.
    """
    evidence, own = state.area(), _own(study)
    question = _question(asked, evidence.digest)
    if own.job is not None and own.question == question:
        return
    end(study)
    session = state.session()
    own.answers.pop(question, None)
    own.question, own.trouble = question, ("", "")
    own.job = StudyJob.start(study, session.source, session.place, asked, evidence=evidence)


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
    """The believed result, when there is one for exactly this question on exactly this area."""
    own, evidence = _own(study), state.area_or_none()
    return own.answers.get(_question(asked, evidence.digest)) if evidence else None


def answers(study: str) -> list[Any]:
    """Every believed result of that kind in this session, the last one last."""
    return list(_own(study).answers.values())


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
            own.answers[own.question] = now.result
            while len(own.answers) > KEPT:
                del own.answers[next(iter(own.answers))]
        st.rerun(scope="app")
    return now


def _stop(study: str) -> None:
    own = _own(study)
    if own.job is not None:
        own.job.cancel()


def _own(study: str) -> Studying:
    return state.session().studies.setdefault(study, Studying())


def _question(asked: dict[str, Any], digest: str) -> str:
    """The question in one canonical line, so that equal questions are equal texts."""
    return json.dumps([digest, as_json(asked)], sort_keys=True, ensure_ascii=False)


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
