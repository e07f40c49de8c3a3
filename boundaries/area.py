"""`Area`: the evidence for one study area, loaded and never edited."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from boundaries.barriers import no_barriers
from boundaries.errors import DataError
from boundaries.receipts import Check, Receipt


@dataclass(frozen=True)
class Level:
    """A geography that groups units: district, upper_tier, msoa, ward, icb, sub_icb, or a loaded layer.

    assignment : one group code per unit, aligned with `Area.codes`; "" where the unit has none.
    names : group code -> readable name.
    basis : how it was assigned, for people: "exact", "best fit", "by point in polygon", "from the LSOA name", ...
    source : the file it came from. column : the official column of its codes ("LAD24CD"); "" where there is none.
    """

    key: str
    label: str
    assignment: tuple[str, ...]
    names: Mapping[str, str]
    basis: str
    source: str
    column: str = ""


@dataclass(frozen=True)
class Link:
    """A declared connection between two units that share no border (formats.md 10.3).

    kind : bridge, ferry, causeway or tunnel. `distance_m` is between the units' nearest points, metres in EPSG:27700.
    `reason` says in words why it is proposed (empty for a link read from a file).
    """

    from_code: str
    to_code: str
    kind: str
    note: str = ""
    distance_m: float = 0.0
    reason: str = ""


@dataclass(frozen=True)
class Piece:
    """A connected component of the adjacency graph (with declared links): its units and a name for people."""

    name: str
    units: tuple[str, ...]
    residents: int


@dataclass(frozen=True)
class Indicator:
    """One measure that a table gives by LSOA, MSOA or practice, held by LSOA as numerator and denominator.

    group : "domain" (of the Indices of Deprivation), "cohort" (local counts of the 7 % or the 2-4 %), "plus" (a
    Core20PLUS group) or "indicator". The value of any set of units is scale × Σ numerator / Σ denominator; with
    `counts` there is no denominator and the value is Σ numerator.
    basis : how it came to the LSOA: "as given", "apportioned" (from MSOAs, by residents) or "modelled" (from practices,
    by where their patients live). counted_in : what the denominator counts, in words.
    """

    key: str
    label: str
    unit: str
    scale: float
    group: str
    basis: str
    period: str
    source: str
    counts: bool = False
    counted_in: str = ""


def no_growth() -> pd.DataFrame:
    """What stands in `Area.growth` when no file of growth is loaded."""
    texts = {name: pd.Series(dtype="str") for name in ("unit", "site", "source", "basis")}
    numbers = {
        "year": pd.Series(dtype="int64"),
        "homes": pd.Series(dtype="float64"),
        "people": pd.Series(dtype="float64"),
    }
    return pd.DataFrame({**texts, **numbers})


def keep_years(growth: pd.DataFrame, years: Collection[int], unit: str) -> pd.DataFrame:
    """The table with every one of `years`: where nobody comes in one here, a row of 0 people in `unit` stands for it.

    Such rows have no basis, and come after those of the file. A year that a file tells of is known in every part of it.
    """
    told = growth[growth["basis"] != ""].reset_index(drop=True)
    lost = sorted({int(year) for year in years} - {int(year) for year in told["year"]})
    if not lost:
        return told
    texts = {"unit": unit, "site": "", "source": "", "basis": ""}
    more = pd.DataFrame({"year": lost, "homes": 0.0, "people": 0.0}).assign(**texts)
    return pd.concat([told, more[list(told.columns)].astype(no_growth().dtypes.to_dict())], ignore_index=True)


def no_travel() -> pd.DataFrame:
    """What stands in `Area.travel` when no table of travel times is loaded."""
    return pd.DataFrame({"origin": pd.Series(dtype="int64"), "destination": pd.Series(dtype="int64")})


@dataclass(frozen=True, eq=False)
class Area:
    """Evidence for one study area. Read-only by convention; a test holds the digest unchanged after every verb.

    name : for people, such as "Cambridgeshire and Peterborough".
    codes : sorted LSOA 2021 codes; every aligned tuple follows this order.
    units : GeoDataFrame indexed by code in the same order, EPSG:27700, columns
        name str; residents int64; registered float64 (patients registered anywhere who live here; NaN when not loaded);
        x, y float64 (metres, the point that stands for the unit: population-weighted centroid when loaded, else the
        label point when inside, else a representative point); area_m2 float64; imd_score, imd_rank, imd_decile
        float64 (NaN when not loaded); rural_urban str; geometry Polygon or MultiPolygon.
    ages : indexed by code, one int64 column per age band of the source ("Aged 15 years and under", ...); no columns
        when not loaded. `ages_basis` names source and year.
    people_basis : the table and year behind `residents` and why it was chosen.
    levels : key -> Level. "district" is always there; others when loaded.
    edges : from_code, to_code (from < to), length_m float64 (0 for links), kind ("border" or the link's kind), note;
        sorted by codes; borders and read links alike.
    barriers : the borders that lie on a barrier (`boundaries.barriers.border_shares`): from_code, to_code, length_m,
        share, strength (both 0 to 1), name, and cut bool. A border that is cut is in `edges` no more, unless as a
        declared link; the others are there at their whole length.
    proposed_links : nearest plausible links for pieces that have none; never in `edges` until accepted.
    pieces : connected components over `edges`, largest first.
    practices : indexed by practice code: name, postcode, x, y float64 metres (NaN when not placed), unit str (LSOA of
        the site, "" when outside or not placed), outside bool, status "active"|"closed", closed str (ISO date or ""),
        pcn, pcn_name, icb str ("" when unknown), list_size float64 (all its patients, wherever they live),
        patients_here float64 (its patients who live in the area), site_basis str, note str.
    registrations : practice, unit, patients float64: patients by practice and LSOA 2021 inside the area.
        Fractional where a 2011 area was split.
    registrations_elsewhere : practice, category (unknown, closed, wales, scotland, northern_ireland, england_outside),
        patients.
    postcodes : indexed by canonical postcode (upper case, no blanks): x, y metres, unit ("" outside); lsoa and ended as
        the postcode directory says ("" unknown; "" in use), basis ("onspd", "code-point ..."); may be empty.
    receipts, checks : one per file; one per acceptance check.
    attribution : licence lines to carry on every export.
    people_year : the year that `residents` are of; 0 when no file states it.
    indicators : measures of need that were loaded. indicator_values : indexed by code, two float64 columns for each,
        "KEY n" (numerator) and "KEY d" (denominator; NaN for counts); NaN where the table gives none.
    growth : unit str, year int64 (from which the people count), homes, people float64 (homes NaN where the file gives
        people), site, source, basis str; only rows inside the area and later than `people_year` (`keep_years`).
    travel : origin, destination int64 (positions in `codes`), sorted, and a float64 column of minutes for each mode of
        travel, named by it (`modes`); NaN where the table gives no time. A pair that is not there has no time at all.
    digest : SHA-256 of the content above and of the reader's version.
    """

    name: str
    codes: tuple[str, ...]
    units: gpd.GeoDataFrame
    ages: pd.DataFrame
    ages_basis: str
    people_basis: str
    levels: Mapping[str, Level]
    edges: pd.DataFrame
    proposed_links: tuple[Link, ...]
    pieces: tuple[Piece, ...]
    practices: pd.DataFrame
    registrations: pd.DataFrame
    registrations_elsewhere: pd.DataFrame
    postcodes: pd.DataFrame
    receipts: tuple[Receipt, ...]
    checks: tuple[Check, ...]
    attribution: tuple[str, ...]
    digest: str
    people_year: int = 0
    indicators: tuple[Indicator, ...] = ()
    indicator_values: pd.DataFrame = field(default_factory=pd.DataFrame)
    growth: pd.DataFrame = field(default_factory=no_growth)
    barriers: pd.DataFrame = field(default_factory=no_barriers)
    travel: pd.DataFrame = field(default_factory=no_travel)

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes of travel whose times are loaded, sorted; () where none are."""
        return tuple(str(name) for name in self.travel.columns[2:])

    @property
    def knows_barriers(self) -> bool:
        """Whether barriers were loaded at all, be it that none of them lies on a border."""
        return len(self.barriers) > 0 or any(r.kind == "barriers" and r.status == "used" for r in self.receipts)

    def level(self, key: str) -> Level:
        """The level of that key; raises DataError naming those that are loaded."""
        try:
            return self.levels[key]
        except KeyError:
            loaded = ", ".join(sorted(self.levels))
            raise DataError(
                f"There is no level “{key}” in {self.name}; loaded are: {loaded}.",
                mend="Use one of these, or add the file that holds it to the source folder.",
            ) from None

    def unit_label(self, code: str) -> str:
        """What a planner calls a unit: "Romsey, part (Cambridge 009B), 1,640 people"; never the code alone."""
        row = self.units.loc[code]
        own, people = str(row["name"]), f"{int(row['residents']):,} people"
        msoa = self.levels.get("msoa")
        group = msoa.assignment[self.codes.index(code)] if msoa else ""
        place = msoa.names.get(group, "") if msoa else ""
        if place and not own.startswith(place):
            return f"{place}, part ({own}), {people}"
        return f"{own}, {people}"
