"""Need and growth worked by hand on drawn grids: ages, cohorts, indicators, order, spread, people by year."""

from __future__ import annotations

import csv
import dataclasses
import io
from math import exp, log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area, Indicator
from boundaries.errors import DataError
from footprints.exchange import need_tables
from footprints.metrics import metrics_for, score
from footprints.metrics.growth import growth_of
from footprints.need import ages, cohorts
from footprints.need.indicators import values_of
from footprints.need_order import need_of
from footprints.plan import Plan
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn

WIDE = Criteria(target=3_000, minimum=1_500, maximum=4_500, comfortable=(2_000, 4_000))


def needy(
    residents: tuple[int, ...] = (1_000, 2_000, 1_000, 1_000),
    deciles: tuple[float, ...] = (1, 10, 3, 2),
    old: tuple[int, ...] = (100, 200, 500, 0),
) -> Area:
    """Four units in a row: residents, IMD deciles (score 10 × (11 - decile)), people of 65 and over."""
    area = grid_area(["AAAA"], residents)
    units = area.units.copy()
    units["imd_decile"] = list(map(float, deciles))
    units["imd_score"] = 10.0 * (11.0 - units["imd_decile"])
    table = pd.DataFrame(
        {"Aged 0 to 64 years": [n - o for n, o in zip(residents, old, strict=True)], "Aged 65 years and over": old},
        index=units.index,
    )
    return dataclasses.replace(area, units=units, ages=table, ages_basis="drawn", people_year=2024)


def halves(area: Area, criteria: Criteria = WIDE) -> Plan:
    return drawn(area, ["ppqq"], criteria)


def with_indicator(area: Area, n: list[float], d: list[float] | None, **told: object) -> Area:
    what = {"key": "x", "label": "X", "unit": "%", "scale": 100.0, "group": "indicator", "basis": "as given",
            "period": "2024", "source": "x.csv", "counts": d is None} | told  # fmt: skip
    indicator = Indicator(**what)  # type: ignore[arg-type]
    frame = area.indicator_values.reindex(list(area.codes))
    frame[f"{indicator.key} n"] = n
    frame[f"{indicator.key} d"] = d if d is not None else float("nan")
    return dataclasses.replace(area, indicators=(*area.indicators, indicator), indicator_values=frame)


# ---------------------------------------------------------------- ages


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("Aged 0 years", 0, 0), ("Aged 1 year", 1, 1), ("Aged 90 years and over", 90, None),
        ("Aged 16 to 24 years", 16, 24),
        ("Aged 15 years and under", 0, 15), ("Aged 65 years and over", 65, None),
    ],
)  # fmt: skip
def test_bands_of_every_source_are_read(label: str, first: int, last: int | None) -> None:
    assert ages.band(label) == ages.Band(label, first, last)


def test_groups_are_what_the_bands_add_up_to() -> None:
    area = grid_area(["AA"], 182)
    single = pd.DataFrame({f"Aged {n} year{'s' * (n != 1)}": [1, 3] for n in range(90)}, index=area.units.index)
    single["Aged 90 years and over"] = [92, -88 + 3]
    one = dataclasses.replace(area, ages=single)
    found = {g.key: ages.people(one, g).tolist() for g in ages.groups(one)}
    assert found == {"aged_0_17": [18, 54], "aged_65_over": [25 + 92, 75 - 85], "aged_85_over": [5 + 92, 15 - 85]}
    assert "0 to 17" in ages.in_words(one) and "need" not in ages.in_words(one)
    keys = [m.key for m in metrics_for(one)]
    assert "aged_0_17" in keys and "age_aged_0_years" not in keys, "91 columns of single years help nobody"
    six = ["Aged 15 years and under", "Aged 16 to 64 years", "Aged 65 years and over"]
    broad = dataclasses.replace(area, ages=pd.DataFrame({b: [60, 60] for b in six}, index=area.units.index))
    assert [g.key for g in ages.groups(broad)] == ["aged_0_15", "aged_65_over"]
    assert "0 to 17 and 85 and over need the estimates by single year" in ages.in_words(broad)
    gap = dataclasses.replace(area, ages=broad.ages[[six[0], six[2]]])
    assert ages.groups(gap) == () and ages.in_words(gap) == "No ages are loaded."


# ---------------------------------------------------------------- cohorts


