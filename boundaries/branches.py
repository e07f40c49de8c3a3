"""Branch surgeries (ODS ebranchs, formats.md 5.2), read when a paper or pack asks for them: no plan is made with them.

A branch is a site of its parent practice and never a denominator: no public file says how many patients use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries.area import Area
from boundaries.ledger import Ledger, ledger_of
from boundaries.levels import units_of_points
from boundaries.readers import organisations
from boundaries.receipts import Dropped, Receipt
from boundaries.words import count


@dataclass(frozen=True, eq=False)
class Branches:
    """table : open branches of practices of the area or inside it, indexed by code: name, parent (practice code),
    postcode, x, y float64 metres in EPSG:27700 (NaN when the postcode has no position), unit str (LSOA of the site, ""
    outside or not placed). receipt : of the file, with what was left out and why.
    """

    table: pd.DataFrame
    receipt: Receipt

    @property
    def source(self) -> str:
        """The table and its edition, in words."""
        edition = f", to {self.receipt.edition}" if self.receipt.edition else ""
        return f"{self.receipt.table}{edition}"


def branches(source: str | Path | Ledger, area: Area) -> Branches | None:
    """The branch surgeries of the newest ebranchs file of a source; None where it holds none.

    Raises DataError for a file that cannot be read.
    """
    ledger = ledger_of(source)
    read = [(organisations.branches(ledger.read(file)), file) for file in ledger.of("ebranchs")]
    if not read:
        return None
    found, file = max(read, key=lambda one: (organisations.newest_date(one[0]), one[1].relative))
    rows, repeated = int(found.attrs["rows"]), int(found.attrs["repeated"])
    odd = rows - len(found) - repeated
    places = area.postcodes.reindex(found["postcode"])
    found[["x", "y"]] = places[["x", "y"]].to_numpy(dtype=np.float64)
    found["unit"] = units_of_points(found[["x", "y"]].to_numpy(dtype=np.float64), area.units)
    ours = found["parent"].isin(area.practices.index[~area.practices["outside"].astype(bool)])
    shut = found["closed"] != ""
    near = ours | (found["unit"] != "")
    kept = found[~shut & near]
    lost = int((kept["unit"] == "").sum())
    away = int((kept["x"].notna() & (kept["unit"] == "")).sum())
    one, many = "branch of a practice here", "branches of practices here"
    notes = (
        [
            count(lost - away, f"{one} lies outside the area or has", f"{many} lie outside the area or have")
            + " a postcode that is not loaded, and no neighbourhood"
        ]
        if lost > away
        else []
    )
    notes += [f"{count(away, f'{one} lies', f'{many} lie')} outside the area"] if away else []
    dropped = [
        ("not a code of a branch", odd),
        ("an earlier row of the same branch", repeated),
        ("closed", int(shut.sum())),
        ("of practices elsewhere, and sited elsewhere", int((~shut & ~near).sum())),
    ]
    ledger.used(
        file,
        rows_read=rows,
        rows_kept=len(kept),
        edition=organisations.newest_date(found),
        dropped=[Dropped(reason, number) for reason, number in dropped if number],
        notes=notes,
    )
    (receipt,) = (one for one in ledger.written() if one.kind == "ebranchs")
    return Branches(kept[["name", "parent", "postcode", "x", "y", "unit"]].sort_index(), receipt)
