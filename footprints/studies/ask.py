"""The study behind “Can we?”: a wish in names of places, answered in a process of its own. See `footprints.ask`.

asked : criteria (JSON, without the wish), keep and apart (lists of lists of names), fix (pairs of a name and a code),
changes (neighbourhoods, minimum, maximum, target: those asked for), plan (a plan's document, or null), seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from boundaries.area import Area
from footprints.answer import Answer, Changed, Way
from footprints.ask import CHANGES, SECONDS, ask, question
from footprints.check import check
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.plan import Plan, document
from footprints.wishes import Wishes
from optimise.asking.decide import State
from optimise.criteria import Criteria

_PLANS = ("plan", "base", "best")


def asked_of(
    base: Criteria, wishes: Wishes, changes: dict[str, Any], plan: Plan | None, seconds: int = SECONDS
) -> dict[str, Any]:
    """The question as this study takes it."""
    return {
        "criteria": base.to_json(),
        "keep": [list(names) for names in wishes.keep],
        "apart": [list(names) for names in wishes.apart],
        "fix": [list(pair) for pair in wishes.fix],
        "changes": {key: changes[key] for key in CHANGES if changes.get(key) is not None},
        "plan": None if plan is None else document(plan),
        "seconds": seconds,
    }


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """The answer as JSON."""
    base, wishes, changes, plan = _parts(asked)
    answer = ask(
        area, base, wishes, changes, plan=plan, seconds=int(asked.get("seconds", SECONDS)), tell=tell,
        should_stop=should_stop,
    )  # fmt: skip
    told = {key: value for key, value in vars(answer).items() if key not in (*_PLANS, "ways", "changed")}
    return {
        **told,
        **{key: None if (one := getattr(answer, key)) is None else document(one) for key in _PLANS},
        "changed": [asdict(row) for row in answer.changed],
        "ways": [{"words": way.words, "plan": document(way.plan)} for way in answer.ways],
    }


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Answer:
    """The answer, its plans checked against the question. Raises PlanError where one does not keep what was asked."""
    base, wishes, changes, plan = _parts(asked)
    wanted, _, _ = question(area, base, wishes, changes, plan)
    plans = {key: None if answer[key] is None else plan_from_document(answer[key]) for key in _PLANS}
    for key in ("plan", "best"):
        _believe(area, plans[key], wanted)
    ways = tuple(Way(str(way["words"]), plan_from_document(way["plan"])) for way in answer["ways"])
    for way in ways:
        _believe(area, way.plan, None)
    if answer["state"] == State.YES and plans["plan"] is None:
        raise PlanError("The answer is yes, but there is no plan with it.", mend="Please report this.")
    return Answer(
        state=State(answer["state"]),
        wish=str(answer["wish"]),
        headline=str(answer["headline"]),
        lines=tuple(map(str, answer["lines"])),
        already=bool(answer["already"]),
        changed=tuple(Changed(**row) for row in answer["changed"]),
        people_moved=int(answer["people_moved"]),
        causes=tuple(tuple(map(str, cause)) for cause in answer["causes"]),
        proven=bool(answer["proven"]),
        reasons=tuple(map(str, answer["reasons"])),
        ways=ways,
        all_needed=bool(answer["all_needed"]),
        **plans,
    )


def _parts(asked: dict[str, Any]) -> tuple[Criteria, Wishes, dict[str, Any], Plan | None]:
    changes = dict(asked["changes"])
    if isinstance(changes.get("neighbourhoods"), list):
        changes["neighbourhoods"] = tuple((str(code), int(k)) for code, k in changes["neighbourhoods"])
    wishes = Wishes(
        tuple(tuple(names) for names in asked["keep"]),
        tuple(tuple(names) for names in asked["apart"]),
        tuple((str(place), str(code)) for place, code in asked["fix"]),
    )
    plan = None if asked["plan"] is None else plan_from_document(asked["plan"])
    return Criteria.from_json(asked["criteria"]), wishes, changes, plan


def _believe(area: Area, plan: Plan | None, wanted: Criteria | None) -> None:
    """A plan that holds, under the criteria that were asked for where they are given."""
    if plan is None:
        return
    if wanted is not None and replace(plan.criteria, seconds=wanted.seconds) != wanted:
        raise PlanError("The answer's plan was made for another question.", mend="Please report this.")
    verdict = check(plan, area)
    if not verdict.holds:
        raise PlanError(f"The answer's plan does not pass the checker. {verdict.in_words}", mend="Please report this.")
