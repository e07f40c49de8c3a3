"""`footprints describe`: what a source holds, before anything is decided."""

from __future__ import annotations

import click
import networkx as nx

from boundaries import list_places, load_area
from boundaries.area import Area
from boundaries.errors import ChooseAreaError
from boundaries.receipts import Receipt
from boundaries.words import count
from footprints.cli.options import SpreadCommand, area_option, source_argument
from footprints.cli.show import ProgressLine, number, places_table, table

SHORT_BORDER_M = 20.0
CHECK_WORDS = {"pass": "holds", "warn": "look at", "fail": "FAILS", "missing": "not made"}


@click.command(cls=SpreadCommand)
@source_argument
@area_option
def describe(source: str, area: tuple[str, ...]) -> None:
    """Show what a source holds: places, files read, checks, borders, pieces and the links proposed.

    For a source that holds several places and no --area, the list of places is the answer.

    \b
    Examples:
      footprints describe demo
      footprints describe downloads
      footprints describe downloads --area Cornwall
    """
    line = ProgressLine()
    try:
        evidence = load_area(source, area, on_progress=line.say)
    except ChooseAreaError as choose:
        line.finish()
        click.echo(f"{choose.message}\n{choose.mend}".strip())
        click.echo(places_table(choose.places))
        return
    line.finish()
    click.echo(
        f"{evidence.name}: {count(len(evidence.codes), 'LSOA')}, {int(evidence.units['residents'].sum()):,} residents"
    )
    click.echo(f"Residents: {evidence.people_basis}")
    if evidence.ages_basis:
        click.echo(f"Ages: {evidence.ages_basis}")
    _section("Places", places_table(list_places(source)))
    _section("Levels", _levels(evidence))
    _section("Files", _receipts(evidence))
    _section("Checks", _checks(evidence))
    _section("Practices", _practices(evidence))
    _section("Borders", _borders(evidence))
    _section("Pieces", _pieces(evidence))
    if evidence.attribution:
        _section("To carry on every copy", "\n".join(f"  {text}" for text in evidence.attribution))


def _section(title: str, text: str) -> None:
    if text:
        click.echo(f"\n{title}\n{text}")


def _levels(area: Area) -> str:
    rows = []
    for key in sorted(area.levels):
        level = area.levels[key]
        groups = len(set(level.assignment) - {""})
        without = sum(not code for code in level.assignment)
        rows.append((key.replace("_", "-"), level.label, groups, without, level.basis, level.source))
    return table(("--within", "what it is", "groups", "LSOAs without", "how assigned", "from"), rows, indent=2)


def _receipts(area: Area) -> str:
    lines = []
    for receipt in area.receipts:
        lines.append(f"  {receipt.file}")
        about = [receipt.publisher, receipt.table, receipt.edition, receipt.vintage]
        lines.append(f"      {receipt.status}: {', '.join(part for part in about if part)}{_kept(receipt)}")
        for dropped in receipt.dropped:
            people = "" if dropped.people is None else f" ({number(dropped.people)} people)"
            lines.append(f"      {count(dropped.rows, 'row')} left out{people}: {dropped.reason}")
        lines += [f"      {note}" for note in receipt.notes]
    return "\n".join(lines)


def _kept(receipt: Receipt) -> str:
    if receipt.status != "used":
        return ""
    rows = f"; {receipt.rows_kept:,} of {count(receipt.rows_read, 'row')} kept"
    if receipt.people_kept is None:
        return rows
    read = "" if receipt.people_read is None else f" of {number(receipt.people_read)}"
    return f"{rows}, {number(receipt.people_kept)}{read} people"


def _checks(area: Area) -> str:
    lines = []
    for check in area.checks:
        lines.append(f"  {CHECK_WORDS[check.status]:<8}  {check.label}: {check.message}")
        if check.mend and check.status != "pass":
            lines.append(f"            {check.mend}")
    return "\n".join(lines)


def _practices(area: Area) -> str:
    practices = area.practices
    if practices.empty:
        return ""
    inside = practices[~practices["outside"].astype(bool)]
    closed = practices[practices["status"] == "closed"]
    lines = [f"  {len(inside):,} here, {len(practices) - len(inside):,} outside used by people who live here"]
    for code, row in closed.iterrows():
        lines.append(
            f"  {code} {row['name']} closed {row['closed']}, {number(row['patients_here'])} of its patients here"
        )
    unplaced = practices[practices["x"].isna()]
    if len(unplaced):
        lines.append(f"  not placed on the map: {', '.join(str(code) for code in unplaced.index)}")
    return "\n".join(lines)


def _borders(area: Area) -> str:
    edges = area.edges
    borders = edges[edges["kind"] == "border"]
    short = int((borders["length_m"] < SHORT_BORDER_M).sum())
    graph = nx.Graph()
    graph.add_nodes_from(area.codes)
    graph.add_edges_from(zip(edges["from_code"], edges["to_code"], strict=True))
    degrees = dict(graph.degree())
    cut = sorted(nx.articulation_points(graph))
    lines = [
        f"  {count(len(area.codes), 'LSOA')}, {count(len(borders), 'shared border')}, {short:,} of them shorter "
        f"than {SHORT_BORDER_M:.0f} m, {count(len(edges) - len(borders), 'link')}",
        f"  {count(sum(d == 1 for d in degrees.values()), 'LSOA')} with one neighbour only; "
        f"{len(cut):,} whose loss would cut others off",
    ]
    links = edges[edges["kind"] != "border"]
    for one, other, kind, note in zip(links["from_code"], links["to_code"], links["kind"], links["note"], strict=True):
        lines.append(f"  {kind}: {area.unit_label(str(one))} to {area.unit_label(str(other))} {note}".rstrip())
    return "\n".join(lines)


def _pieces(area: Area) -> str:
    rows = [(piece.name, len(piece.units), piece.residents) for piece in area.pieces]
    lines = [table(("piece", "LSOAs", "residents"), rows, indent=2)]
    if area.proposed_links:
        lines.append("  Links proposed, never used unless you say --accept-links:")
    for link in area.proposed_links:
        ends = [f"{area.unit_label(code)} ({code})" for code in (link.from_code, link.to_code)]
        lines.append(f"    {link.kind}, {link.distance_m / 1000:,.1f} km: {' to '.join(ends)}. {link.reason}".rstrip())
    return "\n".join(lines)
