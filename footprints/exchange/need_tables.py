"""`need.csv`, `indicators.csv` and `population_by_year.csv`: need and growth by neighbourhood, as bytes of a CSV."""

from __future__ import annotations

from math import isfinite

from footprints.metrics.growth import Growth
from footprints.need.indicators import BASIS
from footprints.need_order import Need, NeedRow
from footprints.plan import Plan
from footprints.stamp import HEADER, Stamp
from footprints.text import csv_bytes


def need_table(plan: Plan, need: Need, stamp: Stamp | None = None) -> bytes:
    """`need.csv`: a row for each neighbourhood, where teams should start first; the last, with no code, is the area.

    cohort_7, cohort_2_4 : people to a tenth, low and high of the second at 2 and 4 %. cohort_7_basis,
    cohort_2_4_basis : "estimate" or "local count"; blank where there is none. Age groups are those that the source
    allows, each column named for its ages.
    """
    groups = need.age_groups
    seven = need.cohorts.seven_is if need.cohorts else ""
    part = need.cohorts.two_four_is if need.cohorts else ""

    def row(own: NeedRow) -> tuple[object, ...]:
        return (
            own.place or None, own.code, own.name if own.code else "", own.residents, _round(own.imd, 3),
            own.core20, _round(own.core20_share, 4), *own.ages, _round(own.seven, 1), seven, _round(own.low, 1),
            _round(own.middle, 1), _round(own.high, 1), part, _round(own.middle_rate, 1),
            *(stamp or Stamp()).cells(plan),
        )  # fmt: skip

    header = (
        "order", "neighbourhood_code", "neighbourhood_name", "residents", "imd_score", "core20_people", "core20_share",
        *(g.key for g in groups), "cohort_7", "cohort_7_basis", "cohort_2_4_low", "cohort_2_4", "cohort_2_4_high",
        "cohort_2_4_basis", "cohort_2_4_per_1000", *HEADER,
    )  # fmt: skip
    return csv_bytes(header, [row(own) for own in (*need.rows, need.whole)])


def indicators_table(plan: Plan, need: Need, stamp: Stamp | None = None) -> bytes:
    """`indicators.csv`: a row for each indicator and neighbourhood, and one with a blank code for the area.

    covered : share of the residents who live where the indicator has a value. how : blank as given, else "apportioned
    from MSOAs" or "modelled from practices".
    """
    rows: list[tuple[object, ...]] = []
    for own in need.indicators:
        what = own.indicator
        told = [(code, v, c) for code, v, c in zip(need.codes, own.values, own.covered, strict=True)]
        for code, value, covered in (*told, ("", own.whole, None)):
            rows.append(
                (
                    what.key, what.label, code, _round(float(value), 4), what.unit,
                    None if covered is None else _round(float(covered), 4), BASIS[what.basis], what.period, what.source,
                    *(stamp or Stamp()).cells(plan),
                )
            )  # fmt: skip
    header = (
        "indicator", "label", "neighbourhood_code", "value", "unit", "covered", "how", "period", "source", *HEADER,
    )  # fmt: skip
    return csv_bytes(header, rows)


def population_by_year(plan: Plan, growth: Growth, stamp: Stamp | None = None) -> bytes:
    """`population_by_year.csv`: people of each neighbourhood now and in each year of the growth table, and in range or
    not; a row with a blank code is of LSOAs in no neighbourhood. Whole people; those of one year add up to the area's
    to within one person a row."""
    rows: list[tuple[object, ...]] = []
    columns = [(growth.start, growth.now), *((y, growth.people[:, n]) for n, y in enumerate(growth.years))]
    for d, code in enumerate((*growth.codes, "")):
        name = growth.names[d] if code else ""
        for year, people in columns:
            number = round(float(people[d]))
            inside = growth.minimum <= number <= growth.maximum if code else None
            added = round(float(people[d] - growth.now[d]))
            rows.append((code, name, year or None, number, added, inside, *(stamp or Stamp()).cells(plan)))
    header = ("neighbourhood_code", "neighbourhood_name", "year", "people", "added_since_start", "in_range", *HEADER)
    return csv_bytes(header, rows)


def _round(value: float, digits: int) -> float | None:
    return round(value, digits) if isfinite(value) else None
