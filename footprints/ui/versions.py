"""The plan store on the pages: the open store, the project of the open place, who acts, and what came of each act.

Everything that a page does to the store goes through `act`: whatever stands in its way is said in words at the top of
the page, and the option on the shelf stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.access.identity import LAPTOP
from footprints.errors import StoreError
from footprints.exchange import Decision
from footprints.shelf import Kept, Option
from footprints.stamp import Stamp
from footprints.store import ConflictError, Store, files
from footprints.store.here import store_here
from footprints.store.overview import PlanLines, overview
from footprints.store.records import Project, Standing
from footprints.store.saving import known, projects_of
from footprints.store.telling import version_in_words
from footprints.ui import state, style, who

SHAPES = {"draft": "○", "proposed": "◇", "agreed": "●", "final": "■", "withdrawn": "✕"}
_KINDS = {"draft": "missing", "proposed": "warn", "agreed": "pass", "final": "pass", "withdrawn": "fail"}


def me() -> str:
    """The name that stands beside what this person does."""
    return who.now().name


def acting(role: str) -> str:
    """The name of whoever acts, who has to hold that role now. Raises AccessError otherwise."""
    return who.require(role).name


def may(role: str) -> bool:
    """Whether whoever looks may do now what that role does; what they may not is not offered."""
    return who.may(role)


def alone() -> bool:
    """Whether this is a computer of one person, whose names are taken at their word."""
    return who.now().tenant == LAPTOP


def there() -> Store | None:
    """The store, None where nothing was ever saved. Raises StoreError where it cannot be opened."""
    where, areas = who.store_at()
    return store_here(where, areas)


def made() -> Store:
    """The store, made where there is none. Raises StoreError where it cannot be, as on a network share."""
    where, areas = who.store_at()
    store = store_here(where, areas, create=True)
    if store is None:
        raise StoreError("The store cannot be opened.", mend="Try again.")
    return store


def project(store: Store, area: Area) -> Project | None:
    """The project of the open place; where there are several, the one that was chosen in this session."""
    found = projects_of(store, area)
    chosen = st.session_state.get("versions_project")
    return next((one for one in found if one.id == chosen), found[0] if found else None)


def choose_project(store: Store, area: Area) -> None:
    """Where a place has several projects: which one."""
    found = projects_of(store, area)
    if len(found) > 1:
        names = {one.id: one.name for one in found}
        st.selectbox("Project", list(names), format_func=names.__getitem__, key="versions_project")


def lines(
    store: Store, own: str, archived: bool = False, within: frozenset[str] = frozenset()
) -> tuple[PlanLines, ...]:
    """The plans of a project with their versions, worked out again when anything was written since.

    within : units of a body, of which it is told apart what moved.
    """
    return _lines(store, own, archived, within, store.head())


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Store: lambda store: store.address})
def _lines(store: Store, own: str, archived: bool, within: frozenset[str], mark: str) -> tuple[PlanLines, ...]:
    return overview(store, own, archived=archived, within=within)


def names(store: Store, own: str) -> dict[str, str]:
    """What the bodies and plans of a project are called, by key, also those that are off the list or put away."""
    return files.body_names(store, own) | {plan.id: plan.name for plan in store.plans(own, archived=True)}


LATE = "see below what differs, and put both together."


def act(verb: Callable[[], str], late: str = LATE) -> bool:
    """Do one thing to the store and keep what came of it for `said`; whether it was done. For use in a callback.

    late : what to do where somebody saved since.
    """
    try:
        _tell("good", verb())
    except ConflictError as conflict:
        _tell("warn", f"Nothing was saved. {conflict.theirs.author} saved v{conflict.theirs.number} after you began "
              f"with v{conflict.base.number}; {late}")  # fmt: skip
        return False
    except FootprintError as error:
        _tell("bad", error.message, error.mend, "Your option is on the shelf as it was.")
        return False
    return True


def seat(store: Store, own: str, name: str = "", *roles: str) -> None:
    """Let whoever acts into a project with the roles that their sign-in gives; the log says so.

    In shared mode only who is new to the project: later an administrator of the project gives and takes roles there.
    name, roles : on a computer of one person, another name that acts, and as what.
    """
    found = who.now()
    if name and name != found.name:
        store.admit(own, name, roles)
        return
    store.admit(own, found.name, found.roles - {"viewer"}, newcomer=not alone())


def said() -> None:
    """What came of the last act, once."""
    kind, lines = st.session_state.pop("versions_said", ("", ()))
    if lines and kind == "good":
        style.said(" ".join(lines))
    elif lines:
        style.note(*lines, kind=kind)


def _tell(kind: str, *lines: str) -> None:
    st.session_state["versions_said"] = (kind, tuple(line for line in lines if line))


def status(state_of: str, small: str = "") -> style.Cell:
    """A status as a shape and a word. small : a line under it."""
    return style.tag(_KINDS[state_of], f"{SHAPES[state_of]} {state_of.capitalize()}", small)


def edition_of(stands: Standing, key: str, titles: Mapping[str, str] | None = None) -> str:
    """What the version of that key is an edition of: "edition 2 of v3", with the plan where that is another one; "" for
    a version that stands for itself. titles : what plans are called, by key."""
    return f"edition {stands.edition} of {root_of(stands, key, titles)}" if stands.edition > 1 else ""


def root_of(stands: Standing, key: str, titles: Mapping[str, str] | None = None) -> str:
    """The version whose status one stands by: "v3", or "Option A v3" where it is of another plan."""
    same = stands.of.rpartition("@")[0] == key.rpartition("@")[0]
    return f"v{stands.of.rpartition('@')[2]}" if same else version_in_words(stands.of, titles)


def status_words(state_of: str) -> str:
    """The same for lists to choose from."""
    return f"{SHAPES[state_of]} {state_of}"


def when(at: str) -> str:
    """A time of the store for people, in UTC: "27 Nov 2026, 14:02"."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    day, _, clock = at.partition("T")
    year, month, number = day.split("-")
    return f"{int(number)} {months[int(month) - 1]} {year}" + (f", {clock[:5]}" if clock else "")