def test_the_effects_are_the_published_odds_ratios() -> None:
    assert np.exp(cohorts.age_effect(np.array([10.0, 55.0, 85.0]))) == pytest.approx([0.04, 1.0, 10.21])
    half = cohorts.age_effect(np.array([70.0]))[0]
    assert half == pytest.approx(log(10.21) / 2), "straight lines in ln odds"
    assert np.exp(cohorts.deprivation_effect(np.array([1.0, 10.0, 5.5]))) == pytest.approx([2.26, 1.0, 2.26**0.5])
    assert cohorts.ages_of(ages.Band("", 65, None)).tolist() == [75.0]
    assert cohorts.ages_of(ages.Band("", 0, 2)).tolist() == [0.5, 1.5, 2.5]


def test_cohorts_by_hand() -> None:
    """Two units: 1,000 people of 65 and over each, decile 1 and decile 10. With chances p and q, p + q = 0.14 and
    odds p / odds q = 2.26: (0.14 - q) (1 - q) = 2.26 q (0.86 + q), or 1.26 q² + 3.0836 q - 0.14 = 0."""
    area = needy((1_000, 1_000, 0, 0), (1, 10, 5, 5), (1_000, 1_000, 0, 0))
    found = cohorts.cohorts_of(area)
    assert found is not None and found.seven_is == "estimate"
    a, b, c = 1.26, 1.14 + 2.26 * 0.86, -0.14
    q = (-b + (b * b - 4 * a * c) ** 0.5) / (2 * a)
    p = 0.14 - q
    assert p / (1 - p) == pytest.approx(2.26 * q / (1 - q)), "the hand's own check"
    assert found.seven[:2] == pytest.approx([1000 * p, 1000 * q]) and found.seven[2:].tolist() == [0, 0]
    level = log(q / (1 - q)) - float(cohorts.age_effect(np.array([75.0]))[0])
    assert cohorts.level_for(0.07, np.array([[1000.0], [1000.0]]), (ages.Band("", 65, None),),
                             np.array([0.0, log(2.26)])) == pytest.approx(level)  # fmt: skip
    heads, rows = cohorts.weights_table(area) or ((), ())
    assert heads == ("0 to 64", "65 and over")
    worst = 1 / (1 + exp(-(level + float(cohorts.age_effect(np.array([75.0]))[0]) + log(2.26) * 8.5 / 9)))
    assert rows[0][1].tolist()[1] == round(1000 * worst)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 10), st.floats(0, 1)), min_size=4, max_size=4),
    st.sampled_from(["ppqq", "pqpq", "pppq", "p-qq"]),
)
def test_cohorts_add_up_and_lie_within_one_another(rows: list[tuple[int, int, float]], picture: str) -> None:
    people = [n for n, _, _ in rows]
    if not sum(people):
        return
    area = needy(tuple(people), tuple(d for _, d, _ in rows), tuple(int(n * s) for n, _, s in rows))
    found = cohorts.cohorts_of(area)
    assert found is not None
    total = sum(people)
    for part, share in ((found.seven, 0.07), (found.low, 0.02), (found.middle, 0.03), (found.high, 0.04)):
        assert part.sum() == pytest.approx(share * total)
        assert (part >= 0).all() and (part <= np.array(people) + 1e-9).all()
    assert (found.low <= found.middle + 1e-9).all() and (found.high <= found.seven + 1e-9).all()
    need = need_of(drawn(area, [picture], WIDE), area)
    assert need.whole.seven == pytest.approx(0.07 * total)
    if "-" not in picture:
        assert sum(r.seven for r in need.rows) == pytest.approx(0.07 * total)
        assert sum(r.core20 for r in need.rows) == need.whole.core20
        assert [sum(r.ages[g] for r in need.rows) for g in range(1)] == [need.whole.ages[0]]


def test_older_or_more_deprived_is_more_never_flat() -> None:
    found = cohorts.cohorts_of(needy((1_000,) * 4, (1, 10, 1, 10), (100, 100, 300, 300)))
    assert found is not None
    rate = found.middle / 1000
    assert rate[0] > rate[1] and rate[2] > rate[0] and rate[3] > rate[1]


