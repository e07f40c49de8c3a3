"""The shelf of options: plans side by side, each with its own undo list. Every verb gives a new shelf."""

from __future__ import annotations

from dataclasses import dataclass, replace

from footprints.changes import carried
from footprints.errors import PlanError, some
from footprints.plan import Plan
from footprints.proven import Proven
from optimise.solution import Solution
from optimise.words import count

STEPS = 200  # that can be undone


@dataclass(frozen=True)
class Step:
    """A plan as it was before (or, undone, after) an edit, and the edit in words."""

    plan: Plan
    words: str


def sharing(plan: Plan, other: Plan) -> Plan:
    """The same plan, holding the very pairs of `other` where they are equal: a step of undo costs little memory."""
    if len(plan.assignment) == len(other.assignment):
        pairs = zip(other.assignment, plan.assignment, strict=True)
        return replace(plan, assignment=tuple(a if a == b else b for a, b in pairs))
    known = {pair: pair for pair in other.assignment}
    return replace(plan, assignment=tuple(known.get(pair, pair) for pair in plan.assignment))


@dataclass(frozen=True)
class Kept:
    """The version of the store that an option was saved as, or opened from.

    plan, number : as in "camford/option-a", 3. name : what the plan is called there. content : SHA-256 of the version.
    area : digest of the evidence that it was saved on; "" where the journal is of a time that did not keep it.
    """

    plan: str
    number: int
    name: str
    content: str
    area: str = ""

    @property
    def key(self) -> str:
        """The key of the version: "camford/option-a@3"."""
        return f"{self.plan}@{self.number}"

    def same(self, other: Kept) -> bool:
        """Whether both are one version."""
        return (self.key, self.content) == (other.key, other.content)


@dataclass(frozen=True)
class Option:
    """A plan under work. past, future : for undo and redo. opened : as it came to the shelf.

    solution : what the solver said of `proposed`, if it did. proven : what is known of `proposed` where it was improved
    from another. kept : the version of the store that it comes from.
    """

    key: str
    plan: Plan
    opened: Plan
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()
    starred: bool = False
    solution: Solution | None = None
    proposed: Plan | None = None
    kept: Kept | None = None
    proven: Proven | None = None

    @property
    def as_kept(self) -> Plan:
        """The plan as it is saved: on the shelf it may bear another name than in the store."""
        if self.kept is None or self.kept.name == self.plan.name:
            return self.plan
        return replace(self.plan, name=self.kept.name)

    @property
    def changed(self) -> bool:
        """Whether it is another plan than the version that it comes from; True where it comes from none."""
        return self.kept is None or not self.kept.content.startswith(self.as_kept.id)

    @property
    def on_other_files(self) -> bool:
        """Whether the version that it comes from was saved on other evidence."""
        return self.kept is not None and self.kept.area not in ("", self.plan.area_digest)

    @property
    def edited(self) -> bool:
        """Whether areas were moved since the solver proposed it, so that its proof no longer speaks of this plan."""
        return self.proposed is not None and self.proposed.assignment != self.plan.assignment

    @property
    def moves_since(self) -> int:
        """How many units sit elsewhere than the solver put them."""
        was = dict(self.proposed.assignment) if self.proposed else {}
        return sum(1 for unit, code in self.plan.assignment if was and was.get(unit) != code)

    def edit(self, plan: Plan, words: str = "") -> Option:
        """The option with `plan` in the place of its plan; the one before can be had back."""
        if plan == self.plan:
            return self
        plan = sharing(plan, self.plan)
        return replace(self, plan=plan, past=(*self.past, Step(self.plan, words))[-STEPS:], future=())

    def put(self, plan: Plan) -> Option:
        """The option with `plan` in the place of its plan, nothing to undo: for locks and notes, which undo keeps."""
        return replace(self, plan=plan)

    def merged(self, plan: Plan, words: str) -> Option:
        """The option with what others did put into it. It can be undone; who moved what stands in the plan already."""
        before = replace(self.plan)  # another object, as this was no edit by whoever is at the desk
        return replace(self, plan=sharing(plan, before), past=(*self.past, Step(before, words))[-STEPS:], future=())

    def undo(self) -> Option:
        """The option as it was one edit ago, but for its locks, notes, reasons and name.

        Raises PlanError where a lock holds.
        """
        if not self.past:
            raise PlanError("There is nothing to undo.", mend="The option is as it was opened.")
        step = self.past[-1]
        after = (Step(self.plan, step.words), *self.future)
        return replace(self, plan=self._back_to(step, "Undoing"), past=self.past[:-1], future=after)

    def redo(self) -> Option:
        """The edit that was undone last, done again. Raises PlanError where a lock holds."""
        if not self.future:
            raise PlanError("There is nothing to do again.", mend="Undo something first.")
        step = self.future[0]
        before = (*self.past, Step(self.plan, step.words))
        return replace(self, plan=self._back_to(step, "Doing again"), past=before, future=self.future[1:])

    def _back_to(self, step: Step, doing: str) -> Plan:
        now, then = self.plan.where(), step.plan.where()
        held = [unit for unit in self.plan.locked if now.get(unit) != then.get(unit)]
        if held:
            edit = step.words or "the last edit"
            raise PlanError(
                f"{doing} “{edit}” would move {count(len(held), 'locked LSOA')}: {some(held)}.",
                mend="Unlock them first.",
            )
        return carried(step.plan, self.plan)