def remembered(option: Option) -> Kept | None:
    """The version that an option comes from, if it comes from one of this store."""
    kept = option.kept
    if kept is None:  # an option that was never saved needs no store
        return None
    store = there()
    if store is None or not known(store, kept):
        return None
    return kept if kept.area else replace(kept, area=store.version(kept.key).area)


@dataclass(frozen=True)
class Recorded:
    """What the store says of the very plan of an option. version : its key. called : "v4", or "v4 (edition 2 of v3)".

    mark : of the newest event.
    """

    version: str
    called: str
    stamp: Stamp
    decision: Decision
    mark: str


def recorded(option: Option) -> Recorded | None:
    """What the store says of an option that is as it was saved; None for any other."""
    kept = remembered(option)
    store = there() if kept else None
    if kept is None or store is None or option.changed:
        return None
    stands = store.standing(kept.key)
    root = store.version(stands.of)
    said = files.decided(root, stands.edition, store.decisions(root.key), files.body_names(store, kept.key))
    edition = edition_of(stands, kept.key)
    called = f"v{kept.number} ({edition})" if edition else f"v{kept.number}"
    return Recorded(kept.key, called, files.stamp_of(stands), said, store.head())


def standing(option: Option) -> str:
    """What stands between an option and the store, in one line, without asking the store."""
    kept = option.kept
    if kept is None:
        return "Not saved as a version yet."
    of = f" of “{kept.name}”" if kept.name != option.plan.name else ""
    if option.on_other_files:
        return f"Comes from v{kept.number}{of}, which is on other files; not saved as a version yet."
    return f"{'Changed since' if option.changed else 'Saved as'} v{kept.number}{of}."


def take_up(key: str, kept: Kept) -> None:
    """Let the option of that key remember the version that it was saved as."""
    state.session().change(lambda shelf: shelf.keep(key, kept))
