"""The current option and the store: what it comes from, and the form that saves it as a version."""

from __future__ import annotations

import streamlit as st

from boundaries.area import Area
from footprints.errors import StoreError, some
from footprints.escape import plain_markdown
from footprints.plan import Plan
from footprints.shelf import Kept, Option
from footprints.store import Store
from footprints.store.flat import path_in_words
from footprints.store.records import Project, Version
from footprints.store.saving import (
    kept_as,
    only_files_differ,
    opened,
    project_for,
    save_edition,
    save_new,
    save_next,
)
from footprints.store.schema import EDITION
from footprints.ui import conflict, state, style, versions, who
from optimise.words import count

NEXT, NEW = "next", "new"


def show(area: Area, store: Store | None, own: Project | None, option: Option) -> None:
    """How the option stands to the store, what others saved since, and the form."""
    kept = versions.remembered(option)
    st.subheader(f"The current option: {plain_markdown(option.plan.name)}", anchor=False)
    head = store.plan_row(kept.plan).head if store is not None and kept is not None else 0
    if kept is None:
        st.write("Not saved as a version yet. Your edits are kept all the same, also after a restart.")
    elif head > kept.number:
        if option.on_other_files and store is not None and only_files_differ(store, option):
            _edition_beside(area, store, option, kept, head)
            st.markdown("**Or put both together**")
        _behind(area, store, option, kept, head)
        if option.changed:
            return
    else:
        st.write(plain_markdown(versions.standing(option)))
    if who.may("planner"):
        _form(area, _goes_to(store, own, kept), option, kept)


def _goes_to(store: Store | None, own: Project | None, kept: Kept | None) -> Project | None:
    """The project that a save goes into: that of the version which the option comes from, else the chosen one."""
    if store is None or kept is None:
        return own
    of = kept.plan.partition("/")[0]
    return next((one for one in store.projects(archived=True) if one.id == of), own)


def _behind(area: Area, store: Store | None, option: Option, kept: Kept, head: int) -> None:
    """Somebody saved since the option was saved or opened."""
    if store is None:
        return
    if option.changed:
        conflict.show(area, store, option, kept)
        return
    newest = store.version(f"{kept.plan}@{head}")
    style.note(
        f"{newest.author} saved v{head} of “{kept.name}” on {versions.when(newest.at)} UTC; this option is v"
        f"{kept.number}, unchanged.",
        f"Why: {newest.reason}" if newest.reason else "",
    )
    st.button(f"Open v{head} as an option", on_click=open_version, args=(newest.key, area), key="open_newest")


def _form(area: Area, own: Project | None, option: Option, kept: Kept | None) -> None:
    kind = NEW
    if kept is not None:
        kind = st.radio(
            "Save it as",
            [NEXT, NEW],
            format_func={
                NEXT: f"the next version of “{plain_markdown(kept.name)}”",
                NEW: "a new plan, beside it",
            }.__getitem__,
            horizontal=True,
            key=f"save_as_{option.key}",
        )
    if kind == NEXT and not option.changed:
        st.caption("There is nothing to save: the option is as it was saved.")
        return
    with st.form("save_version", border=False):
        whys = st.container()
        if kind == NEW:
            left, whys = st.columns([2, 3])
            left.text_input("Name of the plan", option.plan.name, max_chars=80, key=f"save_name_{option.key}")
        whys.text_input(
            "Why: one line for the history",
            max_chars=500,
            key=f"save_reason_{option.key}",
            placeholder="such as: after the workshop of 12 January",
        )
        st.form_submit_button(
            "Save this option as a version", type="primary", on_click=_save, args=(area, option.key, kind),
            key="save_version_now",
        )  # fmt: skip
    where = f"the project “{own.name}”" if own else f"a project for {area.name}, which is made now"
    st.caption(plain_markdown(f"Saved into {where} in the name of {versions.me()}. Nothing is ever overwritten."))


