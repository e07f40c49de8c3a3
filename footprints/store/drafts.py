"""Drafts: what a person has not saved, kept beside the versions and overwritten by their next autosave."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from footprints.plan import Plan
from footprints.store import schema
from footprints.store.engine import told
from footprints.store.events import DOCUMENT
from footprints.store.records import Version, version_of
from footprints.store.versions import Ready, Versions, ready_of, row_of


class Drafts(Versions):
    """What was not saved yet of the plans of projects."""

    def autosave(self, plan_id: str, plan: Plan, parent: int, who: str) -> Version:
        """Keep a person's unsaved work on a plan, in the place of what was kept of it before. No version is made."""
        who = self.named(who)
        ready = ready_of(plan)
        self._fits(plan, None)
        for last in (False, True):
            try:
                return self._keep_draft(plan_id, ready, parent, who)
            except IntegrityError as error:  # another tab kept its first draft at the same moment
                if last:
                    raise told(error) from error
            except DBAPIError as error:
                raise told(error) from error
        raise AssertionError("unreachable")

    def _keep_draft(self, plan_id: str, ready: Ready, parent: int, who: str) -> Version:
        with self.engine.begin() as connection:
            own = self._plan(connection, plan_id)
            self.may(connection, own.project, who, "autosave")
            self._version(connection, f"{own.id}@{parent}")
            self._same_place(connection, own, ready.plan)
            row = {
                **row_of(own, ready), "key": f"{own.id}@{schema.DRAFT}/{who}", "number": None,
                "parent": parent, "other": "", "kind": schema.DRAFT, "author": who, "at": self.clock(),
                "reason": "", DOCUMENT: ready.document,
            }  # fmt: skip
            table = schema.version
            moved = connection.execute(update(table).where(table.c.key == row["key"]).values(**row))
            if not moved.rowcount:
                connection.execute(insert(table), [row])
        return version_of(row)

    def drafts(self, plan_id: str) -> tuple[Version, ...]:
        """Work that was kept and never saved: drafts whose content is in no version of the plan."""
        table = schema.version
        with self.reading() as connection:
            self._plan(connection, plan_id)
            own = table.c.plan == plan_id
            saved = select(table.c.content).where(own, table.c.kind != schema.DRAFT)
            rows = connection.execute(
                select(table)
                .where(own, table.c.kind == schema.DRAFT, table.c.content.not_in(saved))
                .order_by(table.c.author)
            ).mappings()
            return tuple(version_of(dict(row)) for row in rows)
