"""The checker, on plans drawn by hand: each rule broken once, and nothing said about a plan that keeps them."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace

import pytest

from optimise import (
    Criteria,
    DeclaredException,
    Locks,
    Problem,
    add_links,
    build_problem,
    check_criteria,
    check_integrity,
)
from tests.grids import grid_area

# Eight units of 10,000 people; districts A and B; wards p, q, r
#   A A B B      1 2 3 4      p p q q
#   A A B B      5 6 7 8      p r q q
AREA = grid_area(["AABB", "AABB"], 10_000, msoa=["ppqq", "prqq"])
UNITS = AREA.codes


def problem() -> Problem:
    return build_problem(AREA, Criteria())


def plan(letters: str) -> dict[str, str]:
    """A plan as a picture: one letter for each unit, "-" for none."""
    return {unit: f"N-{c}" for unit, c in zip(UNITS, letters.replace(" ", ""), strict=True) if c != "-"}


def rules(letters: str, criteria: Criteria, *exceptions: DeclaredException) -> list[str]:
    return [fault.rule for fault in check_criteria(problem(), criteria, plan(letters), exceptions)]


def test_a_good_plan_has_no_faults() -> None:
    assert check_integrity(UNITS, plan("aabb aabb")) == ()
    assert rules("aabb aabb", Criteria()) == []
    assert rules("aabb aabb", Criteria(neighbourhoods=2, within=())) == []


def test_integrity_is_about_codes_only() -> None:
    assert check_integrity(UNITS, {}) == ()
    foreign, blank = check_integrity(UNITS, plan("aabb aabb") | {"E01999999": "N-a", UNITS[0]: " "})
    assert foreign.rule == "unknown unit"
    assert foreign.where == ("E01999999",)
    assert blank.rule == "empty code"
    assert blank.where == (UNITS[0],)


@pytest.mark.parametrize(
    ("letters", "criteria", "broken"),
    [
        ("aabb aab-", Criteria(), ["complete"]),
        ("aabb aabb", Criteria(neighbourhoods=3, within=()), ["number"]),
        ("aabb aabb", Criteria(neighbourhoods=(("E07000001", 1), ("E07000002", 2))), ["number"]),
        ("aabb aabb", Criteria(minimum=45_000, target=50_000), ["range", "range"]),
        ("aaaa aaaa", Criteria(within=()), ["range"]),
        ("abba baab", Criteria(within=()), ["contiguous"] * 4),
        ("aaab abbb", Criteria(), ["nested", "nested"]),
        ("aabb aabb", Criteria(keep_whole=("msoa",)), []),
        ("abbb aaab", Criteria(within=(), keep_whole=("msoa",)), ["kept whole", "kept whole"]),
        ("aabb aabb", Criteria(locks=Locks(fixed=((UNITS[0], "N-b"),))), ["locked"]),
        ("aabb aabb", Criteria(locks=Locks(together=((UNITS[0], UNITS[3]),))), ["locked"]),
        ("aabb aabb", Criteria(locks=Locks(apart=((UNITS[0], UNITS[1]),))), ["locked"]),
        ("aabb aabb", Criteria(locks=Locks(frozen=(("N-a", (UNITS[0], UNITS[1])),))), ["frozen"]),
        ("aabb aabb", Criteria(locks=Locks(frozen=(("N-b", UNITS[2:4] + UNITS[6:8]),))), []),
    ],
)
def test_each_rule(letters: str, criteria: Criteria, broken: list[str]) -> None:
    assert rules(letters, criteria) == broken


def test_the_words_name_places_and_numbers_and_never_say_invalid() -> None:
    criteria = Criteria(minimum=45_000, target=50_000, keep_whole=("msoa",), within=("district",))
    faults = check_criteria(problem(), criteria, plan("abba ab-a"))
    said = " ".join(fault.message for fault in faults)
    assert "outside the range you set (45,000 to 60,000)" in said
    assert "crosses a district line that was to hold: District A (20,000 people), District B (20,000 people)" in said
    assert "1 LSOA with 10,000 people has no neighbourhood, such as Place q, part (Grid 0102)" in said
    assert "invalid" not in said.lower()
    assert all(fault.message.endswith(".") for fault in faults)


def test_links_make_contiguous_what_borders_do_not() -> None:
    area = grid_area(["AA.A"], 10_000)
    apart = build_problem(area, Criteria())
    assignment = dict.fromkeys(area.codes, "N-1")
    (fault,) = check_criteria(apart, Criteria(), assignment)
    assert fault.rule == "contiguous"
    assert fault.where == ("N-1", area.codes[2])
    assert fault.people == 10_000
    assert check_criteria(add_links(apart, [(1, 2, "ferry")]), Criteria(), assignment) == ()


def test_what_was_declared_is_no_fault_and_nothing_else_is_excused() -> None:
    joined = DeclaredException("joined", "District A", "", UNITS[:2] + UNITS[4:6], choice="District B")
    crossing = "aabb bbbb"  # the lower half of A is with B
    assert rules(crossing, Criteria(minimum=10_000), joined) == []
    assert "nested" in rules(crossing, Criteria(minimum=10_000))
    elsewhere = replace(joined, choice="District C")
    assert "nested" in rules(crossing, Criteria(minimum=10_000), elsewhere)
    small = DeclaredException("undersized", "District A", "", UNITS[:2] + UNITS[4:6])
    assert rules("aabb aabb", Criteria(minimum=45_000), small) == ["range"]
    assert rules("aabb aabb", Criteria(minimum=45_000), small, replace(small, units=UNITS[2:4] + UNITS[6:8])) == []
    # declared is one neighbourhood of four units, not two halves of it
    assert rules("ccbb aabb", Criteria(minimum=40_000), small) == ["range", "range"]
    # ... unless a frozen neighbourhood takes a piece out of it; the rest of it may be left in several
    held = Criteria(minimum=40_000, locks=Locks(frozen=(("N-c", UNITS[:2]),)))
    taken = DeclaredException("frozen", "N-c", "", UNITS[:2])
    assert rules("ccbb aabb", held, small, taken) == []
    middle = Criteria(minimum=40_000, locks=Locks(frozen=(("N-c", (UNITS[1], UNITS[4])),)))
    corners = replace(taken, units=(UNITS[1], UNITS[4]))
    assert rules("acbb cdbb", middle, small, corners) == [
        "contiguous"
    ]  # the frozen one itself; a and d are what is left
    # too small is declared, too large is not
    both = replace(small, units=UNITS[2:4] + UNITS[6:8])
    low = Criteria(minimum=10_000, target=20_000, maximum=35_000)
    assert rules("aabb aabb", low, small, both) == ["range", "range"]
    kept = DeclaredException("frozen", "N-a", "", UNITS[:2] + UNITS[4:6])
    assert rules("aabb aabb", Criteria(minimum=45_000), kept) == ["range"]
    split = DeclaredException("split group", "p", "", (UNITS[0], UNITS[1], UNITS[4]))
    # p hangs together, so nothing excuses its two homes
    assert rules("abbb aaab", Criteria(within=(), keep_whole=("msoa",)), split) == ["kept whole", "kept whole"]


def test_a_group_that_cannot_be_whole_is_whole_in_each_connected_part() -> None:
    # ward s in two far pieces (0, 1 and 6, 7), cut by nothing but distance; ward p between them
    area = grid_area(["AAAAAAAA"], 10_000, msoa=["ssppppss"])
    criteria = Criteria(keep_whole=("msoa",))
    split = DeclaredException("split group", "s", "", area.codes[:2] + area.codes[6:])

    def broken(letters: str, criteria: Criteria) -> list[str]:
        assignment = dict(zip(area.codes, letters, strict=True))
        return [f.message for f in check_criteria(build_problem(area, criteria), criteria, assignment, [split])]

    assert broken("aabbbbcc", Criteria(minimum=20_000, keep_whole=("msoa",))) == []
    (said,) = broken("abbbbbcc", Criteria(minimum=10_000, keep_whole=("msoa",)))
    assert (
        said
        == "The MSOA Place s, in its part around Place s, part (Grid 0000), was to stay whole, but is shared by a, b."
    )
    # a frozen unit takes its piece of the ward apart without fault
    frozen = replace(criteria, minimum=10_000, locks=Locks(frozen=(("a", area.codes[:1]),)))
    assert broken("abbbbbcc", frozen) == []


def test_two_districts_of_one_name_are_two() -> None:
    made = problem()
    level = made.levels["district"]
    twins = replace(made, levels={**made.levels, "district": replace(level, names=("Middle", "Middle"))})
    said = [f.message for f in check_criteria(twins, Criteria(), plan("aaab abbb"))]
    assert len(said) == 2
    assert "Middle (10,000 people), Middle (30,000 people)" in said[1]
    # a join names its nest; here the units of A's upper row go to B, which they touch
    joined = DeclaredException("joined", "part of Middle", "", UNITS[1:2], choice="Middle")
    assert [f.rule for f in check_criteria(twins, Criteria(minimum=10_000), plan("abbb aabb"), [joined])] == []


def test_of_three_districts_of_one_name_the_one_that_is_touched_is_joined() -> None:
    area = grid_area(["AABBC"], 10_000)
    made = build_problem(area, Criteria())
    level = made.levels["district"]
    same = replace(made, levels={**made.levels, "district": replace(level, names=("Middle",) * 3)})
    joined = DeclaredException("joined", "Middle", "", area.codes[4:], choice="Middle")
    criteria = Criteria(minimum=10_000)
    assert check_criteria(same, criteria, dict(zip(area.codes, "aabbb", strict=True)), [joined]) == ()
    (fault,) = check_criteria(same, criteria, dict(zip(area.codes, "aabbb", strict=True)))
    assert fault.rule == "nested"


PICTURE = ["AAABBB", "AAABBB", "AAABBB"]


@pytest.mark.parametrize("seed", range(20))
def test_a_good_plan_with_one_thing_wrong_is_never_passed(seed: int) -> None:
    """Every change of a plan that keeps all rules breaks exactly the rule that it is about."""
    rng = random.Random(seed)
    area = grid_area(PICTURE, 10_000, msoa=["ppprrr", "ppprrr", "qqqsss"])
    codes = area.codes
    #   a a a c c c      districts A and B, wards p (upper six of A), q, r, s; neighbourhoods follow the wards
    #   a a a c c c
    #   b b b d d d
    letters = "aaacccaaacccbbbddd"
    good = {unit: letters[i] for i, unit in enumerate(codes)}
    members = {c: [u for u in codes if good[u] == c] for c in "abcd"}
    locks = Locks(
        fixed=((rng.choice(members["a"]), "a"),),
        together=(tuple(rng.sample(members["c"], 2)),),
        apart=((rng.choice(members["b"]), rng.choice(members["a"])),),
        frozen=(("d", tuple(members["d"])),),
    )
    criteria = Criteria(minimum=30_000, target=40_000, maximum=60_000, keep_whole=("msoa",), locks=locks)
    made = build_problem(area, criteria)

    def found(assignment: dict[str, str], asked: Criteria = criteria) -> set[str]:
        return {fault.rule for fault in check_criteria(made, asked, assignment)}

    assert found(good) == set()
    missing = rng.choice(members["a"])
    assert "complete" in found({u: c for u, c in good.items() if u != missing})
    assert found(good, replace(criteria, maximum=59_999)) == {"range"}
    assert found(good, replace(criteria, minimum=30_001)) == {"range"}
    across = rng.choice([u for u in members["c"] if u in (codes[3], codes[9])])  # touches the west
    assert {"nested", "kept whole"} <= found(good | {across: "a"})
    far = rng.choice([u for u in members["c"] if u in (codes[4], codes[5], codes[10], codes[11])])
    assert "contiguous" in found(good | {far: "a"})
    assert "kept whole" in found(good | {members["b"][0]: "a"})
    assert "locked" in found(good | {locks.fixed[0][0]: "b"})
    assert "locked" in found(good | {locks.together[0][0]: "d"})
    assert "locked" in found({**good, locks.apart[0][0]: "a"}, replace(criteria, keep_whole=()))
    assert "frozen" in found(good | {rng.choice(members["d"]): "c"})
    assert "frozen" in found(good | {codes[9]: "d"})
    assert "number" in found(good, replace(criteria, neighbourhoods=(("E07000001", 3),)))


def test_the_checker_knows_no_solver() -> None:
    code = (
        "import sys, types; root = types.ModuleType('optimise'); root.__path__ = ['optimise']; "
        "sys.modules['optimise'] = root; import optimise.certificate; "
        "print([m for m in sys.modules if m.split('.')[0] in ('pulp', 'highspy', 'numba') "
        "or m in ('optimise.proving.exact', 'optimise.searching.search', 'optimise.proving.bound')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "[]"