@dataclass(frozen=True)
class Shelf:
    """Options in the order they came, the current one, and the last one taken away (so that it can be put back)."""

    options: tuple[Option, ...] = ()
    current: str = ""
    removed: Option | None = None
    made: int = 0

    def get(self, key: str = "") -> Option | None:
        """The option of that key, or the current one."""
        return next((o for o in self.options if o.key == (key or self.current)), None)

    def add(self, plan: Plan, solution: Solution | None = None, proven: Proven | None = None) -> Shelf:
        """Put a plan on the shelf and make it current; its name is made unlike the others'."""
        plan = replace(plan, name=self._free_name(plan.name))
        key = f"option-{self.made + 1}"
        proposed = plan if solution or proven else None
        option = Option(key, plan, plan, solution=solution, proposed=proposed, proven=proven)
        return replace(self, options=(*self.options, option), current=key, made=self.made + 1)

    def add_kept(self, plan: Plan, kept: Kept) -> Shelf:
        """Put a version of the store on the shelf; where it is there, unchanged, it is made current."""
        there = next((o.key for o in self.options if o.kept and o.kept.same(kept) and not o.changed), "")
        if there:
            return self.choose(there)
        after = self.add(plan)
        own = after.get()
        return after.put(replace(own, kept=kept)) if own else after

    def keep(self, key: str, kept: Kept) -> Shelf:
        """The option of that key was saved as that version."""
        own = self.get(key) if key else None
        return self.put(replace(own, kept=kept)) if own else self

    def add_once(self, plan: Plan, solution: Solution | None = None) -> Shelf:
        """The same, unless this very proposal is on the shelf already, or was taken from it: then nothing changes."""
        known = [*self.options, *([self.removed] if self.removed else [])]
        if any(o.proposed is not None and o.proposed.assignment == plan.assignment for o in known):
            return self
        return self.add(plan, solution)

    def take(self, other: Shelf) -> Shelf:
        """The options of another shelf beside those of this one, by names unlike theirs; its current one is current."""
        options = list(self.options)
        current, made = self.current, self.made
        for option in other.options:
            made += 1
            name = replace(self, options=tuple(options))._free_name(option.plan.name)
            plan = option.plan if name == option.plan.name else replace(option.plan, name=name)
            options.append(replace(option, key=f"option-{made}", plan=plan))
            current = options[-1].key if option.key == other.current else current
        return replace(self, options=tuple(options), current=current, made=made)

    def choose(self, key: str) -> Shelf:
        """Make an option current."""
        return replace(self, current=key) if self.get(key) else self

    def edit(self, plan: Plan, words: str = "") -> Shelf:
        """The current option's plan becomes `plan`; the one before can be had back."""
        own = self.get()
        return self.put(own.edit(plan, words)) if own else self

    def rename(self, name: str) -> Shelf:
        """Another name for the current option; an empty name, or one that another option bears, changes nothing."""
        own, name = self.get(), " ".join(name.split())
        if own is None or not name or name in {o.plan.name for o in self.options if o.key != own.key}:
            return self
        return self.put(replace(own, plan=replace(own.plan, name=name)))

    def star(self) -> Shelf:
        """Mark or unmark the current option as a favourite."""
        own = self.get()
        return self.put(replace(own, starred=not own.starred)) if own else self

    def duplicate(self) -> Shelf:
        """A copy of the current option beside it, made current."""
        own = self.get()
        if own is None:
            return self
        key = f"option-{self.made + 1}"
        twin = replace(own, key=key, plan=replace(own.plan, name=self._free_name(own.plan.name)), starred=False)
        twin = replace(twin, past=(), future=(), opened=twin.plan)
        return replace(self, options=(*self.options, twin), current=key, made=self.made + 1)

    def remove(self) -> Shelf:
        """Take the current option from the shelf; `restore` puts it back."""
        own = self.get()
        if own is None:
            return self
        left = tuple(o for o in self.options if o.key != own.key)
        return replace(self, options=left, current=left[-1].key if left else "", removed=own)

    def restore(self) -> Shelf:
        """Put the option taken away last back on the shelf."""
        own = self.removed
        if own is None:
            return self
        return replace(self, options=(*self.options, own), current=own.key, removed=None)

    def put(self, option: Option) -> Shelf:
        """The shelf with `option` in the place of the one with its key."""
        return replace(self, options=tuple(option if o.key == option.key else o for o in self.options))

    def _free_name(self, name: str) -> str:
        taken = {o.plan.name for o in self.options}
        stem, number, free = name, 2, name
        while free in taken:
            free, number = f"{stem} ({number})", number + 1
        return free
