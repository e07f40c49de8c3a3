"""The number of neighbourhoods against what it costs, as a table for people and for files."""

from __future__ import annotations

from dataclasses import replace

from footprints.prices import a_person
from optimise.trading.tables import NumberRow, Numbers
from optimise.words import at_most, count

ABOUT = (
    "Travel and size for each number of neighbourhoods that the people and the range allow: the best plan found, and "
    "what no plan of that number can beat. It does not say how many neighbourhoods there should be."
)
HEADINGS = ("neighbourhoods", "people each", "best found", "cannot beat", "proof")


def with_plan(table: Numbers, number: int, value: float) -> Numbers:
    """The table with a plan known from elsewhere: the best of its number is at most its value, in person-km."""
    rows = tuple(
        replace(row, best=value, bound=min(row.bound, value), shares=())
        if row.number == number and (row.best is None or value < row.best)
        else row
        for row in table.rows
    )
    return replace(table, rows=rows)


def proof(row: NumberRow) -> str:
    """What is proven of a number: "cannot be beaten", "within 0.6%", "no plan found", "cannot be: proven"."""
    if row.impossible:
        return "cannot be: proven"
    if row.gap is None:
        return "no plan found"
    return "cannot be beaten" if row.proven else f"within {at_most(row.gap)}"


def lines(table: Numbers) -> list[tuple[str, ...]]:
    """The table for people, one line a number, in the order of HEADINGS; values a person."""
    people, residents, squared = table.people, table.residents, table.squared
    return [
        (
            f"{row.number:,}",
            f"{people / row.number:,.0f}",
            "–" if row.best is None else a_person(row.best, residents, squared, up=True),
            "–" if row.impossible else a_person(row.bound, residents, squared, up=False),
            proof(row),
        )
        for row in table.rows
    ]


def free_in_words(table: Numbers) -> str:
    """What a free number would give."""
    residents, squared = table.residents, table.squared
    free = table.free
    if free is None or free.best is None:
        return "No plan was found for any number."
    best, bound = (a_person(v, residents, squared, up=up) for v, up in ((free.best, True), (free.bound, False)))
    sure = "no plan of any number can beat it" if free.proven else f"no plan of any number can beat {bound}"
    return f"With a free number the best found has {count(free.number, 'neighbourhood')}, at {best} a person; {sure}."


def header(squared: bool) -> tuple[str, ...]:
    """The columns of `csv_rows`."""
    unit = "person_km2" if squared else "person_km"
    return ("part", "neighbourhoods", "people_each", f"best_{unit}", f"bound_{unit}", "gap", "state")


def csv_rows(table: Numbers, name: str) -> list[tuple[object, ...]]:
    """Rows for a CSV: the whole place first, under its name, then each part where there are several."""
    found = [_row(name, table.people, row) for row in table.rows]
    if len(table.parts) > 1:
        found += [_row(part.name, part.people, row) for part in table.parts for row in part.rows]
    return found


def _row(name: str, people: int, row: NumberRow) -> tuple[object, ...]:
    best = None if row.best is None else round(row.best, 3)
    bound = None if row.impossible else round(row.bound, 3)
    gap = None if row.gap is None else round(row.gap, 6)
    return (name, row.number, round(people / row.number), best, bound, gap, proof(row))
