"""Reading an arrangement made elsewhere as a study: what a stranger's file does, it does in a process of its own.

asked : {"path": the file, "given": what its people call it, "source": the folder or "demo", "answers": keywords of
`bring_in`}. answer : {"question": {"key", "message", "choices"}} or {"plan": document, "kind", "notes", "units",
"named", "divided"}.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.incoming import FLAGS, Brought, Choice, Question, bring_in
from footprints.plan import check_fits, document

SEARCHES = False


def asked_for(path: Path, given: str, source: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The question as JSON."""
    return {"path": str(path), "given": given, "source": source, "answers": dict(answers)}


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Read it; in the child. Messages call the file as its people do. Raises as `bring_in` does, but for questions."""
    path, given = Path(asked["path"]), str(asked["given"])

    def spoken(words: str) -> str:
        return words.replace(path.name, given).replace(path.stem, PurePosixPath(given).stem)

    tell("Reading the file", None)
    try:
        found = bring_in(path, area, asked["source"], **asked["answers"])
    except Question as question:
        choices = [[spoken(choice.value), choice.words] for choice in question.choices]
        return {"question": {"key": question.key, "message": spoken(question.message), "choices": choices}}
    except FootprintError as error:
        raise PlanError(spoken(error.message), mend=spoken(error.mend)) from None
    except Exception:  # whatever bytes a stranger's file holds, its reader is told so in words
        traceback.print_exc()
        raise PlanError(
            f"{given} holds something that was not expected, and could not be read.",
            mend="Save it again, as “CSV UTF-8” or as GeoPackage.",
        ) from None
    made = document(found.plan) | {"name": spoken(found.plan.name)}
    return {
        "plan": made,
        "kind": found.kind,
        "notes": [spoken(words) for words in found.notes],
        "units": None if found.units is None else list(found.units),
        "named": list(found.named),
        "divided": list(found.divided),
    }


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Brought | Question:
    """The plan, whose units are the area's, or the question. Raises PlanError where it is neither."""
    again = "Give the file again."
    try:
        if "question" in answer:
            told = answer["question"]
            choices = [Choice(str(value), str(words)) for value, words in told["choices"]]
            if told["key"] not in FLAGS or len(choices) < 2:
                raise PlanError("The file asks something that cannot be answered.", mend=again)
            return Question(told["key"], str(told["message"]), choices)
        plan = plan_from_document(answer["plan"])
        units = None if answer["units"] is None else tuple(map(str, answer["units"]))
        found = Brought(
            plan, str(answer["kind"]), tuple(map(str, answer["notes"])), units, tuple(map(str, answer["named"])),
            tuple(map(str, answer["divided"])),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, FootprintError):
            raise
        raise PlanError(f"What was read of the file is not whole ({error}).", mend=again) from None
    check_fits(plan, area)
    if not {*(found.units or ()), *found.divided} <= set(area.codes):
        raise PlanError(f"The file speaks of LSOAs that are not in {area.name}.", mend=again)
    return found
