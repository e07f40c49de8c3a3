"""Plans and their versions: save, branch, merge, revert, archive. Nothing is overwritten or deleted.

A save names the version that it was made from. Where somebody saved since, nothing is written, and the planner gets the
three versions and what differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from boundaries.area import Area
from footprints.edit import duplicate
from footprints.errors import StoreError
from footprints.exchange.plan_json import plan_bytes
from footprints.plan import Plan, area_inputs, check_fits, is_edition
from footprints.store import schema
from footprints.store.base import LONGEST_NAME, limited, slug, wanted
from footprints.store.events import DOCUMENT, Event, Row, Writing
from footprints.store.flat import Path
from footprints.store.lineage import in_common
from footprints.store.merge import Merge, merge, new_faults
from footprints.store.projects import Projects
from footprints.store.records import PlanRow, Version, record, version_of


class ConflictError(StoreError):
    """Somebody saved since. base : what mine was made from. theirs : the newest. mine : what was to be saved."""

    def __init__(self, base: Version, theirs: Version, mine: Plan) -> None:
        self.base, self.theirs, self.mine = base, theirs, mine
        super().__init__(
            f"{theirs.author} saved {theirs.key} at {theirs.at}, after you began with {base.key}; nothing was "
            "overwritten.",
            mend="Put both together.",
            command="footprints store merge",
        )

    @cached_property
    def merge(self) -> Merge:
        """The three versions put together, as far as they do not overlap."""
        return merge(self.base.decision, self.theirs.decision, self.mine)

    @property
    def overlap(self) -> str:
        """Whether anything was changed by both, in a sentence; not in the message, as it takes a while to work out."""
        number = len(self.merge.conflicts)
        if not number:
            return "What you both did does not overlap."
        return f"{number} {'thing was' if number == 1 else 'things were'} changed by both."


class _Late(Exception):
    """Inside a transaction: somebody saved since."""

    def __init__(self, base: Version, theirs: Version) -> None:
        super().__init__()
        self.base, self.theirs = base, theirs


@dataclass(frozen=True)
class Ready:
    """A plan as it is stored: the canonical plan.json and its SHA-256. Worked out before the store is held."""

    plan: Plan
    document: str
    content: str


def ready_of(plan: Plan) -> Ready:
    """The plan as it is stored."""
    document = plan_bytes(plan).decode()
    return Ready(plan, document, hashlib.sha256(document.encode()).hexdigest())


@dataclass(frozen=True)
class Merged:
    """A merge that was tried. saved : the version that holds it; None where a person has to decide first.

    faults : what merging would break. written : False where the newest version held all of it, so that none was made.
    """

    merge: Merge
    saved: Version | None
    faults: tuple[str, ...] = ()
    written: bool = True


class Versions(Projects):
    """Plans of projects and their versions."""

    def new_plan(
        self, project: str, plan: Plan, area: Area, who: str, *, name: str = "", reason: str = "", token: str = ""
    ) -> Version:
        """A new plan with its first version. The area has to be the project's, LSOA for LSOA."""
        name = wanted(name or plan.name, "The name of the plan", "Give it one, such as Option A.", LONGEST_NAME)
        whole = replace(plan, name=name)
        reason = limited(reason, "The reason")
        file, ready = self._fits(whole, area), ready_of(whole)

        def work(writing: Writing) -> tuple[str, str]:
            self.may(writing.connection, project, writing.actor, "new plan")
            own = self._new_row(writing, project, name, "")
            self._admit(writing, own, whole, area, file)
            self._put(writing, own, ready, 0, "save", reason)
            return project, own.id

        return self._written(self.write("new plan", who, token, work), ready)

    def save(
        self, plan_id: str, plan: Plan, parent: int, who: str, *, area: Area | None = None, reason: str = "",
        token: str = "",
    ) -> Version:  # fmt: skip
        """Save a plan as the next version, if `parent` is still the newest.

        area : the evidence, where it was read anew since. Where nothing else differs the version is an edition of the
        one before, and stands as that does (see `lineage.standing`). Raises ConflictError where somebody saved since;
        StoreError where the person may not, or the plan is of another area.
        """
        reason = limited(reason, "The reason")
        file, ready = self._fits(plan, area), ready_of(plan)

        def work(writing: Writing) -> tuple[str, str]:
            own = self._to_write(writing, plan_id, "save")
            self.step("role checked")
            if parent != own.head:
                raise _Late(*self._versions(writing.connection, own, parent, own.head))
            self._admit(writing, own, plan, area, file)
            self._put(writing, own, ready, own.head, self._kind(writing.connection, own, plan, area, "save"), reason)
            return own.project, own.id

        try:
            return self._written(self.write("save", who, token, work), ready)
        except _Late as late:
            raise ConflictError(late.base, late.theirs, plan) from None

    def merge(
        self, plan_id: str, mine: Plan, parent: int, who: str, *, area: Area | None = None,
        choices: Mapping[Path, str] | None = None, accept_faults: bool = False, reason: str = "", token: str = "",
    ) -> Merged:  # fmt: skip
        """Put a plan made from version `parent` together with the newest version; save it if nothing stands against it.

        area : the evidence of `mine`, where it was read anew since. What overlaps is decided by `choices`. The checker
        looks at the result first: what it finds there and in neither side is given back, and the merge is saved only
        with `accept_faults`. Where the newest version holds all of it, that is given back and nothing is saved.
        """
        with self.reading() as connection:
            own = self._plan(connection, plan_id)
            base, theirs = self._versions(connection, own, parent, own.head)
        return self._merged(own, base, theirs, mine, base.key, who, area, choices, accept_faults, reason, token)

    def merge_branch(
        self, plan_id: str, branch: str, who: str, *, choices: Mapping[Path, str] | None = None,
        accept_faults: bool = False, reason: str = "", token: str = "",
    ) -> Merged:  # fmt: skip
        """Put the newest version of another plan together with the newest of this one; both must have one origin."""
        with self.reading() as connection:
            own, other = self._plan(connection, plan_id), self._plan(connection, branch)
            common = in_common(connection, f"{own.id}@{own.head}", f"{other.id}@{other.head}")
            if not common:
                raise StoreError(
                    f"{branch} and {plan_id} have no version in common, so it cannot be told who changed what.",
                    mend="Compare them instead.",
                )
            base, theirs = self._version(connection, common), self._version(connection, f"{own.id}@{own.head}")
            mine = self._version(connection, f"{other.id}@{other.head}")
        # The name and the origin of the branch are its own.
        began = replace(base.decision, name=theirs.decision.name, parent=theirs.decision.parent)
        ended = replace(mine.decision, name=theirs.decision.name, parent=theirs.decision.parent)
        started = replace(base, document=plan_bytes(began).decode())
        return self._merged(own, started, theirs, ended, mine.key, who, None, choices, accept_faults, reason, token)

    def _merged(
        self, own: PlanRow, base: Version, theirs: Version, mine: Plan, other: str, who: str, area: Area | None,
        choices: Mapping[Path, str] | None, accept_faults: bool, reason: str, token: str,
    ) -> Merged:  # fmt: skip
        reason = limited(reason, "The reason")
        found = merge(base.decision, theirs.decision, mine, choices)
        if found.plan is None:
            return Merged(found, None)
        if found.plan == theirs.decision:
            return Merged(found, theirs, written=False)
        evidence = area if area and area.digest == found.plan.area_digest else None
        against = evidence or self.area_of(found.plan.area_digest)
        check_fits(found.plan, against)
        faults = tuple(f.message for f in new_faults(found.plan, (theirs.decision, mine), against))
        if faults and not accept_faults:
            return Merged(found, None, faults)
        file, ready = self._fits(found.plan, evidence) if evidence else "", ready_of(found.plan)

        def work(writing: Writing) -> tuple[str, str]:
            now = self._to_write(writing, own.id, "merge")
            if now.head != theirs.number:
                raise _Late(base, self._version(writing.connection, f"{own.id}@{now.head}"))
            self._admit(writing, now, ready.plan, evidence, file)
            kind = self._kind(writing.connection, now, ready.plan, evidence, "merge")
            self._put(writing, now, ready, now.head, kind, reason, "" if kind == schema.EDITION else other)
            return now.project, now.id

        try:
            return Merged(found, self._written(self.write("merge", who, token, work), ready), faults)
        except _Late as late:
            raise ConflictError(base, late.theirs, mine) from None

    def branch(self, key: str, name: str, who: str, *, reason: str = "", token: str = "") -> Version:
        """A new plan of the same project that begins as that version."""
        name = wanted(name, "The name of the branch", "Give it one, such as Option B.", LONGEST_NAME)
        reason = limited(reason, "The reason")

        def work(writing: Writing) -> tuple[str, str]:
            source = self._saved(writing.connection, key)
            project = self._plan(writing.connection, source.plan).project
            self.may(writing.connection, project, writing.actor, "branch")
            own = self._new_row(writing, project, name, source.key)
            self._put(writing, own, ready_of(duplicate(source.decision, name)), 0, "branch", reason, source.key)
            return project, own.id

        return self._written(self.write("branch", who, token, work))

    def edition(
        self, key: str, plan: Plan, area: Area, who: str, *, name: str, reason: str = "", token: str = ""
    ) -> Version:
        """A new plan of the same project that begins as that version on other evidence, and stands as it does.

        For a version that is not the newest of its plan any more. Raises StoreError where more than the evidence
        differs.
        """
        name = wanted(name, "The name of the plan", "Give it one, such as Option A, agreed.", LONGEST_NAME)
        whole = replace(plan, name=name)
        reason = limited(reason, "The reason")
        file, ready = self._fits(whole, area), ready_of(whole)

        def work(writing: Writing) -> tuple[str, str]:
            source = self._saved(writing.connection, key)
            project = self._plan(writing.connection, source.plan).project
            self.may(writing.connection, project, writing.actor, "branch")
            if not self._is_edition(replace(whole, name=source.decision.name), source.decision, area):
                raise StoreError(
                    f"More than the files differs from {key}, so it is no edition of it.", mend="Save it as a new plan."
                )
            own = self._new_row(writing, project, name, source.key)
            self._admit(writing, own, whole, area, file)
            self._put(writing, own, ready, 0, schema.EDITION, reason, source.key)
            return project, own.id

        return self._written(self.write("branch", who, token, work), ready)

    def revert(self, plan_id: str, to: int, parent: int, who: str, *, reason: str = "", token: str = "") -> Version:
        """A new version that is as version `to` was; what lies between stays in the history."""
        reason = limited(reason, "The reason")

        def work(writing: Writing) -> tuple[str, str]:
            own = self._to_write(writing, plan_id, "revert")
            old = self._version(writing.connection, f"{own.id}@{to}")
            if parent != own.head:
                raise _Late(*self._versions(writing.connection, own, parent, own.head))
            self._put(writing, own, ready_of(old.decision), own.head, "revert", reason, old.key)
            return own.project, own.id

        try:
            return self._written(self.write("revert", who, token, work))
        except _Late as late:
            raise ConflictError(late.base, late.theirs, self.version(f"{plan_id}@{to}").decision) from None

    def archive(self, plan_id: str, who: str, *, back: bool = False, token: str = "") -> None:
        """Put a plan in the archive, or take it out again."""

        def work(writing: Writing) -> tuple[str, str]:
            own = self._plan(writing.connection, plan_id)
            self.may(writing.connection, own.project, writing.actor, "archive")
            writing.change("plan", own.id, archived="" if back else writing.at)
            return own.project, own.id

        self.write("restore" if back else "archive", who, token, work)

    # ------------------------------------------------------------ reading

    def plan_row(self, plan_id: str) -> PlanRow:
        """A plan's own row. Raises StoreError where there is none."""
        with self.reading() as connection:
            return self._plan(connection, plan_id)

    def version(self, key: str) -> Version:
        """A version by its key, "camford/option-a@3", or the newest of "camford/option-a".

        Raises StoreError where there is none, or its content is not what was saved.
        """
        with self.reading() as connection:
            if "@" not in key:
                key = f"{key}@{self._plan(connection, key).head}"
            return self._version(connection, key)

    def history(self, plan_id: str) -> tuple[Version, ...]:
        """Every version of a plan, the first one first."""
        table = schema.version
        with self.reading() as connection:
            self._plan(connection, plan_id)
            rows = connection.execute(
                select(table).where(table.c.plan == plan_id, table.c.kind != schema.DRAFT).order_by(table.c.number)
            ).mappings()
            return tuple(version_of(dict(row)) for row in rows)

    # ------------------------------------------------------------ inside

    def _plan(self, connection: Connection, plan_id: str) -> PlanRow:
        return record(PlanRow, self.row(connection, schema.plan, plan_id, "plan"))

    def _version(self, connection: Connection, key: str) -> Version:
        found = version_of(self.row(connection, schema.version, key, "version"))
        if hashlib.sha256(found.document.encode("utf-8", "surrogatepass")).hexdigest() != found.content:
            raise StoreError(
                f"{key} is not what was saved: its content has changed in the store.",
                mend="Verify the store, and take the version from a backup.",
                command="footprints store verify",
            )
        return found

    def _saved(self, connection: Connection, key: str) -> Version:
        """The same for what is to last: a draft is overwritten by its next autosave, so nothing may rest on one."""
        found = self._version(connection, key)
        if found.kind == schema.DRAFT:
            raise StoreError(f"{key} is a draft, which changes as it is drawn.", mend="Save it as a version first.")
        return found

    def _versions(self, connection: Connection, own: PlanRow, base: int, theirs: int) -> tuple[Version, Version]:
        if not 0 < base <= own.head:
            raise StoreError(
                f"{own.id} has no version {base}; its newest is {own.head}.", mend="Open the plan again and save that."
            )
        return self._version(connection, f"{own.id}@{base}"), self._version(connection, f"{own.id}@{theirs}")

    def _to_write(self, writing: Writing, plan_id: str, act: str) -> PlanRow:
        own = self._plan(writing.connection, plan_id)
        self._in_use(writing.connection, own.project)
        if own.archived:
            raise StoreError(f"The plan {plan_id} is in the archive.", mend="Take it out of the archive first.")
        self.may(writing.connection, own.project, writing.actor, act)
        return own

    def _new_row(self, writing: Writing, project: str, name: str, origin: str) -> PlanRow:
        self._in_use(writing.connection, project)
        table = schema.plan
        ids = writing.connection.execute(select(table.c.id, table.c.name).where(table.c.project == project)).all()
        if name in {n for _, n in ids}:
            raise StoreError(f"{project} has a plan “{name}” already.", mend="Give it another name.")
        key = f"{project}/{slug(name, {i.rpartition('/')[2] for i, _ in ids})}"
        made = PlanRow(key, project, name, 0, origin, writing.actor, writing.at, archived="")
        writing.insert("plan", made.__dict__)
        return made

    def _fits(self, plan: Plan, area: Area | None) -> str:
        """Integrity: every unit of the plan is one of its area's. The area's file, written where the area is given."""
        if area is not None:
            if plan.area_digest != area.digest:
                raise StoreError(
                    f"“{plan.name}” was made on other evidence than the area {area.name} that was given with it.",
                    mend="Read the plan with that area, or give the area that it was made on.",
                )
            check_fits(plan, area)
            return self.areas.keep(area)
        with self.reading() as connection:
            row = _area_row(connection, plan)
        check_fits(plan, self.areas.read(str(row["file"])))
        return ""

    def _admit(self, writing: Writing, own: PlanRow, plan: Plan, area: Area | None, file: str) -> None:
        if area is not None:
            self.keep_area(writing, area, file)
        self._same_place(writing.connection, own, plan)

    def _same_place(self, connection: Connection, own: PlanRow, plan: Plan) -> None:
        """The area of a plan is one of the store, and of the project's LSOAs."""
        place, row = self.row(connection, schema.project, own.project, "project"), _area_row(connection, plan)
        if row["codes_digest"] != place["codes_digest"]:
            raise StoreError(
                f"“{plan.name}” is for {row['name']}, whose LSOAs are not those of {place['place']}.",
                mend="Make a project for that area.",
            )

    def _kind(self, connection: Connection, own: PlanRow, plan: Plan, area: Area | None, kind: str) -> str:
        """The kind of a version after the newest of its plan: an edition of that, else `kind`.

        The newest is read only where the evidence differs.
        """
        key, table = f"{own.id}@{own.head}", schema.version
        if connection.execute(select(table.c.area).where(table.c.key == key)).scalar_one() == plan.area_digest:
            return kind
        found = self._is_edition(plan, self._version(connection, key).decision, area)
        return schema.EDITION if found else kind

    def _is_edition(self, plan: Plan, of: Plan, area: Area | None) -> bool:
        """Whether a plan is `of` on other evidence, naming the files that this evidence was really made of."""
        if not is_edition(plan, of):
            return False
        return plan == replace(plan, inputs=area_inputs(area or self.area_of(plan.area_digest)))

    def _put(
        self, writing: Writing, own: PlanRow, ready: Ready, parent: int, kind: str, reason: str, other: str = ""
    ) -> None:
        number = own.head + 1
        row = {
            **row_of(own, ready), "key": f"{own.id}@{number}", "number": number, "parent": parent,
            "other": other, "kind": kind, "author": writing.actor, "at": writing.at, "reason": reason,
        }  # fmt: skip
        writing.insert("version", row, ready.document)
        self.step("version written")
        writing.change("plan", own.id, head=number)

    def _written(self, event: Event, ready: Ready | None = None) -> Version:
        """The version that an event wrote; `ready`, if it is the same, saves reading it back."""
        row = event.row("version")
        if ready is not None and ready.content == row["content"]:
            return version_of({**row, DOCUMENT: ready.document})
        return self.version(row["key"])


def _area_row(connection: Connection, plan: Plan) -> Mapping[str, Any]:
    own = schema.area
    row = connection.execute(select(own).where(own.c.digest == plan.area_digest)).mappings().first()
    if row is None:
        raise StoreError(
            f"The evidence that “{plan.name}” was made on is not in the store.", mend="Give the area with the save."
        )
    return dict(row)


def row_of(own: PlanRow, ready: Ready) -> Row:
    """What every row of the table of versions says of a plan."""
    return {"plan": own.id, "content": ready.content, "area": ready.plan.area_digest}
