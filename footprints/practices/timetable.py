"""The service-alignment timetable: what would have to change under a plan, and who does what about it by when."""

from __future__ import annotations

from dataclasses import dataclass

from footprints.plan import Task
from footprints.practices.alignment import realignments
from footprints.practices.spread import Spread

DONE_WITH = "Nothing has to change under this plan any more."


@dataclass(frozen=True)
class Due:
    """A line of the timetable: a `Realignment` with its task, which may say nothing yet.

    needed : False for a task whose practice or PCN has nothing to change any more; it stays until it is taken out.
    """

    kind: str
    code: str
    name: str
    pcn: str
    home: str
    to: tuple[str, ...]
    patients: int
    in_words: str
    task: Task
    needed: bool = True


def timetable(spread: Spread) -> tuple[Due, ...]:
    """What has to change, in order of patients affected, then the tasks that nothing asks for any more, by code."""
    tasks = {task.code: task for task in spread.plan.tasks}
    rows = [
        Due(r.kind, r.code, r.name, r.pcn, r.home, r.to, r.patients, r.in_words, tasks.get(r.code) or Task(r.code))
        for r in realignments(spread)
    ]
    asked = {row.code for row in rows}
    practices = {code: p for p, code in enumerate(spread.practices)}
    for code, task in tasks.items():
        if code in asked:
            continue
        p = practices.get(code, -1)
        kind = "practice" if p >= 0 else "pcn" if code in spread.pcn_names else ""
        name = spread.called(p) if p >= 0 else spread.pcn_names.get(code) or code
        pcn = spread.pcn[p] if p >= 0 else code if kind == "pcn" else ""
        said = DONE_WITH if kind else "No practice or PCN of this code has patients here."
        rows.append(Due(kind, code, name, pcn, "", (), 0, said, task, needed=False))
    return tuple(rows)
