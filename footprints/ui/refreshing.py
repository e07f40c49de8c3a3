"""The current option on newer files: green, amber or red and why, people before and after, and the new edition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.narrowing import Narrowed
from footprints.plan import Plan, document, is_edition
from footprints.refreshing import Refreshed
from footprints.refreshing.words import COLOURS, PEOPLE, people_rows
from footprints.shelf import Kept, Shelf
from footprints.store.base import slug
from footprints.store.saving import known
from footprints.studies import refresh as refreshing
from footprints.ui import download_routes, first, folders, narrowed, state, study, style, uploads, versions, who
from optimise.words import signed

STUDY = "refresh"
UPLOAD = "Files I upload"
ALL_HELP = "All files that the place is read from, also those that did not change."
_NOTES = {"green": "good", "amber": "warn", "red": "bad"}
_KINDS = {**_NOTES, "green": ""}


def show(area: Area, plan: Plan) -> None:
    """The answer where there is one for this option, progress while it is worked out, and the form that asks."""
    st.write(
        "Put the current option on next quarter's files: the same boundaries, codes and decisions; no area moves. You "
        "learn what changed beneath it, and get a new edition of the same version."
    )
    asked = st.session_state.get("refresh_asked")
    if study.running(STUDY):
        study.progress(STUDY, f"Comparing “{plan.name}” with newer files")
        return
    made: refreshing.Edition | None = None
    if asked is not None and asked["plan"] == document(plan):
        made = study.result(STUDY, asked)
        if made is not None:
            _made(made, asked, area)
        elif study.trouble(STUDY)[0]:
            style.note(*filter(None, study.trouble(STUDY)), kind="bad")
    if who.may("planner"):
        with st.expander("Compare with other files" if made else "Which files are newer?", expanded=made is None):
            _form(area, plan)
    elif made is None:
        style.note("Comparing with newer files is for a planner.")


def _form(area: Area, plan: Plan) -> None:
    own, tenant = state.session(), who.tenant()
    shelved = f"A folder of {tenant.title}" if tenant else "A folder on this machine"
    kind = st.radio("Newer files", [shelved, UPLOAD], horizontal=True, key="refresh_kind", label_visibility="collapsed")
    files: list[Any] = []
    folder = ""
    if kind == UPLOAD:
        files = st.file_uploader(
            "Newer official files, as downloaded",
            type=list(uploads.KINDS),
            accept_multiple_files=True,
            key="refresh_files",
            help=ALL_HELP,
        )
    elif tenant:
        folder = folders.choose(tenant, "Folder that holds the newer files", key="refresh_folder", help=ALL_HELP)
    else:
        typed = st.text_input(
            "Folder that holds the newer files",
            key="refresh_folder",
            placeholder="C:\\Data\\Next quarter or /home/me/next-quarter",
            help=ALL_HELP,
        )
        folder = typed.strip().strip('"')
    ready = bool(folder or files)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    edition = left.number_input(
        "Number of the new edition", 2, 999, _next_number(), key="refresh_edition", help=NUMBER_HELP
    )
    with right:
        begun = st.button("Compare with these files", type="primary", disabled=not ready, key="refresh_begin")
    if not begun:
        return
    try:
        who.require("planner")
        names: dict[str, str] = {}
        if files:
            kept, names = uploads.save(files, who.uploads())
            folder = str(kept)
        folder = state.readable(folder)
        called = "the invented demo county" if own.source == first.DEMO else f"the files in {Path(own.source).name}"
        called = "the files that were uploaded before" if own.uploaded else called
        asked = refreshing.asked_for(plan, folder, own.place, called, int(edition), names)
        study.begin(STUDY, asked)
    except FootprintError as error:
        style.note(error.message, error.mend, kind="bad")
        return
    st.session_state["refresh_asked"] = asked
    st.rerun()


NUMBER_HELP = (
    "The first is the one that was decided. Printed on the page and in the files below, which are of a draft; those "
    "of a version, made on the page Versions, count for themselves."
)


def _next_number() -> int:
    """One more than that of the version which the current option comes from; 2 where it comes from none."""
    option = state.session().shelf.get()
    try:
        store = versions.there() if option and option.kept else None
        if store is None or option is None or option.kept is None or not known(store, option.kept):
            return 2
        return store.standing(option.kept.key).edition + 1
    except FootprintError:
        return 2


def _made(made: refreshing.Edition, asked: dict[str, Any], area: Area) -> None:
    found = made.found
    style.note(found.in_words, f"People now: {found.people_basis}", kind=_NOTES[found.colour])
    body = narrowed.line(area, found.before)
    narrowed.whole(area, "The colour above, the lists of practices and the files are")
    _reasons(found, area)
    with st.container(horizontal=True, gap="small"):
        if who.may("planner") and st.button(
            "Go on with the newer files", type="primary", key="refresh_take", help=TAKE_HELP
        ):
            _take(made, asked, area)
        stem = f"{slug(found.plan.name, set())}-edition-{asked['edition']}"
        download_routes.button("Page to print (HTML)", made.page, f"{stem}.html", "text/html")
        download_routes.button("Files of the new edition (zip)", made.zipped, f"{stem}.zip", "application/zip")
    _people(found, narrowed.seen(body, found.before, area) if body else None)


TAKE_HELP = (
    "The newer files become the files in use, and the new edition the current option there. The other options stay "
    "with the files that they were made on."
)


def _reasons(found: Refreshed, area: Area) -> None:
    beyond = narrowed.elsewhere(area, found.before)
    for colour, title in COLOURS:
        every = [reason for reason in found.reasons if reason.colour == colour]
        told = [reason.words for reason in every if not reason.about or not beyond.issuperset(reason.about)]
        narrowed.rest(area, len(every) - len(told), f"thing under “{title}”", f"things under “{title}”")
        if told:
            st.markdown(f"**{title}** ({len(told)})")
            style.note(*told, kind=_KINDS[colour])


def _people(found: Refreshed, own: Narrowed | None) -> None:
    if found.people is not None:
        rows = [p for p in found.people if own is None or p.code in own.codes]
        style.table(
            "Residents before and after; the change is new estimates, for no area moves",
            list(PEOPLE),
            people_rows(found, own.codes if own else None),
            numbers=(1, 2, 3),
            marked=[n for n, p in enumerate(rows) if p.in_range is False],
        )
    if found.lists is not None:
        lists = found.lists
        style.table(
            "Patients on the lists of the practices here, by cause",
            ["Before", "Lists opened", "Lists closed", "Change at the others", "Now"],
            [
                [
                    f"{lists.before:,}",
                    signed(lists.opened),
                    signed(-lists.closed),
                    signed(lists.others),
                    f"{lists.after:,}",
                ]
            ],
            numbers=(0, 1, 2, 3, 4),
        )


def _stands_as(kept: Kept | None, plan: Plan) -> int:
    """The number of the version that the plan would be an edition of; 0 where it would be none, or nobody knows."""
    try:
        store = versions.there() if kept else None
        if store is None or kept is None or not known(store, kept):
            return 0
        before = store.version(kept.key).decision
        return kept.number if is_edition(replace(plan, name=before.name), before) else 0
    except FootprintError:
        return 0


def _onto(shelf: Shelf, plan: Plan, kept: Kept | None) -> Shelf:
    after = shelf.add(plan)
    return after.keep(after.current, kept) if kept else after


def _take(made: refreshing.Edition, asked: dict[str, Any], area: Area) -> None:
    """Turn to the newer files, with the new edition as the current option there; it comes from the same version."""
    shelf = state.session().shelf
    option = next((one for one in shelf.options if one.plan == made.found.before), None)
    kept = option.kept if option else None
    promised = _stands_as(kept, made.found.plan)
    place_name = state.session().place_name
    state.use_source(asked["newer"], made.place, place_name or area.name)
    own = state.session()
    own.uploaded = dict(asked["names"])
    own.change(lambda shelf: _onto(shelf, made.found.plan, kept))
    own.said = f"Edition {asked['edition']} of “{made.found.plan.name}” is the current option, on the newer files." + (
        f" Save it on the page Versions, and it stands as v{promised} does." if promised else ""
    )
    st.switch_page(state.page("map"))
