"""The shelf of options: plans side by side, each with its own undo list. Every verb gives a new shelf."""

from __future__ import annotations

from dataclasses import dataclass, replace

from footprints.plan import Plan
from optimise.solution import Solution


@dataclass(frozen=True)
class Option:
    """A plan under work. past, future : for undo and redo. solution : what the solver said of `proposed`, if it did."""

    key: str
    plan: Plan
    past: tuple[Plan, ...] = ()
    future: tuple[Plan, ...] = ()
    starred: bool = False
    solution: Solution | None = None
    proposed: Plan | None = None

    @property
    def edited(self) -> bool:
        """Whether areas were moved since the solver proposed it, so that its proof no longer speaks of this plan."""
        return self.proposed is not None and self.proposed.assignment != self.plan.assignment

    @property
    def moves_since(self) -> int:
        """How many units sit elsewhere than the solver put them."""
        was = dict(self.proposed.assignment) if self.proposed else {}
        return sum(1 for unit, code in self.plan.assignment if was and was.get(unit) != code)


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

    def add(self, plan: Plan, solution: Solution | None = None) -> Shelf:
        """Put a plan on the shelf and make it current; its name is made unlike the others'."""
        plan = replace(plan, name=self._free_name(plan.name))
        key = f"option-{self.made + 1}"
        option = Option(key, plan, solution=solution, proposed=plan if solution else None)
        return replace(self, options=(*self.options, option), current=key, made=self.made + 1)

    def choose(self, key: str) -> Shelf:
        """Make an option current."""
        return replace(self, current=key) if self.get(key) else self

    def edit(self, plan: Plan) -> Shelf:
        """The current option's plan becomes `plan`; the one before can be had back."""
        own = self.get()
        if own is None or own.plan == plan:
            return self
        return self._put(replace(own, plan=plan, past=(*own.past, own.plan), future=()))

    def undo(self) -> Shelf:
        """The current option as it was one edit ago."""
        own = self.get()
        if own is None or not own.past:
            return self
        return self._put(replace(own, plan=own.past[-1], past=own.past[:-1], future=(own.plan, *own.future)))

    def redo(self) -> Shelf:
        """The edit that was undone last, done again."""
        own = self.get()
        if own is None or not own.future:
            return self
        return self._put(replace(own, plan=own.future[0], past=(*own.past, own.plan), future=own.future[1:]))

    def rename(self, name: str) -> Shelf:
        """Another name for the current option; an empty name, or one that another option bears, changes nothing."""
        own, name = self.get(), " ".join(name.split())
        if own is None or not name or name in {o.plan.name for o in self.options if o.key != own.key}:
            return self
        past = tuple(replace(p, name=name) for p in own.past)
        future = tuple(replace(p, name=name) for p in own.future)
        return self._put(replace(own, plan=replace(own.plan, name=name), past=past, future=future))

    def star(self) -> Shelf:
        """Mark or unmark the current option as a favourite."""
        own = self.get()
        return self._put(replace(own, starred=not own.starred)) if own else self

    def duplicate(self) -> Shelf:
        """A copy of the current option beside it, made current."""
        own = self.get()
        if own is None:
            return self
        key = f"option-{self.made + 1}"
        twin = replace(own, key=key, plan=replace(own.plan, name=self._free_name(own.plan.name)), starred=False)
        twin = replace(twin, past=(), future=())
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

    def _put(self, option: Option) -> Shelf:
        return replace(self, options=tuple(option if o.key == option.key else o for o in self.options))

    def _free_name(self, name: str) -> str:
        taken = {o.plan.name for o in self.options}
        stem, number, free = name, 2, name
        while free in taken:
            free, number = f"{stem} ({number})", number + 1
        return free
