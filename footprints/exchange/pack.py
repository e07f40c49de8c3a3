"""The pack that a chosen plan is handed over in: every format and lookup, what it was made of, and what was decided."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from boundaries.area import Area
from footprints.disclosure import PARTNERS, Audience, shown_to, told
from footprints.exchange.folder import with_manifest
from footprints.exchange.lookups import level_lookup, oa_lookup, postcode_lookup
from footprints.exchange.readme import readme_bytes
from footprints.exchange.shapefile import shapefile_bytes
from footprints.exchange.write import about, plan_files, stamps_of, zip_bytes
from footprints.plan import Plan, canonical, clean_text
from footprints.stamp import Stamp

if TYPE_CHECKING:
    import pandas as pd

    from boundaries.branches import Branches
from boundaries.overlays import Places

LEVELS = ("msoa", "ward")


@dataclass(frozen=True)
class Decision:
    """What partners decided of a plan. version : their own number of it. edition : of that version, on newer files.
    reference : where the decision stands in writing. supersedes : the version or plan that it takes the place of."""

    version: str = ""
    edition: str = ""
    reference: str = ""
    supersedes: str = ""

    def __post_init__(self) -> None:
        for key in ("version", "edition", "reference", "supersedes"):
            object.__setattr__(self, key, clean_text(getattr(self, key), f"The {key}"))

    def said(self, plan: Plan) -> dict[str, str]:
        """What the manifest says of it; the plan's id and parent stand for a version and predecessor not given."""
        return {
            "version": self.version or plan.id,
            "edition": self.edition,
            "decision": self.reference,
            "supersedes": self.supersedes or plan.parent,
        }


NOTHING_DECIDED = Decision()


def pack_files(
    plan: Plan,
    area: Area,
    *,
    status: str = "draft",
    valid_from: str = "",
    decision: Decision = NOTHING_DECIDED,
    audience: Audience = PARTNERS,
    together: Sequence[Plan] = (),
    confidence: Mapping[str, float] | None = None,
    oas: pd.Series[str] | None = None,
    assets: Places | None = None,
    branches: Branches | None = None,
) -> dict[str, bytes]:
    """Name -> bytes of all files of the pack, its manifest among them.

    oas : output area -> LSOA, where loaded. assets : other places for the pages, where given.
    branches : branch surgeries (`boundaries.branches`), for the pages, too.
    """
    stamp = Stamp(status, valid_from, audience)
    files = plan_files(
        plan,
        area,
        status=status,
        valid_from=valid_from,
        audience=audience,
        together=together,
        confidence=confidence,
    )
    shown = shown_to(audience, (plan, *together), area)
    stamps = stamps_of(plan, area, stamp)
    files |= shapefile_bytes(plan, shown.area, stamps, told(plan, shown.area, audience))
    for key in LEVELS:
        if key in area.levels:
            files[f"{key}_lookup.csv"] = level_lookup(plan, area, key, stamp)
    if oas is not None:
        files["oa_lookup.csv"] = oa_lookup(plan, oas, stamp)
    postcodes = postcode_lookup(plan, area, stamp)
    if postcodes is not None:
        files["postcode_lookup.csv"] = postcodes
    from footprints.report.pdf import pdf_bytes  # noqa: PLC0415 (Typst is slow to import)
    from footprints.report.team_pages import NAME, team_pages  # noqa: PLC0415

    files[NAME] = pdf_bytes(
        team_pages(plan, shown.area, mark=stamp.mark, audience=audience, assets=assets, branches=branches)
    )
    files["receipts.json"] = receipts_bytes(area, audience)
    files["LICENCES.txt"] = licences_bytes(area)
    files["README.txt"] = readme_bytes(plan, area, shown, stamp, sorted(files))
    return with_manifest(files, about(plan, area, stamp) | decision.said(plan))


def pack_name(plan: Plan, area: Area, *, status: str = "draft", audience: Audience = PARTNERS) -> str:
    """The file name of the pack: DRAFT first where nothing is agreed, the place, the plan, and for whom."""
    mark = Stamp(status, "", audience).mark
    words = re.sub(r"[^a-z0-9]+", "-", f"{area.name} {plan.name}".casefold()).strip("-")[:60].strip("-")
    return "-".join(filter(None, (mark, words or "plan", plan.id, audience.kind))) + ".zip"


def pack_bytes(plan: Plan, area: Area, **more: Any) -> bytes:
    """The pack as one zip, the same bytes for the same plan; arguments are those of `pack_files`."""
    return zip_bytes(pack_files(plan, area, **more))


def receipts_bytes(area: Area, audience: Audience) -> bytes:
    """`receipts.json`: each file that was read, what was kept and why not all. Counts and notes are for partners."""
    keep = ("file", "kind", "publisher", "table", "edition", "vintage", "sha256", "encoding", "licence", "status")
    rows = [asdict(receipt) for receipt in area.receipts]
    if audience.public:
        rows = [{key: row[key] for key in keep} for row in rows]
    return canonical({"schema": "footprints-receipts/1", "area": area.name, "receipts": rows}).encode()


def licences_bytes(area: Area) -> bytes:
    """`LICENCES.txt`: the licences of what was read, and the lines to carry wherever it is shown."""
    licences = sorted({r.licence for r in area.receipts if r.status == "used" and r.licence})
    lines = ["Licences of the files this pack was made of", "", *licences, "", "Lines to carry", "", *area.attribution]
    return ("\n".join(lines) + "\n").encode()
