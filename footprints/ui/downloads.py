"""Files to take away: the option's own files, all of them as one zip, and the pack that is handed over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from boundaries.area import Area
from boundaries.branches import branches
from boundaries.ledger import ledger_of
from boundaries.output_areas import output_areas
from boundaries.overlays import Places
from footprints.exchange import pack_bytes, pack_name, plan_files, zip_bytes
from footprints.exchange.folder import with_manifest
from footprints.exchange.write import about
from footprints.plan import Plan
from footprints.proven import Proven
from footprints.stamp import Stamp
from footprints.ui.handing import Handing
from optimise.solution import Solution


@dataclass(frozen=True)
class Bundle:
    """Everything an option gives: file name -> bytes, and the same as one zip. `stem` is a safe name for the zip."""

    files: dict[str, bytes]
    zipped: bytes
    stem: str


def bundle(
    plan: Plan,
    area: Area,
    solution: Solution | None,
    handing: Handing,
    confidence: Mapping[str, float] | None = None,
    proven: Proven | None = None,
) -> Bundle:
    """The plan in every format. `solution`, or `proven` of an improved plan, goes along only while it speaks of this
    very plan; confidence : for the lookup, where it was worked out."""
    files = plan_files(
        plan,
        area,
        solution=proven.solution if proven else solution,
        groups=proven.entries if proven else None,
        status=handing.status,
        valid_from=handing.valid_from,
        audience=handing.audience,
        together=handing.together,
        confidence=confidence,
    )
    stamp = Stamp(handing.status, handing.valid_from, handing.audience)
    whole = with_manifest(files, about(plan, area, stamp) | handing.decision.said(plan))
    return Bundle(whole, zip_bytes(whole), _stem(plan, handing))


def pack(
    plan: Plan,
    area: Area,
    handing: Handing,
    source: str,
    confidence: Mapping[str, float] | None = None,
    places: Places | None = None,
) -> tuple[str, bytes]:
    """File name and bytes of the pack. source : "demo" or a folder, for output areas and branch surgeries. places : of
    the lists given."""
    book = ledger_of(source)
    data = pack_bytes(
        plan,
        area,
        status=handing.status,
        valid_from=handing.valid_from,
        decision=handing.decision,
        audience=handing.audience,
        together=handing.together,
        confidence=confidence,
        oas=output_areas(book, area.codes),
        branches=branches(book, area),
        assets=places,
    )
    return pack_name(plan, area, status=handing.status, audience=handing.audience), data


def _stem(plan: Plan, handing: Handing) -> str:
    """A file name of plain letters that says which plan this is, and for whom."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{plan.area_name} {plan.name}".casefold()).strip("-")
    return f"footprints-{words[:60].strip('-') or 'plan'}-{plan.id}-{handing.audience.kind}"
