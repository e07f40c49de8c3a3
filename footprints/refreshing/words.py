"""What a refresh found and which plans stand, in the words of the page, the print, the text and the tables."""

from __future__ import annotations

from collections.abc import Collection

from footprints.refreshing.future import Standing
from footprints.refreshing.refresh import Lists, People, Refreshed
from optimise.words import count, signed

COLOURS = (("red", "To decide"), ("amber", "To look at"), ("green", "Told, nothing to do"))
PEOPLE = ("Neighbourhood", "Before", "Change", "Now", "In the range")


def people_rows(found: Refreshed, only: Collection[str] | None = None) -> list[tuple[str, ...]]:
    """Rows under `PEOPLE`, one for each neighbourhood and a last one for all; none where the past is not known.

    only : codes of the neighbourhoods that are told one by one; the others stand in one row before the last.
    """
    if found.people is None:
        return []
    told = [p for p in found.people if only is None or p.code in only]
    others = [p for p in found.people if p not in told]
    rows = [(f"{p.name} ({p.code})", f"{p.before:,}", signed(p.change), f"{p.after:,}", in_the_range(p)) for p in told]
    if others:
        was, now = (sum(getattr(p, key) for p in others) for key in ("before", "after"))
        name = f"{count(len(others), 'neighbourhood')} wholly outside"
        rows.append((name, f"{was:,}", signed(now - was), f"{now:,}", ""))
    before, after = (sum(getattr(p, key) for p in found.people) for key in ("before", "after"))
    return [*rows, ("All", f"{before:,}", signed(after - before), f"{after:,}", "")]


def in_the_range(one: People) -> str:
    """Whether a neighbourhood is in the range asked for, and whether that is new."""
    if one.in_range is None:
        return "not known"
    if one.in_range_before is None:
        return "yes" if one.in_range else "no"
    if one.in_range_before == one.in_range:
        return "yes" if one.in_range else "no, as before"
    return "comes into it" if one.in_range else "leaves it"


def changed_its_place(one: People) -> bool:
    """Whether that is for a reader to see at once: out of the range, or in it since now."""
    return not one.in_range or one.in_range_before is False


def touched(one: Standing) -> str:
    """How much of a plan that does not stand is touched."""
    return f"{count(len(one.faults), 'neighbourhood')}, {one.people:,} people"


def lists_words(lists: Lists) -> str:
    """Patients on the lists before and after, by cause."""
    return (
        f"{lists.before:,} before, {signed(lists.opened)} on lists opened, {signed(-lists.closed)} on lists closed, "
        f"{signed(lists.others)} at the others; {lists.after:,} now"
    )
