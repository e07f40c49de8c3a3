"""The page that says how a plan stands on newer files, as text and JSON, and its folder: a new edition of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from boundaries.area import Area
from footprints.exchange.folder import manifest
from footprints.exchange.write import write_plan
from footprints.plan import Plan, canonical
from footprints.refreshing import Refreshed, Standing, which_stand
from footprints.refreshing.words import COLOURS, lists_words, people_rows
from footprints.text import csv_bytes

SCHEMA = "footprints-refresh/1"


def refresh_page(found: Refreshed, area: Area, futures: Sequence[Standing] = (), edition: int = 2) -> str:
    """One page for people: the verdict first, then why, then people before and after by cause."""
    lines = [
        found.in_words,
        "",
        f"{found.plan.name}, {area.name}: edition {edition} of the same version; no LSOA moves.",
        f"People now: {found.people_basis}",
    ]
    if found.compared_with:
        lines.append(f"Compared with: {found.compared_with}")
    for colour, title in COLOURS:
        own = [reason.words for reason in found.reasons if reason.colour == colour]
        if own:
            lines += ["", f"{title} ({colour})", *(f"- {words}" for words in own)]
    if found.people is not None:
        lines += ["", "Residents before and after; the change is new estimates, for no LSOA moves"]
        rows = people_rows(found)
        width = max(len(cells[0]) for cells in rows)
        marks = ["  out of range" if p.in_range is False else "" for p in found.people]
        for (name, before, change, after, _), mark in zip(rows, [*marks, ""], strict=True):
            lines.append(f"  {name:{width}} {before:>9} {change:>8} {after:>9}{mark}")
    if found.lists is not None:
        lines += ["", f"Patients on the lists of the practices here: {lists_words(found.lists)}."]
    if futures:
        lines += ["", "What may come", *(f"- {words}" for words in which_stand(futures))]
        for one in futures:
            lines += [f"  {one.future}: {words}" for _, words in one.faults if one.plan == found.plan.name]
    return "\n".join(lines) + "\n"


def refresh_document(found: Refreshed, futures: Sequence[Standing] = (), edition: int = 2) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "schema": SCHEMA,
        "colour": found.colour,
        "in_words": found.in_words,
        "plan": found.plan.id,
        "edition": edition,
        "edition_of": found.before.id,
        "compared_with": found.compared_with,
        "reasons": [asdict(reason) for reason in found.reasons],
        "people": None if found.people is None else [{**asdict(p), "change": p.change} for p in found.people],
        "lists": None if found.lists is None else asdict(found.lists),
        "futures": futures_document(futures),
    }


def futures_document(futures: Sequence[Standing]) -> list[dict[str, Any]]:
    """Each plan under each future."""
    return [
        {
            "plan": one.plan,
            "future": one.future,
            "stands": one.stands,
            "people": one.people,
            "everyone": one.everyone,
            "faults": [{"neighbourhood": code, "words": words} for code, words in one.faults],
        }
        for one in futures
    ]


def withstand_rows(found: Sequence[Standing]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Header and rows of `withstand.csv`: a row for each fault, and one for each plan that stands."""
    rows: list[tuple[object, ...]] = []
    for one in found:
        rows += [(one.plan, one.future, False, *fault) for fault in one.faults]
        if one.stands:
            rows.append((one.plan, one.future, True, "", ""))
    return ("plan", "against", "stands", "neighbourhood_code", "words"), rows


def withstand_files(found: Sequence[Standing], plans: Sequence[Plan], area: Area) -> dict[str, bytes]:
    """`withstand.html`, `.json` and `.csv`."""
    from footprints.report.refreshed import withstand_html  # noqa: PLC0415 (Typst is slow to import)

    return {
        "withstand.html": withstand_html(found, plans, area),
        "withstand.json": canonical(
            {"schema": "footprints-withstand/1", "standings": futures_document(found)}
        ).encode(),
        "withstand.csv": csv_bytes(*withstand_rows(found)),
    }


def write_refreshed(
    found: Refreshed,
    area: Area,
    folder: Path,
    came_from: Path | None,
    futures: Sequence[Standing] = (),
    *,
    edition: int = 0,
) -> tuple[Path, ...]:
    """Write the new edition with `refresh.html`, `.txt`, `.json` and `refresh_people.csv` beside its files.

    came_from : the folder of the edition before; its number, status and date of validity go on. Its certificate does
    not: that speaks of the files it was proven on. None where there is none; then `edition` is its number. Gives the
    paths written.
    """
    from footprints.report.refreshed import refresh_html  # noqa: PLC0415 (Typst is slow to import)

    before = (manifest(came_from) if came_from else None) or {}
    edition = edition or _next(before)
    beside = {
        "refresh.html": refresh_html(found, area, futures, edition),
        "refresh.txt": refresh_page(found, area, futures, edition).encode(),
        "refresh.json": canonical(refresh_document(found, futures, edition)).encode(),
    }
    if found.people is not None:
        header = (
            "neighbourhood_code",
            "neighbourhood_name",
            "before",
            "change",
            "after",
            "in_range_before",
            "in_range",
        )
        rows = [(p.code, p.name, p.before, p.change, p.after, p.in_range_before, p.in_range) for p in found.people]
        beside["refresh_people.csv"] = csv_bytes(header, rows)
    return write_plan(
        found.plan,
        area,
        folder,
        status=str(before.get("status") or "draft"),
        valid_from=str(before.get("valid_from") or ""),
        beside=beside,
        also={
            **{key: before[key] for key in ("version", "decision", "supersedes") if before.get(key)},
            "edition": edition,
            "edition_of": str(before.get("edition_of") or found.before.id),
        },
    )


def _next(before: Any) -> int:
    """The number after that of the edition before, which is the first where its folder does not say."""
    number = str(before.get("edition", ""))
    return int(number) + 1 if number.isdecimal() and int(number) > 0 else 2
