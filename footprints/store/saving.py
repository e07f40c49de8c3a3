"""An option of the shelf and the store: which project is its place's, saving it, and what stands between the two."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from boundaries.area import Area
from footprints.errors import StoreError
from footprints.plan import Plan, check_fits, codes_digest, is_edition, on_evidence
from footprints.shelf import Kept, Option
from footprints.store.flat import Path
from footprints.store.opening import Store
from footprints.store.records import Project, Version
from footprints.store.versions import Merged


def projects_of(store: Store, area: Area) -> tuple[Project, ...]:
    """The projects in use whose place has exactly the LSOAs of an area."""
    own = codes_digest(area.codes)
    return tuple(project for project in store.projects() if project.codes_digest == own)


def project_for(store: Store, area: Area, who: str) -> Project:
    """The first project of a place, made where there is none; its area is stored with it. Two at once get the same."""
    found = projects_of(store, area)
    return found[0] if found else store.first_project(area.name, area, who)


def kept_as(version: Version) -> Kept:
    """What an option remembers of the version that it was saved as."""
    return Kept(version.plan, version.number, version.decision.name, version.content, version.area)


def known(store: Store, kept: Kept | None) -> bool:
    """Whether this store holds that very version; another one may have been chosen since."""
    if kept is None:
        return False
    try:
        return store.version(kept.key).content == kept.content
    except StoreError:
        return False


def save_new(store: Store, project: str, option: Option, area: Area, who: str, *, name: str, reason: str) -> Version:
    """Save an option as a new plan; where it comes from a version, as a branch of that one, so that both can be merged.

    Asked for twice by one person with the same words it is done once. Raises StoreError.
    """
    name = " ".join(name.split())
    token = _token("new", who, project, name, option.plan.id, reason)
    if option.kept is None or not known(store, option.kept):
        return store.new_plan(project, option.plan, area, who, name=name, reason=reason, token=token)
    begun = store.branch(option.kept.key, name, who, reason=reason, token=token)
    mine = replace(option.plan, name=begun.decision.name, parent=begun.decision.parent)
    if begun.content.startswith(mine.id):
        return begun
    again = _token("begun", token)
    return store.save(begun.plan, mine, 1, who, area=_unknown(begun, mine, area), reason=reason, token=again)


def save_next(store: Store, option: Option, area: Area, who: str, *, reason: str) -> Version:
    """Save an option as the next version of its plan. Raises ConflictError where somebody saved since, else StoreError.

    Asked for twice by one person with the same words it is done once.
    """
    kept = option.kept
    if kept is None:
        raise StoreError("This option comes from no version.", mend="Save it as a new plan.")
    mine = option.as_kept
    token = _token("next", who, kept.key, mine.id, reason)
    base = store.version(kept.key)
    return store.save(kept.plan, mine, kept.number, who, area=_unknown(base, mine, area), reason=reason, token=token)


def merge_option(
    store: Store, option: Option, area: Area, who: str, *, choices: Mapping[Path, str], accept_faults: bool, reason: str
) -> Merged:
    """Put an option together with what was saved since; see `Versions.merge`."""
    kept = option.kept
    if kept is None:
        raise StoreError("This option comes from no version.", mend="Save it as a new plan.")
    mine = option.as_kept
    return store.merge(
        kept.plan, mine, kept.number, who, area=_unknown(store.version(kept.key), mine, area), choices=choices,
        accept_faults=accept_faults, reason=reason,
    )  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """A version as an option: its plan under a name that tells old versions apart, and what the option remembers."""

    plan: Plan
    kept: Kept


def opened(store: Store, version: Version, area: Area) -> Opened:
    """A version for the shelf of an area, on the files of that area whichever it was saved on.

    Raises PlanError where it names LSOAs that the area does not have.
    """
    plan = on_files(version.decision, area)
    if version.number == store.plan_row(version.plan).head:
        return Opened(plan, kept_as(version))
    return Opened(replace(plan, name=f"{plan.name} (v{version.number})"), kept_as(version))


def on_files(plan: Plan, area: Area) -> Plan:
    """The plan on the evidence that is loaded, so that nothing on the shelf says of other figures what it is.

    Raises PlanError where it names LSOAs that the area does not have.
    """
    check_fits(plan, area)
    return on_evidence(plan, area)


def is_newest(store: Store, kept: Kept) -> bool:
    """Whether nothing was saved after that version of its plan."""
    return store.plan_row(kept.plan).head == kept.number


def only_files_differ(store: Store, option: Option) -> bool:
    """Whether an option is the version that it comes from on other files, and nothing else of it was changed."""
    return option.kept is not None and is_edition(option.as_kept, store.version(option.kept.key).decision)


def save_edition(store: Store, option: Option, area: Area, who: str, *, name: str, reason: str) -> Version:
    """Save an option as a plan of its own that is an edition of the version it comes from; see `Versions.edition`."""
    kept = option.kept
    if kept is None:
        raise StoreError("This option comes from no version.", mend="Save it as a new plan.")
    name = " ".join(name.split())
    token = _token("edition", who, kept.key, name, option.plan.id, reason)
    return store.edition(kept.key, option.as_kept, area, who, name=name, reason=reason, token=token)


def _unknown(base: Version, plan: Plan, area: Area) -> Area | None:
    """The evidence, where the store may not know it yet: it is long to write."""
    return area if plan.area_digest != base.area else None


def _token(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