def _save(area: Area, key: str, kind: str) -> None:
    option = state.session().shelf.get(key)
    name = str(st.session_state.get(f"save_name_{key}", ""))
    reason = str(st.session_state.get(f"save_reason_{key}", ""))

    def verb() -> str:
        if option is None:
            raise StoreError("This option is not on the shelf any more.", mend="Put it back, or choose another.")
        who, store = versions.acting("planner"), versions.made()
        own = _goes_to(store, versions.project(store, area), versions.remembered(option))
        own = own or project_for(store, area, who)
        versions.seat(store, own.id)
        if kind == NEXT:
            saved = save_next(store, option, area, who, reason=reason)
        else:
            saved = save_new(store, own.id, option, area, who, name=name, reason=reason)
        versions.take_up(key, kept_as(saved))
        return f"Saved as v{saved.number} of “{saved.decision.name}”.{_stands(store, saved, option)}"

    if versions.act(verb):
        st.session_state[f"save_reason_{key}"] = ""


def _edition_beside(area: Area, store: Store, option: Option, kept: Kept, head: int) -> None:
    """The version on other files, where its plan went on since: it can be kept as a plan of its own."""
    style.note(
        f"v{head} was saved since. As nothing but the files differs from v{kept.number}, it can be kept beside, as "
        f"an edition of v{kept.number} that stands as v{kept.number} does.",
    )
    if not who.may("planner"):
        return
    with st.form("save_edition", border=False):
        left, right = st.columns([2, 3])
        name = f"{kept.name}, {store.standing(kept.key).status}"[:80]
        left.text_input("Name of the plan for it", name, max_chars=80, key=f"edition_name_{option.key}")
        right.text_input("Why", max_chars=500, key=f"edition_reason_{option.key}")
        st.form_submit_button(
            f"Keep it as an edition of v{kept.number}", type="primary", on_click=_save_edition, args=(area, option.key),
            key="save_edition_now",
        )  # fmt: skip


def _save_edition(area: Area, key: str) -> None:
    option = state.session().shelf.get(key)

    def verb() -> str:
        if option is None or option.kept is None:
            raise StoreError("This option is not on the shelf any more.", mend="Put it back, or choose another.")
        who, store = versions.acting("planner"), versions.made()
        versions.seat(store, option.kept.plan.partition("/")[0])
        name, reason = (str(st.session_state.get(f"edition_{what}_{key}", "")) for what in ("name", "reason"))
        saved = save_edition(store, option, area, who, name=name, reason=reason)
        versions.take_up(key, kept_as(saved))
        return f"Saved as v{saved.number} of “{saved.decision.name}”.{_stands(store, saved, option)}"

    versions.act(verb)


def _stands(store: Store, saved: Version, option: Option) -> str:
    """What the saved version stands as, where files changed with it."""
    stands = store.standing(saved.key)
    if stands.edition > 1:
        titles = versions.names(store, saved.plan.partition("/")[0])
        return f" It is {versions.edition_of(stands, saved.key, titles)}, and {stands.status} as that is."
    if not option.on_other_files or saved.kind == EDITION or not saved.parent:
        return ""
    moves = store.moves(f"{saved.plan}@{saved.parent}", saved.key)
    other = [path_in_words(path) for path, _, _ in moves.other if path[2] != "evidence"]
    what = [*([count(len(moves.moves), "LSOA")] if moves.moves else []), *other]
    return f" It is a draft: besides the files, {some(what, 3)} {'differs' if len(what) == 1 else 'differ'}."


def open_version(key: str, area: Area) -> None:
    """Put a version on the shelf and make it the current option. For use in a callback."""

    def verb() -> str:
        store = versions.made()
        found = opened(store, store.version(key), area)
        _onto_shelf(found.plan, found.kept)
        return f"v{found.kept.number} of “{found.kept.name}” is on the shelf now, as the current option."

    versions.act(verb)


def _onto_shelf(plan: Plan, kept: Kept) -> None:
    state.session().change(lambda shelf: shelf.add_kept(plan, kept), "viewer")
