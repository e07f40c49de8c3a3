"""The board paper on the Export page: which options, what only people can say, and the three files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from boundaries.overlays import Places
from footprints.baselines import baseline, is_today
from footprints.bodies import bodies
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.report.asked import MOST
from footprints.report.details import Details, Engaged
from footprints.report.principles import Principle, principles_of
from footprints.shelf import Option, Shelf
from footprints.stamp import STATUSES
from footprints.studies import paper as study_of_paper
from footprints.ui import download_routes, state, study, style, versions, who

STUDY = "paper"
NONE, MADE = "none", "made"
_KINDS = (
    ("board-paper.pdf", "Board paper (PDF)", "application/pdf"),
    (
        "board-paper.docx",
        "Board paper (Word)",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("board-paper.html", "Board paper (web page)", "text/html"),
)


def show(area: Area, places: Places | None = None) -> None:
    """The paper where it is made, progress while it is, and the form that asks for it. places : of the lists given."""
    shelf = state.session().shelf
    st.subheader("Board paper", anchor=False)
    st.caption(
        "What a health and wellbeing board decides on: the decision asked, your principles, a map of each option, and "
        "the tables, as PDF, for Word, and as one web page. What nobody has said is “not recorded” in it."
    )
    asked = st.session_state.get("paper_asked")
    if study.running(STUDY):
        study.progress(STUDY, "Making the board paper")
    elif asked is not None:
        _made(study.result(STUDY, asked))
    with st.expander("Make the board paper", expanded=asked is None and not study.running(STUDY)):
        _form(area, shelf, places)


def _made(files: dict[str, bytes] | None) -> None:
    error, mend = study.trouble(STUDY)
    if error:
        style.note(error, *([mend] if mend else []), kind="bad")
    if not files:
        return
    with st.container(horizontal=True, gap="small"):
        for name, label, mime in _KINDS:
            download_routes.button(label, files[name], name, mime)
    st.caption("Made of the options as they were then; make it again after changes.")


def _form(area: Area, shelf: Shelf, places: Places | None) -> None:
    options = {option.key: option for option in shelf.options}
    current = shelf.get()
    chosen = st.multiselect(
        "Options that the board decides between",
        list(options),
        default=[current.key] if current else [],
        format_func=lambda key: options[key].plan.name,
        max_selections=MOST,
        key="paper_options",
    )
    recommended = st.selectbox(
        "Recommended option",
        ["", *options],
        format_func=lambda key: options[key].plan.name if key else "None: not recorded",
        key="paper_recommended",
    )
    meant = recommended or (chosen[0] if len(chosen) == 1 else "")
    known = versions.recorded(options[meant]) if meant else None
    with st.form("paper", border=False):
        left, right = st.columns(2)
        today = left.selectbox(
            "Today’s arrangement, to compare with",
            [NONE, MADE, *options],
            index=_usual_today(options),
            format_func=lambda key: _today_words(key, options),
            key="paper_today",
        )
        with right:
            only = _only(area, [options[key].plan for key in chosen])
        details = _details(known)
        file = None
        if who.may("planner"):  # who may upload
            file = st.file_uploader(
                "The partnership’s principles (JSON or CSV)",
                type=["json", "csv"],
                key="paper_principles",
                help="In its own words, each with a measure and a threshold. CSV columns: words, measure, at_least, "
                "at_most, partly, each.",
            )
        asked_for = st.form_submit_button("Make the paper", type="primary", key="paper_make")
    if asked_for:
        try:
            principles = principles_of(file.getvalue(), file.name) if file is not None else ()
            details["mark"] = known.mark if known else ""
            _begin(area, [options[k] for k in chosen], _today(area, today, options), details, principles,
                   options[recommended].as_kept if recommended else None, only, places)  # fmt: skip
        except FootprintError as error:
            style.note(error.message, error.mend, kind="bad")
            return
        st.rerun()


def _only(area: Area, plans: Sequence[Plan]) -> str:
    """The body that the paper is narrowed to, as `footprints.bodies` finds it; "" for the whole."""
    known = {one.key: f"{one.name} ({one.label})" for one in bodies(area, plans)}
    chosen = state.session().only
    if "paper_only" not in st.session_state and chosen in known:
        st.session_state["paper_only"] = chosen
    if st.session_state.get("paper_only", "") not in ("", *known):
        del st.session_state["paper_only"]
    if not known:
        return ""
    return st.selectbox(
        "Narrow it to",
        ["", *known],
        format_func=lambda key: known[key] if key else f"Nothing: the whole of {area.name}",
        key="paper_only",
        help="The tables show the part inside, what is outside in one line, and the whole.",
    )


def _details(known: versions.Recorded | None) -> dict[str, Any]:
    """What only people can say, as it was typed. known : what the store says of the option meant."""
    first, second, third = st.columns([3, 2, 2])
    said: dict[str, Any] = {
        "board": first.text_input("Board", max_chars=120, key="paper_board"),
        "meeting": second.text_input("Meeting and item", max_chars=120, key="paper_meeting"),
    }
    day = third.date_input("Date of the paper", date.today(), format="DD/MM/YYYY", key="paper_day")
    said["day"] = day.isoformat() if isinstance(day, date) else ""
    first, second, third = st.columns([3, 2, 2])
    said["author"] = first.text_input("Author", max_chars=120, key="paper_author")
    own = known.version if known else ""
    usual = known.called if known else ""
    said["version"] = second.text_input(
        "Version of the footprint", usual, max_chars=40, key=f"paper_version_{own}_{usual}"
    )
    at = STATUSES.index(known.stamp.status) if known else 0
    said["status"] = third.selectbox("Status", STATUSES, at, format_func=str.capitalize, key=f"paper_status_{own}_{at}")
    said["decision"] = st.text_area("Decision asked of the board", max_chars=1_500, height=90, key="paper_decision")
    said["reasons"] = st.text_area("Why this option", max_chars=1_500, height=70, key="paper_reasons")
    said["engaged"] = st.text_area(
        "Who was engaged, and what changed because of it",
        max_chars=4_000,
        height=100,
        placeholder="One line each: who | when | how | what they said | what changed",
        key="paper_engaged",
    )
    return said


def engaged_of(text: str) -> tuple[Engaged, ...]:
    """Who was engaged, a line each, parted by |. Raises PlanError for a line with too many parts, or without a name."""
    rows = []
    for n, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) > 5 or not parts[0]:
            raise PlanError(
                f"Line {n} of who was engaged has {'no name' if not parts[0] else f'{len(parts)} parts'}.",
                mend="Write: who | when | how | what they said | what changed.",
            )
        rows.append(Engaged(*parts))
    return tuple(rows)


def _usual_today(options: dict[str, Option]) -> int:
    """The place in the list of the option that is today's arrangement; none where there is none."""
    marked = [n for n, option in enumerate(options.values()) if is_today(option.plan.name)]
    return 2 + marked[-1] if marked else 0


