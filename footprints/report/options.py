"""The principles and Table 1: how each option meets them, then its measures; the best marked, and no single score."""

from __future__ import annotations

from collections.abc import Sequence

from footprints.metrics.journey_metrics import NO_TIME
from footprints.narrowing import narrowed
from footprints.report import journeys
from footprints.report.asked import Laid
from footprints.report.measures import Measure, best, measures
from footprints.report.parts import Block, Bullets, Cell, Column, Heading, Row, Table, Text, row
from footprints.report.principles import WORDS, judge, tied_to
from footprints.report.subject import Subject

BEST = "✓"
NEED_AND_DISTANCE = "Need and distance"
# The bands of Table 1; three keys on one line are shown as smallest, median, largest.
LINES: tuple[tuple[str, tuple[str | tuple[str, ...], ...]], ...] = (
    (
        "Size",
        (
            "neighbourhoods",
            ("Residents: smallest, median, largest", "residents_min", "residents_median", "residents_max"),
            ("Registered patients living here: smallest, median, largest", "registered_min", "registered_median",
             "registered_max"),
            ("Lists of practices agreed here: smallest, median, largest", "lists_min", "lists_median", "lists_max"),
            "share_in_range",
            "unassigned_people",
        ),
    ),
    (
        "Communities and councils",
        (
            "not_contiguous", "crossing_districts", "wards_split", "people_outside_largest_ward_piece", "msoas_split",
            "people_outside_largest_msoa_piece",
        ),
    ),
    (
        "General practice",
        (
            "resident_side_containment", "list_side_containment", "pcns_whole", "pcns_split", "practices_straddling",
        ),
    ),
    (NEED_AND_DISTANCE, ("core20_gap", "mean_km_to_centre", "km_nine_in_ten")),
    ("Change from today", ("residents_changed", "practices_changed")),
)  # fmt: skip
_ONLY_WHERE_ANY = ("unassigned_people", NO_TIME)
COUNTED = (
    "People that the range counts (residents, registered patients, lists or a later year): smallest, median, largest"
)
LABELS = {
    "share_in_range": "Neighbourhoods in the range asked for",
    "unassigned_people": "Residents in no neighbourhood",
    "not_contiguous": "Neighbourhoods in several pieces",
    "crossing_districts": "Neighbourhoods that cross a district line",
    "wards_split": "Wards split",
    "people_outside_largest_ward_piece": "Residents outside the largest piece of their ward",
    "msoas_split": "MSOAs split",
    "resident_side_containment": "Patients whose practice is sited in the neighbourhood where they live",
    "list_side_containment": "On lists of practices sited in a neighbourhood, living in the same one",
    "pcns_split": "PCNs with sites in several neighbourhoods",
    "core20_gap": "Core20 residents: highest share less lowest",
    "mean_km_to_centre": "Straight line to the centre of the neighbourhood, mean",
}


def principles(laid: Laid) -> list[Block]:
    """What the partnership asked for, in its words, each with its measure and threshold."""
    found = laid.asked.principles
    if not found:
        said = "No principles of the partnership are recorded, so Table 1 cannot say how far the options meet them."
        return [Heading("The partnership’s principles"), Text(said)]
    items = tuple(f"{one.words}\n{tied_to(one, laid.options[0])}" for one in found)
    return [Heading("The partnership’s principles"), Bullets(items, numbered=True)]


def summary(laid: Laid, *, divided: bool = False) -> list[Block]:
    """Table 1. divided : it may begin on a page and end on the next."""
    known = measures(laid.options[0])
    rows, left_out = [*_of_principles(laid), *_of_body(laid)], dict[str, list[str]]()
    for band, lines in LINES:
        made = []
        for line in (*lines, *(journeys.lines_of(laid.area) if band == NEED_AND_DISTANCE else ())):
            label, *keys = (LABELS.get(line, known[line].label), line) if isinstance(line, str) else line
            if "residents_min" in keys and any(own.plan.criteria.count != "residents" for own in laid.columns):
                label = COUNTED
            cells = _triple(laid, known, keys) if len(keys) > 1 else _single(laid, known[keys[0]])
            if cells is None:
                needs = known[keys[0]].needs or "a loaded file that it lacks"
                left_out.setdefault(needs, []).append(label)
            elif not keys[0].startswith(_ONLY_WHERE_ANY) or any(cell.text != "0" for cell in cells):
                made.append(row(_with_unit(label, known[keys[-1]]), *cells))
        if made:
            rows += [row(band, band=True), *made]
    notes = [
        f"{BEST} marks the best value of a line where more or fewer is better; where all are as good none is marked. "
        "No overall score is made: the lines are not of equal weight, and weighing them is for the board.",
        *(
            [
                "Travel times are to the centre that the straight line goes to. No best value is marked where some "
                "residents have no time, as each plan then tells of other people."
            ]
            if laid.area.modes
            else []
        ),
        *(f"Left out: {'; '.join(labels)}. To fill: {needs}." for needs, labels in left_out.items()),
    ]
    columns = (
        Column("", 2.7 if len(laid.columns) > 2 else 3.1),
        *(Column(own.title, 1.25, "right") for own in laid.columns),
    )
    return [Table("Table 1. Options summary", columns, tuple(rows), tuple(notes), divided=divided)]


