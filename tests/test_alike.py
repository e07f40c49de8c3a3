"""How alike two plans are: worked by hand, held against other ways to work it out, and adding up to the person."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints import edit
from footprints.compare import compare
from footprints.comparing import alike
from footprints.errors import PlanError
from footprints.exchange.comparison import comparison_files
from footprints.options_table import options_table
from footprints.plan import Plan
from footprints.propose import plan_from_labels
from footprints.text import read_csv
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn, with_practices

TABLES = st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=2, max_size=4)


def with_groups(area: Area) -> Area:
    """The area with deciles 1, 2, 3 and none again and again, and two bands of age that lack a person each."""
    units = area.units.copy()
    units["imd_decile"] = [(1.0, 2.0, 3.0, math.nan)[i % 4] for i in range(len(units))]
    old = (units["residents"] // 4).astype("int64")
    ages = pd.DataFrame({"Aged 64 years and under": units["residents"] - old - 1, "Aged 65 years and over": old})
    return dataclasses.replace(area, units=units, ages=ages.clip(lower=0), ages_basis="A census")


def test_by_hand() -> None:
    # Two halves of four people each, against the same with one person gone over.
    found = alike(np.array([[4, 0, 0], [1, 3, 0], [0, 0, 0]]), ("a", "b"), ("x", "y"))
    of_a, of_b = 4 / 8 * math.log2(5 / 4), 1 / 8 * math.log2(5) + 1 / 8 * math.log2(4) + 3 / 8 * math.log2(4 / 3)
    assert found.variation_of_information == pytest.approx(of_a + of_b)
    # Pairs together in both: 6 + 3; in the first 12, in the second 10 + 3, of 28.
    expected = 12 * 13 / 28
    assert found.adjusted_rand == pytest.approx((9 - expected) / (12.5 - expected))
    assert [(o.other, o.shared, o.jaccard) for o in found.before] == [("x", 4, 4 / 5), ("y", 3, 3 / 4)]
    assert found.mean_jaccard == pytest.approx((4 * 4 / 5 + 4 * 3 / 4) / 8)


def test_the_same_plan_and_nobody_at_all() -> None:
    same = alike(np.array([[5, 0, 0], [0, 7, 0], [0, 0, 2]]), ("a", "b"), ("x", "y"))
    assert (same.variation_of_information, same.adjusted_rand, same.mean_jaccard) == (0.0, 1.0, 1.0)
    nobody = alike(np.zeros((2, 2), dtype=np.int64), ("a",), ("x",))
    assert (nobody.variation_of_information, nobody.adjusted_rand, nobody.mean_jaccard) == (0.0, 1.0, None)
    assert nobody.before[0].jaccard is None


@settings(max_examples=80, deadline=None)
@given(TABLES)
def test_as_pair_by_pair_and_entropy_by_entropy(rows: list[list[int]]) -> None:
    table = np.array(rows)
    found = alike(table, [str(i) for i in range(len(rows) - 1)], ["0", "1"])
    people = [(a, b) for a, b in itertools.product(range(len(rows)), range(3)) for _ in range(table[a, b])]
    if not people:
        return
    pairs = list(itertools.combinations(people, 2))
    both = sum(p[0] == q[0] and p[1] == q[1] for p, q in pairs)
    first, second = (sum(p[k] == q[k] for p, q in pairs) for k in (0, 1))
    if pairs:
        by_chance, most = first * second / len(pairs), (first + second) / 2
        rand = (both - by_chance) / (most - by_chance) if most != by_chance else 1.0
        assert found.adjusted_rand == pytest.approx(rand)

    def entropy(values: list[int]) -> float:
        return -sum(v / len(people) * math.log2(v / len(people)) for v in values if v)

    joint, a, b = (entropy(t.ravel().tolist()) for t in (table, table.sum(axis=1), table.sum(axis=0)))
    assert found.variation_of_information == pytest.approx(2 * joint - a - b, abs=1e-9)
    back = alike(table.T, ["0", "1"], [str(i) for i in range(len(rows) - 1)])
    assert back.variation_of_information == pytest.approx(found.variation_of_information)
    assert back.adjusted_rand == pytest.approx(found.adjusted_rand)
    assert back.before == found.after


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_line_adds_up_to_the_person(data: st.DataObject) -> None:
    area = with_groups(grid_area(["AABB"] * 3, data.draw(st.lists(st.integers(0, 900), min_size=12, max_size=12))))
    labels = st.lists(st.integers(-1, 3), min_size=12, max_size=12)
    made = [
        plan_from_labels(area, {u: n for u, n in zip(area.codes, data.draw(labels), strict=True) if n >= 0}, name=name)
        for name in "ABC"
    ]
    found = compare(made, area)
    for i, j in found.pairs:
        change = found.change(i, j)
        assert change.people_moved + change.people_stayed == area.units["residents"].sum()
        assert change.moved["people"].sum() == change.people_moved
        assert [by.key for by in change.groups] == ["deprivation", "age"]
        for by, all_people in zip(
            change.groups, (area.units["residents"].sum(), area.ages.to_numpy().sum()), strict=True
        ):
            *lines, total = by.groups
            for g in by.groups:
                assert g.moved + g.stayed == g.everyone
            for key in ("everyone", "moved", "stayed"):
                assert sum(getattr(g, key) for g in lines) == getattr(total, key)
            assert total.everyone == all_people
            parted = change.by_group[change.by_group["by"] == by.key]
            assert parted.groupby("group")["people"].sum().to_dict() == (
                {g.name: g.moved for g in lines} if len(change.moved) else {}
            )
        by_move = len(change.moved)
        if by_move:
            own = change.by_group[change.by_group["by"] == "deprivation"].groupby(["from_code", "to_code"])["people"]
            assert len(own) == by_move and own.sum().sum() == change.people_moved
        back = compare([made[j], made[i]], area).changes[0]
        assert (back.people_moved, back.units_moved) == (change.people_moved, change.units_moved)


def test_the_line_without_a_score_and_ages_of_another_year_are_said() -> None:
    area = with_groups(grid_area(["AAAA"], [100, 200, 300, 400]))
    change = compare([drawn(area, ["ppqq"], name="A"), drawn(area, ["pppq"], name="B")], area).changes[0]
    by, age = change.groups
    assert [(g.name[:1], g.everyone, g.moved) for g in by.groups] == [
        ("1", 300, 0), ("2", 300, 300), ("3", 0, 0), ("4", 0, 0), ("5", 0, 0), ("n", 400, 0), ("a", 1_000, 300),
    ]  # fmt: skip
    assert "996 people, 4 fewer than the residents" in age.basis


def test_numbers_follow_neighbourhoods_through_several_plans() -> None:
    area = grid_area(["AAAAAA"])
    plans = [drawn(area, [picture], name=picture) for picture in ("ppqqrr", "ppqqqq", "rrqqpp", "pqrstu")]
    found = compare(plans, area)
    where = [[found.numbers[k][plan.where()[u]] for u in area.codes] for k, plan in enumerate(plans)]
    assert where[0] == where[2] == [1, 1, 2, 2, 3, 3]
    assert where[1][:2] == [1, 1] and len(set(where[1])) == 2
    assert sorted(set(where[3])) == [1, 2, 3, 4, 5, 6]


def measures(plans: list[Plan], area: Area) -> dict[str, tuple[tuple[object, ...], tuple[bool, ...], str]]:
    return {row.key: (row.values, row.best, row.note) for row in options_table(compare(plans, area))}


def test_the_best_of_a_row_is_marked_and_equal_values_share_it() -> None:
    area = grid_area(["AABB"] * 2)
    plans = [
        drawn(area, rows, name=name) for name, rows in (("A", ["ppqq"] * 2), ("B", ["pqpq"] * 2), ("C", ["ppqq"] * 2))
    ]
    rows = measures(plans, area)
    assert rows["not_contiguous"][:2] == ((0, 2, 0), (True, False, True))
    assert rows["crossing_districts"][1] == (True, False, True)
    assert rows["neighbourhoods"][1] == rows["unassigned_people"][1] == (False, False, False)
    assert rows["people_moved"][:2] == ((None, 40_000, 0), (False, False, False))
    assert rows["adjusted_rand"][0][2] == 1.0


def test_a_measure_held_against_its_own_range_has_no_best() -> None:
    area = grid_area(["AABB"] * 2)
    wide = Criteria(minimum=10_000, maximum=90_000)
    plans = [drawn(area, ["ppqq"] * 2, name="A"), drawn(area, ["pppq"] * 2, wide, name="B")]
    values, best, note = measures(plans, area)["share_in_range"]
    assert values == (1.0, 1.0) and best == (False, False) and "its own range" in note


def test_practices_and_pcns_that_go_along() -> None:
    area = with_practices(
        grid_area(["AAAA"]),
        {"A": ("E01900001", "P1", 900.0), "B": ("E01900003", "P2", 500.0)},
        [("A", "E01900001", 800.0), ("A", "E01900002", 100.0), ("B", "E01900003", 500.0)],
    )
    plans = [drawn(area, ["ppqq"], name="One"), drawn(area, ["pppq"], name="Two")]
    services = compare(plans, area).services(0, 1)
    assert [(p.practice, p.patients, p.same) for p in services.practices] == [("B", 500, False)]
    assert [(p.pcn, p.patients, p.share_before) for p in services.pcns] == [("P2", 500, 1.0)]
    assert services.practices_moved == 1
    agreed = edit.set_home(plans[0], "A", plans[0].where()["E01900001"], "Agreed in May.")
    only = compare([plans[0], dataclasses.replace(agreed, name="Agreed")], area).services(0, 1)
    assert [(p.practice, p.same) for p in only.practices] == [("A", True)] and only.practices_moved == 0


def test_two_to_six_plans_and_older_lsoas_are_refused_with_a_way_out() -> None:
    area = grid_area(["AAAA"])
    plan = drawn(area, ["ppqq"])
    with pytest.raises(PlanError, match="six plans at most; these are 7") as seven:
        compare([plan] * 7, area)
    assert "Leave out 1" in seven.value.mend
    new = {old: f"E010337{n}" for n, old in enumerate(area.codes[2:], start=80)}
    units = area.units.rename(index=new)
    later = dataclasses.replace(
        area, codes=tuple(units.index), units=units, digest="later", ages=pd.DataFrame(index=units.index)
    )
    older = {area.codes[0]: area.codes[0], area.codes[1]: area.codes[1], area.codes[2]: "E01012345"}
    old = dataclasses.replace(
        plan, name="Old", assignment=tuple((older[u], c) for u, c in plan.assignment if u in older)
    )
    with pytest.raises(PlanError, match=r"not in Gridshire: E01012345.*2 LSOAs made in 2021.*LSOAs of 2011") as refused:
        compare([old, old], later)
    assert "look-up of LSOAs 2011 to LSOAs 2021" in refused.value.mend


def test_the_files_hold_every_pair_and_add_up() -> None:
    area = with_groups(grid_area(["AABB"] * 2, [100, 200, 300, 400, 500, 600, 700, 800]))
    plans = [
        drawn(area, rows, name=name) for name, rows in (("A", ["ppqq"] * 2), ("B", ["pqpq"] * 2), ("C", ["pqqq"] * 2))
    ]
    found = compare(plans, area)
    tables = {name: read_csv(data, name) for name, data in comparison_files(found, plans, area).items()}
    rows = [dict(zip(tables["likeness.csv"][0], row, strict=True)) for row in tables["likeness.csv"][1]]
    assert [(r["before"], r["after"]) for r in rows] == [("A", "B"), ("A", "C"), ("B", "C")]
    for row in rows:
        assert int(row["residents_moved"]) + int(row["residents_stayed"]) == int(row["residents"]) == 3_600
        moves = [m for m in tables["moves.csv"][1] if m[:2] == [row["before"], row["after"]]]
        assert sum(int(m[-1]) for m in moves) == int(row["residents_moved"])
    assert "practices_moved.csv" not in tables
    assert tables["options_table.csv"][0][5:8] == ["A", "B", "C"]