def test_local_counts_take_the_place_of_estimates_and_say_so() -> None:
    area = with_indicator(needy(), [50, 60, 70, 80], None, key="cohort_2_4", group="cohort", unit="people", label="L")
    plan = halves(area)
    found = need_of(plan, area)
    assert found.cohorts is not None and (found.cohorts.two_four_is, found.cohorts.seven_is) == (
        "local count",
        "estimate",
    )
    assert sum(r.middle for r in found.rows) == 260 == sum(r.low for r in found.rows)
    card = score(plan, area)
    assert card.neighbourhoods["local_2_4pct_cohort"].tolist() == [110, 150]
    assert card.metric("local_2_4pct_cohort").label == "2-4% cohort (local count)"
    assert card.neighbourhoods["estimated_7pct_cohort"].sum() == pytest.approx(350, abs=0.1)
    partly = with_indicator(needy(), [50, 60, float("nan"), 80], None, key="cohort_2_4", group="cohort", unit="people")
    told = cohorts.cohorts_of(partly)
    assert told is not None and told.two_four_is == "estimate"
    assert any("no value for 1 LSOA of 4" in note for note in told.notes)


def test_without_ages_or_deprivation_nothing_is_estimated() -> None:
    bare = grid_area(["AAAA"], 1_000)
    found = need_of(halves(bare), bare)
    assert found.cohorts is None and cohorts.weights_table(bare) is None
    assert "nothing to order by" in found.rule and [r.place for r in found.rows] == [0, 0]
    said = " ".join(found.missing)
    for file in ("Indices of Deprivation", "mid-year estimates by age", "cohort_7", "Fingertips", "core20plus_group"):
        assert file in said
    card = score(halves(bare), bare)
    assert "Indices of Deprivation" in card.missing["estimated_7pct_cohort"]
    aged = dataclasses.replace(needy(), ages=bare.ages)
    assert "Core20 share first" in need_of(halves(aged), aged).rule
    gap = needy(deciles=(1, float("nan"), 3, 2))
    told = cohorts.cohorts_of(gap)
    assert told is not None and any("1 LSOA has no decile" in note for note in told.notes)


# ---------------------------------------------------------------- indicators


def test_an_indicator_is_sums_over_sums() -> None:
    area = with_indicator(needy(), [10, 30, 5, float("nan")], [100, 100, 50, 100])
    found = values_of(area, area.indicators[0], np.array([0, 0, 1, 1]), 2)
    assert found.values.tolist() == [20.0, 10.0] and found.whole == pytest.approx(100 * 45 / 250)
    assert found.covered.tolist() == [1.0, 0.5]
    assert score(halves(area), area).neighbourhoods["x"].tolist() == [20.0, 10.0]
    rows = list(
        csv.DictReader(io.StringIO(need_tables.indicators_table(halves(area), need_of(halves(area), area)).decode()))
    )
    assert [(r["neighbourhood_code"] == "", r["value"], r["covered"]) for r in rows] == [
        (False, "20", "1"), (False, "10", "0.5"), (True, "18", ""),
    ]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 500)), min_size=6, max_size=6),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
def test_however_units_are_grouped_the_whole_is_the_same(rows: list[tuple[int, int]], label: list[int]) -> None:
    """Putting neighbourhoods together by their denominators gives the area's own value, whatever the neighbourhoods."""
    area = grid_area(["AAAAAA"], 1_000)
    area = with_indicator(area, [float(n) for n, _ in rows], [float(d) for _, d in rows])
    at = np.array(label)
    found = values_of(area, area.indicators[0], at, 3)
    below = np.bincount(at, weights=[d for _, d in rows], minlength=3)
    again = float(np.nansum(found.values * below)) / below.sum()
    assert again == pytest.approx(found.whole)
    assert np.isnan(found.values[below == 0]).all()


# ---------------------------------------------------------------- order and spread


def test_order_by_one_rule_and_ties_by_imd() -> None:
    area = needy()
    found = need_of(halves(area), area)
    assert found.rule.startswith("Most people of the 2-4% cohort per 1,000 residents (estimate) first")
    assert [r.place for r in found.rows] == [1, 2]
    assert found.rows[0].middle_rate >= found.rows[1].middle_rate
    same = with_indicator(needy(deciles=(2, 2, 1, 1)), [30, 60, 30, 30], None, key="cohort_2_4", group="cohort")
    tied = need_of(halves(same), same)
    assert [round(r.middle_rate, 1) for r in tied.rows] == [30.0, 30.0] and [r.imd for r in tied.rows] == [100.0, 90.0]


