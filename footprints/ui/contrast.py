"""The parts of the Compare page: which options, what differs, who moves."""

from __future__ import annotations

from collections.abc import Sequence

from footprints.compare import Comparison
from footprints.metrics import Metric
from footprints.practices import HomeChange
from footprints.shelf import Shelf
from footprints.ui import figures, style
from optimise.words import count


def first_of(shelf: Shelf) -> int:
    """The option offered first on the left: the one before the current one."""
    keys = [o.key for o in shelf.options]
    return max(0, keys.index(shelf.current) - 1) if shelf.current in keys else 0


def second_of(shelf: Shelf) -> int:
    """The option offered first on the right: the current one, or the next where that is the first."""
    keys = [o.key for o in shelf.options]
    at = keys.index(shelf.current) if shelf.current in keys else 0
    return at if at != first_of(shelf) else min(at + 1, len(keys) - 1)


def headline(found: Comparison) -> None:
    """The whole difference in one sentence."""
    style.note(found.changes[0].in_words, kind="" if found.units_moved else "good")


def changed(found: Comparison) -> tuple[str, ...]:
    """The units that sit in another neighbourhood."""
    return found.changes[0].units


def measures(found: Comparison) -> None:
    """Measures of the whole plan side by side, each with how it is worked out."""
    metrics: dict[str, Metric] = {m.key: m for m in found.cards[0].metrics if m.level == "plan"}
    a, b = found.names
    rows = []
    for key, row in found.table.iterrows():
        unit = str(row["unit"])
        formula = metrics[str(key)].formula if str(key) in metrics else "a term of the score that was searched for"
        rows.append(
            [
                style.named(str(row["label"]), formula),
                figures.shown(row[a], unit),
                figures.shown(row[b], unit),
                figures.difference(row[a], row[b], unit),
                figures.better(row[a], row[b], str(row["direction"]), unit),
                "" if unit in ("share", "yes/no") else unit,
            ]
        )
    style.table("Measures of the whole plan", ["Measure", a, b, "Difference", "", "Unit"], rows, numbers=(1, 2, 3))


def moves(found: Comparison) -> None:
    """Residents who move, from where to where."""
    if not len(found.moved):
        return
    rows = [[r.from_name, r.to_name, f"{r.units:,}", f"{r.people:,}"] for r in found.moved.itertuples()]
    style.table(
        f"{found.people_moved:,} residents who move",
        ["From", "To", "Areas", "Residents"],
        rows,
        numbers=(2, 3),
        max_height=520,
    )


def homes(rows: Sequence[HomeChange], names: Sequence[str]) -> None:
    """Practices that belong to another neighbourhood, or whose home was agreed in one of the options alone."""
    if not rows:
        return
    style.table(
        f"{count(len(rows), 'practice')} with another home, or one agreed in one option alone: "
        f"{sum(row.patients for row in rows):,} patients on their lists",
        ["Practice", "List", *names],
        [
            [
                style.named(row.name or row.practice, row.practice),
                f"{row.patients:,}",
                style.named(row.before or "–", _by(row.agreed_before)),
                style.named(row.after or "–", _by(row.agreed_after)),
            ]
            for row in rows
        ],
        numbers=(1,),
        max_height=520,
    )


def _by(agreed: bool) -> str:
    return "agreed" if agreed else "by most patients"
