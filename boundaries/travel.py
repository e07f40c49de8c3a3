"""Travel times between the LSOAs of the study area (formats.md 8.8); what is not among them stands in the receipt.

Nothing is ever filled in: a journey that no table gives stays unknown, from an LSOA to itself too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from boundaries import columns as col
from boundaries.area import no_travel
from boundaries.errors import DataError
from boundaries.ledger import Ledger
from boundaries.readers.travel import check_modes, travel_columns, travel_rows
from boundaries.receipts import Dropped
from boundaries.source_file import SourceFile
from boundaries.vintages import decide_vintage
from boundaries.words import count

_COLUMNS = ["origin", "destination", "mode", "minutes", "site"]


def travel_of(
    ledger: Ledger,
    residents: pd.Series[int],
    practices: pd.DataFrame,
    *,
    pairs: pd.DataFrame | None,
    boundary: Collection[str],
) -> pd.DataFrame:
    """`Area.travel`, from every table of travel times of the source.

    residents : by LSOA, in the order of `Area.codes`. practices : `Area.practices`. A practice as a destination stands
    for the LSOA of its site; where the table gives that LSOA itself, this counts, and of several practices there the
    quickest to reach. Modes are kept apart; rows without one are of the mode "not stated".
    Raises DataError for codes of 2011, for rows that cannot be read, for a table of which no destination is known
    here, for too many modes, and for two different times of one journey.
    """
    files = ledger.of("travel")
    read = [_one(ledger, source, residents, practices, pairs, boundary) for source in files]
    if not read:
        return no_travel()
    names = ", ".join(source.relative for source in files)
    rows = pd.concat(read, ignore_index=True)
    check_modes(rows["mode"].unique(), names)
    table = _once(rows, residents.index, names)
    return no_travel() if table.empty else table


def _one(
    ledger: Ledger,
    source: SourceFile,
    residents: pd.Series[int],
    practices: pd.DataFrame,
    pairs: pd.DataFrame | None,
    boundary: Collection[str],
) -> pd.DataFrame:
    """The rows of a file between LSOAs of the area: _COLUMNS, of which origin and destination are positions."""
    file = source.relative
    named = travel_columns(source.columns, file)
    codes = set(residents.index)
    seen = _Seen(named, codes)
    frame = ledger.read(source, list(dict.fromkeys(named.values())), seen.keep)
    rows = travel_rows(frame, named, file)
    vintage = decide_vintage(seen.codes, file=file, column="of LSOA codes", lookup=pairs, boundary=boundary, area=())
    if vintage.year == "2011":
        raise DataError(
            f"{file} gives travel times between LSOAs of 2011 ({vintage.basis}), which cannot be shared out.",
            mend="Take the table for LSOA 2021.",
        )
    units = pd.Index(residents.index)
    lsoa = rows["destination"].str.fullmatch(col.PATTERNS["lsoa"])
    site = rows["destination"].isin(set(practices.index))
    sited = rows["destination"].map(practices["unit"].astype("str")).fillna("")
    strange = ~lsoa & ~site
    if len(rows) and strange.all():
        shown = ", ".join(f"“{c}”" for c in list(dict.fromkeys(rows["destination"]))[:5])
        raise DataError(
            f"{file}: none of its destinations is an LSOA or a practice that is known here; the first are {shown}.",
            mend="Use codes of LSOA 2021, or of practices in the list of practices that is loaded.",
        )
    to = units.get_indexer(pd.Index(rows["destination"].where(lsoa, sited)))
    blank = rows["minutes"].isna().to_numpy()
    kept = (to >= 0) & ~blank
    outside = (to < 0) & ~strange.to_numpy()
    dropped = [
        Dropped(reason, int(number))
        for reason, number in (
            ("from an LSOA outside the study area", int(frame.attrs["rows_read"]) - len(rows)),
            ("to a code that is no LSOA and no practice known here", int(strange.sum())),
            ("to an LSOA outside the study area", int((outside & lsoa.to_numpy()).sum())),
            ("to a practice with no site in the study area", int((outside & site.to_numpy()).sum())),
            ("without minutes", int((blank & (to >= 0)).sum())),
        )
        if number
    ]
    made = pd.DataFrame(
        {
            "origin": units.get_indexer(pd.Index(rows["origin"])), "destination": to, "mode": rows["mode"],
            "minutes": rows["minutes"], "site": rows["destination"].where(site, ""),
        }
    )[kept]  # fmt: skip
    again = made.duplicated(_COLUMNS)
    if again.any():
        dropped.append(Dropped("the same journey and time again", int(again.sum())))
        made = made[~again]
    ledger.used(
        source,
        rows_read=int(frame.attrs["rows_read"]),
        rows_kept=len(made),
        vintage="LSOA 2021",
        dropped=dropped,
        notes=_notes(made, residents),
    )
    return pd.DataFrame(made[_COLUMNS])


class _Seen:
    """Keeps rows that begin in the area while a table is read in blocks, and remembers every LSOA code it met."""

    def __init__(self, named: dict[str, str], codes: set[str]) -> None:
        self._named, self._wanted = named, codes
        self._tell: Callable[[pd.Series[str]], pd.Series[bool]] = lambda v: v.str.fullmatch(col.PATTERNS["lsoa"])
        self.codes: set[str] = set()

    def keep(self, block: pd.DataFrame) -> pd.Series[bool]:
        """Which rows to keep: from an LSOA of the area, or from no LSOA at all, lest they be lost unseen."""
        for key in ("origin", "destination"):
            column = pd.Series(block[self._named[key]].unique()).str.strip().str.upper()
            self.codes |= set(column[self._tell(column)])
        origin = block[self._named["origin"]].str.strip().str.upper()
        return origin.isin(self._wanted) | ~self._tell(origin)


def _notes(made: pd.DataFrame, residents: pd.Series[int]) -> list[str]:
    """Modes with their journeys, shortest and longest, and the LSOAs without any; what a practice stands for."""
    notes = []
    for mode, own in made.groupby("mode", sort=True):
        lacking = residents.drop(residents.index[own["origin"].unique()])
        ends = f"{own['minutes'].min():,g} to {own['minutes'].max():,g} minutes"
        said = f"mode {mode}: {count(len(own), 'journey')} within the place, of {ends}"
        if len(lacking):
            said += (
                f"; none from {count(len(lacking), 'LSOA')} with {int(lacking.sum()):,} residents "
                f"({', '.join(map(str, lacking.index[:5]))}{' …' if len(lacking) > 5 else ''})"
            )
        if not (own["origin"] == own["destination"]).any():
            said += "; none from an LSOA to itself, so that people in the LSOA of a centre have no time"
        notes.append(said)
    sites = made.loc[made["site"] != "", "site"]
    if len(sites):
        known = sites.nunique()
        notes.append(
            f"{count(len(sites), 'row')} to {count(known, 'practice')}: each stands for the LSOA of its site, the "
            "quickest where there are several, and only where the table does not give that LSOA itself"
        )
    return notes


def _once(rows: pd.DataFrame, codes: pd.Index[str], file: str) -> pd.DataFrame:
    """One row for each pair of units, one column for each mode. Raises DataError for two times of one journey."""
    keys = ["origin", "destination", "mode"]
    spread = rows.groupby([*keys, "site"])["minutes"].agg(["min", "max"]).reset_index()
    apart = spread[spread["min"] != spread["max"]]
    if len(apart):
        shown = "; ".join(
            f"{codes[o]} to {site or codes[d]} ({mode}): {low:g} and {high:g}"
            for o, d, mode, site, low, high in apart.head(5).itertuples(index=False)
        )
        raise DataError(
            f"{file}: {count(len(apart), 'journey has', 'journeys have')} two different travel times: {shown}.",
            mend="Keep one row for each journey, or add a column “mode” that tells them apart (car, walking, bus).",
        )
    plain = spread["site"] == ""
    quickest = spread[~plain].groupby(keys)["min"].min()
    times = spread[plain].set_index(keys)["min"].combine_first(quickest).rename("minutes").reset_index()
    wide = times.pivot(index=["origin", "destination"], columns="mode", values="minutes").sort_index()
    ends = wide.index.to_frame(index=False).astype(np.int64)
    made: pd.DataFrame = pd.concat([ends, wide.reset_index(drop=True).rename_axis(columns=None)], axis="columns")
    return made