def test_spread_is_highest_less_lowest_as_shown() -> None:
    area = needy()
    by = {s.key: s for s in need_of(halves(area), area).spreads}
    core = by["core20_share"]
    assert (core.lowest, core.highest) == (round(1000 / 3000, 3), 0.5) and core.difference == pytest.approx(0.167)
    assert core.ratio == pytest.approx(0.5 / 0.333)
    assert np.isnan(by["imd_score"].ratio), "a score has no natural nought"
    assert by["imd_score"].difference == pytest.approx(85.0 - 40.0)
    assert by["aged_65_over"].highest == 0.25


def test_need_csv_adds_up_and_guards_names(tmp_path) -> None:
    area = needy()
    plan = halves(area)
    named = dataclasses.replace(
        plan, neighbourhoods=tuple(dataclasses.replace(n, name="=1+1 <b>") for n in plan.neighbourhoods)
    )
    rows = list(csv.DictReader(io.StringIO(need_tables.need_table(named, need_of(named, area)).decode())))
    assert [r["neighbourhood_name"] for r in rows] == ["'=1+1 <b>", "'=1+1 <b>", ""]
    for column in ("residents", "core20_people", "aged_65_over"):
        assert int(rows[0][column]) + int(rows[1][column]) == int(rows[2][column])
    assert float(rows[0]["cohort_7"]) + float(rows[1]["cohort_7"]) == pytest.approx(350, abs=0.1)
    assert {r["cohort_7_basis"] for r in rows} == {"estimate"}


# ---------------------------------------------------------------- growth


def growing(rows: list[tuple[int, int, float]]) -> Area:
    """Growth of unit n in a year by people."""
    area = needy()
    told = {
        "unit": [area.codes[n] for n, _, _ in rows],
        "year": [y for _, y, _ in rows],
        "people": [p for *_, p in rows],
    }
    table = pd.DataFrame(told).assign(homes=float("nan"), site="", source="Plan", basis="LSOA")
    return dataclasses.replace(area, growth=table)


def test_people_by_year_and_who_leaves_the_range() -> None:
    area = growing([(0, 2027, 1_000), (1, 2030, 600), (3, 2030, -600), (2, 2030, 50)])
    found = growth_of(halves(area), area)
    assert found is not None and (found.start, found.years) == (2024, (2027, 2030))
    assert found.now.tolist() == [3_000, 2_000, 0]
    assert found.people.tolist() == [[4_000, 4_600], [2_000, 1_450], [0, 0]]
    assert [(one.year, one.people, one.above) for one in found.leaving] == [(2030, 4_600, True), (2030, 1_450, False)]
    assert found.in_year(2026).tolist() == found.now.tolist() and found.in_year(2029).tolist() == [4_000, 2_000, 0]
    assert found.out_now == () and found.sources == ("Plan",)
    card = score(halves(area), area)
    assert card.plan["leaving_range_by_growth"] == 2
    rates = card.neighbourhoods["estimated_2_4pct_cohort_per_1000"]
    assert card.plan["estimated_2_4pct_cohort_gap"] == round(rates.max() - rates.min(), 1)
    assert "growth.csv" in score(halves(needy()), needy()).missing["leaving_range_by_growth"]
    assert growth_of(halves(needy()), needy()) is None
    table = need_tables.population_by_year(halves(area), found).decode()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert sum(int(r["people"]) for r in rows if r["year"] == "2030") == 5_000 + 1_050
    assert [r["in_range"] for r in rows if r["year"] == "2030"] == ["no", "no", ""]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(2025, 2040), st.floats(0, 5_000)), min_size=1, max_size=12))
def test_people_by_year_reconcile(rows: list[tuple[int, int, float]]) -> None:
    area = growing(rows)
    found = growth_of(drawn(area, ["pq-q"], WIDE), area)
    assert found is not None
    for n, year in enumerate(found.years):
        come = sum(p for _, y, p in rows if y <= year)
        assert found.people[:, n].sum() == pytest.approx(5_000 + come)
    assert found.now.sum() == 5_000


def test_growth_against_a_range_on_registered_patients() -> None:
    area = growing([(0, 2027, 100)])
    plan = halves(area, dataclasses.replace(WIDE, count="registered"))
    with pytest.raises(DataError, match="registered"):
        growth_of(plan, area)
    units = area.units.assign(registered=[1_100.0, 2_100.0, 1_100.0, 1_100.0])
    listed = dataclasses.replace(area, units=units)
    found = growth_of(plan, listed)
    assert found is not None and found.counts_registered and found.people[:, 0].tolist() == [3_300, 2_200, 0]
