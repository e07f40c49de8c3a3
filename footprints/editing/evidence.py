"""Why a line is where it is, and what moving an area across it would do, as the map editor is told of it."""

from __future__ import annotations

from typing import Any

from footprints.editing.desk import Desk
from footprints.errors import PlanError
from footprints.lines import line_between
from footprints.moving import moving


def evidence(desk: Desk, key: str, unit: int, beyond: int) -> dict[str, Any]:
    """The evidence on a line of an option, at the area in position `unit` and towards the neighbourhood `beyond`.

    Raises PlanError where the option, the area or the line is not there.
    """
    option, slots = desk.option(key)
    plan, codes = option.plan, desk.area.codes
    if not 0 <= unit < len(codes):
        raise PlanError("This area is not in the place.", mend="Reload the page.")
    own, to = plan.where().get(codes[unit], ""), slots.code(beyond)
    if not own:
        raise PlanError(
            f"{desk.area.unit_label(codes[unit])}, is in no neighbourhood, so there is no line to explain.",
            mend="Assign it first.",
        )
    line, move = line_between(plan, desk.patients, own, to), moving(plan, desk.patients, [codes[unit]], to)
    position = desk.ground.position
    return {
        "slots": [slots.slot(own), beyond],
        "names": list(line.names),
        "line": list(line.in_words),
        "offers": [
            {
                "words": words,
                "unit": position[one.units[0]] if one else -1,
                "to": slots.slot(one.enters.code) if one else -1,
            }
            for words, one in zip(line.offers, line.contested or (None,), strict=False)
        ],
        "move": {"unit": unit, "to": beyond, "named": move.named, "words": list(move.in_words), "sound": move.sound},
    }