def _today_words(key: str, options: dict[str, Option]) -> str:
    if key == NONE:
        return "None"
    return "Majority PCN, worked out now" if key == MADE else options[key].plan.name


def _today(area: Area, key: str, options: dict[str, Option]) -> Plan | None:
    if key == NONE:
        return None
    return baseline(area, "pcn") if key == MADE else options[key].as_kept


def _begin(
    area: Area,
    chosen: Sequence[Option],
    today: Plan | None,
    said: dict[str, Any],
    principles: Sequence[Principle],
    recommended: Plan | None,
    only: str,
    places: Places | None,
) -> None:
    plans = [option.as_kept for option in chosen if today is None or option.as_kept.id != today.id]
    if not plans:
        raise PlanError("No option is chosen for the paper.", mend="Choose one to four.")
    if recommended is not None and recommended.id not in {plan.id for plan in plans}:
        raise PlanError(
            f"“{recommended.name}” is recommended and is not among the options of the paper.",
            mend="Choose it as an option, too, or recommend another.",
        )
    kept = recommended.id if recommended else ""
    details = Details(**{**said, "engaged": engaged_of(said["engaged"]), "recommended": kept})
    asked = study_of_paper.asked_for(plans, today, principles, details, state.session().source, only, places)
    st.session_state["paper_asked"] = asked
    study.begin(STUDY, asked)
