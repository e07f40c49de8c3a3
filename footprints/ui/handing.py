"""Who the files are for and what they say of the plan: the questions above the download buttons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from footprints.disclosure import PARTNERS, Audience, audience
from footprints.errors import PlanError
from footprints.escape import plain_markdown
from footprints.exchange import NOTHING_DECIDED, Decision
from footprints.plan import Plan
from footprints.shelf import Option, Shelf
from footprints.stamp import STATUSES
from footprints.ui import style, versions

_READERS = {
    "partners": "Partners (councils, NHS bodies, practices): exact counts, marked “not for publication”",
    "public": "The public (board papers, websites): small counts of patients left out, the others rounded",
}


@dataclass(frozen=True)
class Handing:
    """What was chosen. together : for the public, the plans that will be published as one set, this one among them."""

    audience: Audience = PARTNERS
    together: tuple[Plan, ...] = ()
    status: str = "draft"
    valid_from: str = ""
    decision: Decision = NOTHING_DECIDED


def ask(option: Option, shelf: Shelf) -> Handing:
    """The questions, with the usual answers; what cannot be meant is said and stops the page."""
    kind = st.radio("Who are these files for?", list(_READERS), format_func=_READERS.__getitem__, key="audience")
    reader, together = _public(option, shelf) if kind == "public" else (PARTNERS, (option.as_kept,))
    known = versions.recorded(option)
    if known is not None:
        return _as_recorded(known, reader, together)
    if option.kept is not None:
        st.caption(
            f"Changed since v{option.kept.number}: these files are of a draft, whatever v{option.kept.number} is."
            if not option.on_other_files
            else f"On other files than v{option.kept.number}, and not saved: these files are of a draft. If only "
            f"the files differ, save it on the page Versions, and it stands as v{option.kept.number} does; the files "
            f"of v{option.kept.number} as it was saved are made there, too."
        )
    with st.expander("What the files say of this plan: status, date, decision"):
        usual = "proposed" if option.solution and not option.edited and option.kept is None else "draft"
        left, middle, right = st.columns(3)
        status = left.selectbox(
            "Status", STATUSES, STATUSES.index(usual), format_func=str.capitalize, key=f"status-{option.key}"
        )
        since = middle.date_input("Valid from", None, format="DD/MM/YYYY", key=f"valid-{option.key}")
        reference = right.text_input("Decision, such as a minute", key=f"decision-{option.key}")
        version = left.text_input("Your number of this version", key=f"version-{option.key}")
        edition = middle.text_input("Edition", key=f"edition-{option.key}")
        supersedes = right.text_input("Takes the place of", key=f"supersedes-{option.key}")
        st.caption("Whatever is not agreed or final says DRAFT in every table, on the map and in the name of the pack.")
    valid_from = since.isoformat() if isinstance(since, date) else ""
    return Handing(reader, together, status, valid_from, Decision(version, edition, reference, supersedes))


def _as_recorded(known: versions.Recorded, reader: Audience, together: tuple[Plan, ...]) -> Handing:
    """What the store says of a version that is exported as it was saved: nobody types it anew."""
    stamp, said = known.stamp, known.decision
    style.note(
        f"The files say what is recorded of {known.called}: {versions.status_words(stamp.status)}"
        + (f", valid from {versions.when(stamp.valid_from)}" if stamp.valid_from else "")
        + (f"; {said.reference}." if said.reference else "."),
        "Whatever is not agreed or final says DRAFT in every table, on the map and in the name of the pack."
        if stamp.mark
        else "The record of the decisions goes along when its files are made on the page Versions.",
    )
    return Handing(reader, together, stamp.status, stamp.valid_from, said)


def _public(option: Option, shelf: Shelf) -> tuple[Audience, tuple[Plan, ...]]:
    others = [one for one in shelf.options if one.key != option.key]
    names = {one.key: plain_markdown(one.plan.name) for one in others}
    if others:
        chosen = st.multiselect(
            "Other options that will be published, too",
            list(names),
            list(names),
            format_func=names.__getitem__,
            key=f"together-{option.key}",
            help="Who has two plans can subtract one table from the other. Options named here are rounded as one set, "
            "so that nothing small can be found that way. Choose the same ones when you download each of them.",
        )
    else:
        chosen = []
    left, right, _ = st.columns((1, 1, 2))
    least = left.number_input("Leave out counts under", 2, 1000, PARTNERS.threshold, key="threshold")
    base = right.number_input("Round the others to", 1, 100, PARTNERS.base, key="rounded-to")
    try:
        reader = audience("public", int(least), int(base))
    except PlanError as error:
        style.note(error.message, error.mend, kind="bad")
        st.stop()
    st.caption(
        "Residents are official statistics and stay exact. Certificates and proofs tell every count and are left out. "
        "Read the notes, reasons and names of editors in the files before you publish them."
    )
    plans = (option.as_kept, *(one.plan for one in others if one.key in chosen))
    return reader, plans
