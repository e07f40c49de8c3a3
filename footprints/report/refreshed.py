"""One page to print: how a plan stands on newer files, and which plans stand under what may come."""

from __future__ import annotations

from collections.abc import Sequence

from boundaries.area import Area
from footprints.plan import Plan
from footprints.refreshing import Refreshed, Standing
from footprints.refreshing.words import COLOURS, PEOPLE, changed_its_place, lists_words, people_rows, touched
from footprints.report.page import page_bytes
from footprints.report.parts import Block, Bullets, Callout, Cell, Column, Document, Heading, Row, Table, Text, row


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
            blocks += [Heading(f"{title} ({colour})", 2), Bullets(told)]
    blocks += people_table(found)
    if found.lists is not None:
        blocks.append(Text(f"Patients on the lists of the practices here: {lists_words(found.lists)}."))
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
    widths = (3.0, 1.0, 1.0, 1.0, 2.0)
    columns = tuple(
        Column(label, width, "right" if 0 < n < 4 else "left")
        for n, (label, width) in enumerate(zip(PEOPLE, widths, strict=True))
    )
    *each, whole = people_rows(found)
    rows: list[Row] = [
        row(*cells, Cell(state, strong=changed_its_place(p)))
        for p, (*cells, state) in zip(found.people, each, strict=True)
    ]
    rows.append(row(*whole, total=True))
    note = "The change is new estimates: no LSOA moves."
    return [Table("Residents before and after", columns, tuple(rows), (note,), dense=True)]


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
    return Cell("does not", touched(one), strong=True)


def _page(title: str, area: Area, plans: Sequence[Plan], blocks: Sequence[Block]) -> bytes:
    stamp = "; ".join(f"{plan.name}, {plan.id}" for plan in plans)
    sources = Text(" · ".join(dict.fromkeys(area.attribution)), small=True)
    named = f"{title}, {area.name}"
    return page_bytes(Document(title, area.name, stamp, "", named, (*blocks, sources)))
