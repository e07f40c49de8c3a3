"""One page to print: how a plan stands on newer files, and which plans stand under what may come."""

from __future__ import annotations

from collections.abc import Sequence

from boundaries.area import Area
from footprints.plan import Plan
from footprints.refreshing import Refreshed, Standing
from footprints.report.page import page_bytes
from footprints.report.parts import Block, Bullets, Callout, Cell, Column, Document, Heading, Row, Table, Text, row

COLOURS = (("red", "To decide (red)"), ("amber", "To look at (amber)"), ("green", "Told (green)"))


def refresh_html(found: Refreshed, area: Area, futures: Sequence[Standing] = (), edition: int = 2) -> bytes:
    """The page of a refresh: the verdict, why, people before and after by cause, and what may come."""
    compared = [f"Compared with: {found.compared_with}"] if found.compared_with else []
    blocks: list[Block] = [
        Callout(
            found.in_words,
            (f"People now: {found.people_basis}", *compared, "No LSOA moves: boundaries, codes and decisions go on."),
            "decision" if found.colour == "green" else "warning",
        )
    ]
    for colour, title in COLOURS:
        told = tuple(reason.words for reason in found.reasons if reason.colour == colour)
        if told:
            blocks += [Heading(title, 2), Bullets(told)]
    blocks += people_table(found)
    if found.lists is not None:
        lists = found.lists
        blocks.append(
            Text(
                f"Patients on the lists of the practices here: {lists.before:,} before, {signed(lists.opened)} on "
                f"lists opened, {signed(-lists.closed)} on lists closed, {signed(lists.others)} at the others; "
                f"{lists.after:,} now."
            )
        )
    if futures:
        blocks += [Heading("What may come", 2), *standing_blocks(futures)]
    title = f"{found.plan.name}: edition {edition} on newer files"
    return _page(title, area, [found.plan], blocks)


def withstand_html(found: Sequence[Standing], plans: Sequence[Plan], area: Area) -> bytes:
    """The page of plans against what may come, side by side."""
    return _page("Which plans still stand?", area, plans, standing_blocks(found))


def people_table(found: Refreshed) -> list[Block]:
    """Residents before and after, a row for each neighbourhood; nothing where the past is not known."""
    if found.people is None:
        return []
    columns = (
        Column("Neighbourhood", 3.0),
        *(Column(label, 1.0, "right") for label in ("Before", "Change", "Now")),
        Column("In the range", 2.0),
    )
    rows: list[Row] = [
        row(
            f"{p.name} ({p.code})",
            f"{p.before:,}",
            f"{p.change:+,}",
            f"{p.after:,}",
            _range(p.in_range_before, p.in_range),
        )
        for p in found.people
    ]
    before, after = (sum(getattr(p, key) for p in found.people) for key in ("before", "after"))
    rows.append(row("All", f"{before:,}", signed(after - before), f"{after:,}", "", total=True))
    note = "The change is new estimates: no LSOA moves."
    return [Table("Residents before and after", columns, tuple(rows), (note,), dense=True)]


def signed(number: int) -> str:
    """A change with its sign; none as a plain 0."""
    return f"{number:+,}".replace("-", "−") if number else "0"


def _range(before: bool | None, now: bool | None) -> Cell:
    if now is None:
        return Cell("not known", strong=True)
    if before is None or before == now:
        return Cell("yes" if now else "no, as before" if before is not None else "no", strong=not now)
    return Cell("comes into it" if now else "leaves it", strong=True)


def standing_blocks(found: Sequence[Standing]) -> list[Block]:
    """Plans as columns, what may come as rows; then each fault."""
    plans, futures = (list(dict.fromkeys(getattr(one, key) for one in found)) for key in ("plan", "future"))
    known = {(one.plan, one.future): one for one in found}
    rows = [row(future, *(_verdict(known[plan, future]) for plan in plans)) for future in futures]
    columns = (Column("Against", 1.5), *(Column(plan, 1.0) for plan in plans))
    blocks: list[Block] = [Table("Which plans stand", columns, tuple(rows))]
    faults = tuple(f"{one.plan}, {one.future}: {words}" for one in found for _, words in one.faults)
    if faults:
        blocks += [Heading("What each fault is", 2), Bullets(faults, small=True)]
    return blocks


def _verdict(one: Standing) -> Cell:
    if one.stands:
        return Cell("stands")
    touched = len(one.faults)
    return Cell("does not", f"{touched} neighbourhood{'' if touched == 1 else 's'}, {one.people:,} people", strong=True)


def _page(title: str, area: Area, plans: Sequence[Plan], blocks: Sequence[Block]) -> bytes:
    stamp = "; ".join(f"{plan.name}, {plan.id}" for plan in plans)
    sources = Text(" · ".join(dict.fromkeys(area.attribution)), small=True)
    named = f"{title}, {area.name}"
    return page_bytes(Document(title, area.name, stamp, "", named, (*blocks, sources)))