def _of_principles(laid: Laid) -> list[Row]:
    found = laid.asked.principles
    if not found:
        return []
    made = [row("The partnership’s principles", band=True)]
    for n, one in enumerate(found, 1):
        cells = []
        for own in laid.columns:
            judged = judge(one, own, laid.today)
            words = WORDS[judged.verdict]
            number = f"needs {judged.number}" if judged.verdict == "not known" and judged.number else judged.number
            if judged.verdict == "not known" and own is laid.today:
                words, number = "–", ""
            cells.append(Cell(words, number, strong=judged.verdict == "met"))
        made.append(row(f"{n}. {one.words}", *cells))
    return made


def _of_body(laid: Laid) -> list[Row]:
    """Of the body that the paper is narrowed to; the lines after it are of the whole."""
    one = laid.body
    if one is None:
        return []
    cells: list[list[str]] = []
    for own in laid.columns:
        seen = narrowed(one, own.plan, own.area)
        today = laid.today if own is not laid.today else None
        moved = own.change_from(today).moved & one.inside(own.area) if today else None
        cells.append(
            [
                f"{len(seen.own)}",
                f"{len(seen.crossing)}",
                f"{seen.settled:,}",
                f"{seen.shared:,}",
                f"{sum(part.standing.in_range for part in seen.own)} of {len(seen.own)}",
                "–" if moved is None else f"{int(own.scene.residents[moved].sum()):,}",
            ]
        )
    labels = (
        f"Neighbourhoods with residents of {one.name}",
        "Of these, across its border",
        f"Residents of {one.name} in a neighbourhood",
        "Residents beyond its border in the same neighbourhoods",
        "Of its neighbourhoods, in the range asked for",
        f"Residents of {one.name} whose neighbourhood changes from today",
    )
    made = [row(label, *(own[i] for own in cells)) for i, label in enumerate(labels) if laid.today or i < 5]
    return [row(f"{one.name} ({one.label})", band=True), *made, row(f"The whole of {laid.area.name}", band=True)]


def _single(laid: Laid, measure: Measure) -> list[Cell] | None:
    """The values, the best marked; of journeys only where all plans tell of the same residents."""
    values = [measure.function(own, laid.today) for own in laid.columns]
    if all(value is None for value in values):
        return None
    top = () if journeys.times_lack(measure.key, laid.columns) else best(values, measure.direction)
    made = []
    for i, (own, value) in enumerate(zip(laid.columns, values, strict=True)):
        said = measure.say(value)
        if measure.key == "share_in_range" and value is not None:
            number = own.card.plan["neighbourhoods"]
            said = f"{round(value * number)} of {number}"
        if measure.key == "pcns_whole" and value is not None:
            said = f"{said} of {len(own.pcns)}"
        made.append(Cell(f"{BEST} {said}" if i in top else said, strong=i in top))
    return made


def _triple(laid: Laid, known: dict[str, Measure], keys: Sequence[str]) -> list[Cell] | None:
    made = []
    for own in laid.columns:
        found = [known[key].function(own, laid.today) for key in keys]
        values = [value for value in found if value is not None]
        if len(values) < len(found):
            return None
        made.append(Cell(" · ".join(known[key].say(value) for key, value in zip(keys, values, strict=True))))
    return made


def _with_unit(label: str, measure: Measure) -> str:
    return f"{label} (km)" if measure.unit == "km" else label


def number_of(own: Subject, code: str) -> str:
    """A neighbourhood as tables name it: its number and its name; "–" for none."""
    return f"{own.numbers[code]} {own.names[code]}" if code else "–"
