"""Three editors at one plan, in any order, against a model that is a list: on both engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from footprints import edit
from footprints.errors import StoreError
from footprints.plan import Plan, document
from footprints.store import ConflictError, Store, open_store
from footprints.store.base import new_token
from tests.grids import grid_area
from tests.plans import drawn
from tests.servers import server

__all__ = ["server"]

AREA, NEWER = (grid_area(["AABB", "AABB"], residents=n, upper={"A": "A", "B": "B"}) for n in (10_000, 11_000))
AREAS = {area.digest: area for area in (AREA, NEWER)}
PLAN = drawn(AREA, ["XXYY", "XZZY"])
WHO = ("Ann", "Ben", "Cat")
editors = st.sampled_from(WHO)
units = st.sampled_from(AREA.codes)
codes = st.sampled_from(PLAN.codes)


@dataclass
class Desk:
    """What an editor has before them: a plan, and the version that it was made from."""

    plan: Plan
    parent: int


def expected(base: Mapping[str, str], theirs: Mapping[str, str], mine: Mapping[str, str]) -> dict[str, str] | None:
    """The merge of three maps by the definition; None where both moved an LSOA to different places."""
    made = {}
    for unit in base:
        sides = {base[unit], theirs[unit], mine[unit]}
        if len(sides) == 3:
            return None
        made[unit] = next((s[unit] for s in (theirs, mine) if s[unit] != base[unit]), base[unit])
    return made


def is_another_edition(plan: Plan, before: Plan) -> bool:
    """Whether only the files differ, by what stands in the documents."""
    one, other = document(plan), document(before)
    return {key for key in one | other if one.get(key) != other.get(key)} == {"area_digest"}


class Editors(RuleBasedStateMachine):
    """Edit, save, merge, revert, agree, open again; `model` is what each version has to hold."""

    where: Any = None
    areas: Path

    def __init__(self) -> None:
        super().__init__()
        self.store: Store = open_store(self.where, areas=self.areas, create=True)
        self.model: list[dict[str, str]] = []
        self.notes: list[str] = []
        self.plans: list[Plan] = []
        self.said: dict[int, str] = {}
        self.edition_of: dict[int, int] = {}

    @initialize()
    def begin(self) -> None:
        self.store.new_project("Newer files", NEWER, "Ann")  # a draft on them can be kept from the first
        project = self.store.new_project("Gridshire", AREA, "Ann")
        for who in WHO[1:]:
            self.store.give_role(project.id, who, "planner", "Ann")
        self.store.set_body(project.id, "HWB", "joint HWB", "decides", ["E10000001", "E10000002"], "Ann")
        self.id = self.store.new_plan(project.id, PLAN, AREA, "Ann", name="Option A").plan
        self.first = self.store.version(self.id).decision
        self.model.append(self.first.where())
        self.plans.append(self.first)
        self.desks = {who: Desk(self.first, 1) for who in WHO}

    @rule(who=editors, unit=units, code=codes)
    def edit(self, who: str, unit: str, code: str) -> None:
        self.desks[who].plan = edit.move(self.desks[who].plan, AREA, unit, code)

    @rule(who=editors)
    def turn_to_other_files(self, who: str) -> None:
        plan = self.desks[who].plan
        other = AREA if plan.area_digest == NEWER.digest else NEWER
        self.desks[who].plan = replace(plan, area_digest=other.digest)

    @rule(who=editors, twice=st.booleans())
    def save(self, who: str, twice: bool) -> None:
        desk, token = self.desks[who], new_token()
        try:
            for _ in range(2 if twice else 1):
                saved = self.store.save(
                    self.id, desk.plan, desk.parent, who, area=AREAS[desk.plan.area_digest], token=token
                )
        except ConflictError as conflict:
            assert desk.parent < len(self.model) == conflict.theirs.number
            assert conflict.base.decision.where() == self.model[desk.parent - 1]
            assert conflict.theirs.decision.where() == self.model[-1] and conflict.mine == desk.plan
        else:
            assert desk.parent == len(self.model)
            self.model.append(desk.plan.where())
            if is_another_edition(desk.plan, self.plans[-1]):
                self.edition_of[saved.number] = desk.parent
            self.plans.append(desk.plan)
            desk.parent = saved.number

    @rule(who=editors, side=st.sampled_from(["", "theirs", "mine"]))
    def merge(self, who: str, side: str) -> None:
        desk = self.desks[who]
        base, theirs, mine = self.model[desk.parent - 1], self.model[-1], desk.plan.where()
        area = AREAS[desk.plan.area_digest]
        found = self.store.merge(self.id, desk.plan, desk.parent, who, area=area, accept_faults=True)
        whole = expected(base, theirs, mine)
        assert (found.saved is None) == (whole is None)
        if found.saved is None:
            overlap = [u for u in base if len({base[u], theirs[u], mine[u]}) == 3]
            assert [c.path for c in found.merge.conflicts] == [("units", u, "") for u in sorted(overlap)]
            if not side:
                return
            chosen = {c.path: side for c in found.merge.conflicts}
            found = self.store.merge(
                self.id, desk.plan, desk.parent, who, area=area, choices=chosen, accept_faults=True
            )
            other = {"theirs": theirs, "mine": mine}[side]
            whole = expected(base, *({u: other[u] if u in overlap else own[u] for u in base} for own in (theirs, mine)))
        assert found.saved is not None and whole is not None and found.saved.decision.where() == whole
        number = found.saved.number
        if found.saved.decision == self.plans[-1]:
            assert number == len(self.model), "the newest holds all of it"
        else:
            if is_another_edition(found.saved.decision, self.plans[-1]):
                self.edition_of[number] = number - 1
            self.model.append(whole)
            self.plans.append(found.saved.decision)
        self.desks[who] = Desk(found.saved.decision, found.saved.number)

    @rule(who=editors)
    def open(self, who: str) -> None:
        newest = self.store.version(self.id)
        self.desks[who] = Desk(newest.decision, newest.number)

    @rule(who=editors, data=st.data())
    def revert(self, who: str, data: st.DataObject) -> None:
        to = data.draw(st.integers(1, len(self.model)))
        made = self.store.revert(self.id, to, len(self.model), who)
        self.model.append(self.model[to - 1])
        self.plans.append(self.plans[to - 1])
        assert made.number == len(self.model)

    @rule(who=editors)
    def keep_a_draft(self, who: str) -> None:
        desk = self.desks[who]
        self.store.autosave(self.id, desk.plan, desk.parent, who)
        saved = {v.content for v in self.store.history(self.id)}
        mine = [d for d in self.store.drafts(self.id) if d.author == who]
        assert all(d.decision == desk.plan and d.content not in saved for d in mine)

    @precondition(lambda self: list(self.said.values()).count("agreed") < 2)
    @rule(ready=st.booleans())
    def agree(self, ready: bool) -> None:
        number = len(self.model)
        key = f"{self.id}@{number}"
        if self.store.status_of(key) != "draft":
            return
        self.store.set_status(key, "proposed", "Ann", dated="2026-12-01")
        self.said[number] = "proposed"
        if ready:
            self.store.decide(
                key, "HWB", "Ann", outcome="agreed", dated="2027-01-14", minute="7", paper="0" * 64, options=["A"],
                today="T",
            )  # fmt: skip
            self.store.set_status(key, "agreed", "Ann", dated="2027-01-14", unchecked="One ICB")
            self.said[number] = "agreed"
            return
        with pytest.raises(StoreError, match="has not decided"):
            self.store.set_status(key, "agreed", "Ann", dated="2027-01-14", unchecked="One ICB")

    @invariant()
    def history_is_the_model(self) -> None:
        if not self.model:
            return
        found = self.store.history(self.id)
        assert [v.number for v in found] == list(range(1, len(self.model) + 1))
        assert found[-1].decision.where() == self.model[-1]

    def teardown(self) -> None:
        if self.model:
            for one, held in zip(self.store.history(self.id), self.model, strict=True):
                assert one.decision.where() == held
            for number in range(1, len(self.model) + 1):
                root = number
                while root in self.edition_of and root not in self.said:
                    root = self.edition_of[root]
                assert self.store.status_of(f"{self.id}@{number}") == self.said.get(root, "draft")
            report = self.store.verify()
            assert report.holds, report.in_words
        self.store.close()


def walk(where: Any, folder: Path, examples: int) -> None:
    machine = type("OnThis", (Editors,), {"where": where, "areas": folder / "areas"})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=18, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_three_editors_on_sqlite(tmp_path: Path) -> None:
    walk(tmp_path / "own.sqlite", tmp_path, 8)


def test_three_editors_on_postgresql(server: Any, tmp_path: Path) -> None:
    walk(server.database(), tmp_path, 4)
