"""A plan or a lookup taken over into the option at hand: locked areas stay, and it is said which differ."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from footprints import edit
from footprints.exchange import read_plan_report
from footprints.importing import take_over
from tests.plans import drawn
from tests.test_desk import ASKED, ROWS, area_of

LETTERS = st.lists(st.sampled_from("abcdef-"), min_size=24, max_size=24)


def picture(letters: list[str]) -> list[str]:
    return ["".join(letters[i : i + 6]) for i in range(0, 24, 6)]


@settings(max_examples=150, deadline=None)
@given(LETTERS, LETTERS, st.sets(st.integers(0, 23), max_size=8), st.sets(st.integers(0, 23)), st.booleans())
def test_it_never_moves_a_locked_area_and_moves_all_others(
    mine: list[str], other: list[str], locked: set[int], about: set[int], named: bool
) -> None:
    area = area_of()
    plan, their = drawn(area, picture(mine), ASKED), drawn(area, picture(other), ASKED)
    before, wanted = plan.where(), their.where()
    plan = edit.lock(plan, [area.codes[at] for at in locked if area.codes[at] in before])
    units = [area.codes[at] for at in about]
    after, held = take_over(plan, area, their, units=units, named=their.codes if named else ())
    now = after.where()
    for unit in area.codes:
        if unit in plan.locked or unit not in units:
            assert now.get(unit) == before.get(unit)
        else:
            assert (unit in now) == (unit in wanted)
    assert after.locked == plan.locked and after.criteria == plan.criteria
    free = [u for u in units if u not in plan.locked and u in wanted]
    for a, b in itertools.pairwise(free):
        assert (now[a] == now[b]) == (wanted[a] == wanted[b])
    assert set(held) <= set(plan.locked) & set(units)
    again, still = take_over(after, area, after)
    assert still == () and again.assignment == after.assignment
    assert not set(after.codes) & set(after.retired)


def test_a_file_of_some_areas_changes_those_alone_and_names_are_matched(tmp_path: Path) -> None:
    area = area_of()
    plan = drawn(area, ROWS, ASKED)
    code = {n.code: n.name for n in plan.neighbourhoods}
    plan = edit.lock(edit.rename(plan, plan.codes[0], "West"), area.codes[3])
    file = tmp_path / "workshop.csv"
    file.write_text(
        f"LSOA21CD,neighbourhood\n{area.codes[2]},west\n{area.codes[3]},west\n{area.codes[4]},Mill Bank\n"
        f"{area.codes[5]},\n",
        encoding="utf-8",
    )
    read = read_plan_report(file, area)
    after, held = take_over(plan, area, read.plan, units=read.units, named=read.named)
    now, before = after.where(), plan.where()
    assert held == (area.codes[3],)
    assert now[area.codes[2]] == plan.codes[0] and area.codes[5] not in now
    made = after.neighbourhood(now[area.codes[4]])
    assert made.name == "Mill Bank" and made.code not in code
    assert all(now[u] == before[u] for u in before if u not in {area.codes[at] for at in (2, 4, 5)})


def test_codes_of_a_whole_plan_are_its_own_and_emptied_neighbourhoods_are_retired() -> None:
    area = area_of()
    plan = drawn(area, ROWS, ASKED)
    other = edit.merge(plan, area, plan.codes[:2], "West")
    after, held = take_over(plan, area, other)
    assert held == () and after.assignment == other.assignment
    assert set(after.retired) >= set(plan.codes[:2])
    back, _ = take_over(after, area, plan)
    assert not set(back.codes) & set(plan.codes[:2]), "a retired code is never used again"
    assert {n.name for n in back.neighbourhoods} == {n.name for n in plan.neighbourhoods}
    clash = replace(other, neighbourhoods=tuple(replace(n, name="Same") for n in other.neighbourhoods))
    assert take_over(plan, area, clash, named=clash.codes)[0].assignment
