"""The plans of the place and their versions, and what can be done with one: open, branch, go back, put away, take."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from boundaries.area import Area
from footprints.bodies import Body
from footprints.escape import plain_markdown
from footprints.exchange import zip_bytes
from footprints.store import Store
from footprints.store.base import slug
from footprints.store.files import version_files
from footprints.store.overview import Line, PlanLines
from footprints.store.records import Project
from footprints.store.schema import EDITION
from footprints.store.telling import version_in_words
from footprints.ui import download_routes, narrowed, style, versions
from footprints.ui.version_save import open_version

_KINDS = {"branch": "branch of", "revert": "as"}


def show(area: Area, store: Store, own: Project) -> None:
    """The list of each plan, and what can be done with the version that is chosen."""
    archived = st.session_state.get("versions_archived", False)
    body = narrowed.line(area)
    plans = versions.lines(store, own.id, archived, body.units if body else frozenset())
    st.subheader("Plans and their versions", anchor=False)
    titles = versions.names(store, own.id)
    for plan in plans:
        _table(plan, titles, body)
    st.checkbox("Show also what is in the archive", key="versions_archived")
    if plans:
        _one(area, store, plans)


def _table(plan: PlanLines, titles: dict[str, str], body: Body | None) -> None:
    rows = [
        [
            f"v{line.version.number}",
            versions.status(line.state, versions.edition_of(line.standing, line.version.key, titles)),
            f"{versions.when(line.version.at)}",
            line.version.author,
            line.version.reason or "–",
            _came(line, titles),
            _figure(line, body, line.units, line.units_inside),
            _figure(line, body, line.people, line.people_inside),
        ]
        for line in plan.lines
    ]
    away = ", in the archive" if plan.row.archived else ""
    style.table(
        f"{plan.row.name}{away}",
        ["Version", "Status", "Saved (UTC)", "By", "Why", "From", *_heads(body)],
        rows,
        numbers=(6, 7),
        max_height=300,
    )


def _heads(body: Body | None) -> tuple[str, str]:
    of = f" of {body.name}" if body else ""
    return f"LSOAs{of} moved", f"People{of} moved"


def _figure(line: Line, body: Body | None, every: int, inside: int) -> object:
    """What moved since the version before; narrowed, what of it is of the body, with the whole below."""
    if not line.before:
        return ""
    return style.named(f"{inside:,}", f"of {every:,} in all") if body else f"{every:,}"


def _came(line: Line, titles: dict[str, str]) -> str:
    version = line.version
    if version.kind == EDITION:
        of = f"v{version.parent}" if version.parent else version_in_words(version.other, titles)
        return f"{of}, on other files"
    if version.kind in _KINDS:
        return f"{_KINDS[version.kind]} {version_in_words(version.other, titles)}"
    if version.kind == "merge":
        return f"v{version.parent}, merge"
    return f"v{version.parent}" if version.parent else "new"


def choose(plans: Sequence[PlanLines], key: str, label: str = "Version") -> Line:
    """One version of the list, the newest of the first plan unless another was chosen."""
    every = {line.version.key: (plan, line) for plan in plans for line in plan.lines}
    chosen = st.selectbox(
        label,
        list(every),
        format_func=lambda k: _called(*every[k]),
        key=key,
    )
    return every[chosen][1]


def _called(plan: PlanLines, line: Line) -> str:
    edition = versions.edition_of(line.standing, line.version.key)
    state = f"{versions.status_words(line.state)}{f', {edition}' if edition else ''}"
    return f"{plan.row.name}, v{line.version.number} – {state}"


def _one(area: Area, store: Store, plans: Sequence[PlanLines]) -> None:
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        line = choose(plans, "versions_one", "What to do with")
    key = line.version.key
    plan = next(p for p in plans if p.row.id == line.version.plan)
    with right, st.container(horizontal=True, gap="small"):
        st.button("Open as an option", on_click=open_version, args=(key, area), key="version_open")
        _files(store, line)
    planner, keeps = versions.may("planner"), versions.may("administrator")
    if not planner and not keeps:
        return
    ways = ["Branch", "go back to it"] if planner else []
    with st.expander(_either([*ways, *(["put the plan away"] if keeps else [])])):
        if planner:
            _branch(line)
            if line.version.number != plan.row.head:
                _revert(line, plan.row.head)
        away = bool(plan.row.archived)
        if keeps:
            st.button(
                f"Take “{plain_markdown(plan.row.name)}” out of the archive" if away
                else f"Put “{plain_markdown(plan.row.name)}” in the archive",
                on_click=_archive, args=(plan.row.id, plan.row.name, away), key="version_archive",
            )  # fmt: skip


def _either(ways: list[str]) -> str:
    """ "Branch, go back to it, or put the plan away"."""
    said = ways[0] if len(ways) == 1 else " or ".join([", ".join(ways[:-1]) + ("," if len(ways) > 2 else ""), ways[-1]])
    return said[0].upper() + said[1:]


def _files(store: Store, line: Line) -> None:
    """The files of the version, made when they are asked for."""
    key = line.version.key
    if st.button("Make its files", key="version_files", help="Every file of an export, and the record of decisions."):
        st.session_state["version_files_of"] = key
    if st.session_state.get("version_files_of") == key:
        data = _zipped(store, key, store.head())
        download_routes.button(
            f"Download v{line.version.number}, {line.state} (zip)",
            data,
            f"footprints-{slug(version_in_words(key), set())}-{line.state}.zip",
            "application/zip",
        )


@st.cache_resource(max_entries=4, show_spinner="Writing the files…", hash_funcs={Store: lambda store: store.address})
def _zipped(store: Store, key: str, mark: str) -> bytes:
    return zip_bytes(version_files(store, key)[0])


def _branch(line: Line) -> None:
    with st.form("branch", border=False):
        left, right = st.columns([2, 3])
        left.text_input("Name of the branch", max_chars=80, key="branch_name")
        right.text_input("Why", max_chars=500, key="branch_reason")
        label = f"Begin another plan from v{line.version.number}"
        st.form_submit_button(label, on_click=_branched, args=(line.version.key,), key="branch_now")


def _branched(key: str) -> None:
    def verb() -> str:
        store, who = versions.made(), versions.acting("planner")
        versions.seat(store, key.partition("/")[0])
        name = str(st.session_state["branch_name"])
        made = store.branch(key, name, who, reason=str(st.session_state["branch_reason"]))
        return f"“{made.decision.name}” begins as {version_in_words(made.other)}."

    versions.act(verb)


def _revert(line: Line, head: int) -> None:
    number = line.version.number
    with st.form("revert", border=False):
        st.text_input("Why", max_chars=500, key="revert_reason")
        label = f"Make a new version v{head + 1} that is as v{number} was"
        st.form_submit_button(label, on_click=_reverted, args=(line.version.plan, number, head), key="revert_now")


def _reverted(plan: str, to: int, head: int) -> None:
    def verb() -> str:
        store, who = versions.made(), versions.acting("planner")
        versions.seat(store, plan.partition("/")[0])
        made = store.revert(plan, to, head, who, reason=str(st.session_state["revert_reason"]))
        return f"v{made.number} is as v{to} was. What lies between stays in the history."

    versions.act(verb, "look at that version first, then go back once more if it is still right.")


def _archive(plan: str, name: str, away: bool) -> None:
    def verb() -> str:
        store, who = versions.made(), versions.acting("administrator")
        versions.seat(store, plan.partition("/")[0])
        store.archive(plan, who, back=away)
        return f"“{name}” is {'out of' if away else 'in'} the archive. Nothing was deleted."

    versions.act(verb)
