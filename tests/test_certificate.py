"""The checker, on plans drawn by hand: each rule broken once, and nothing said about a plan that keeps them."""

from __future__ import annotations

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
    assert "1 unit with 10,000 people has no neighbourhood, such as Place q, part (Grid 0102)" in said
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
    assert rules("ccbb aabb", Criteria(minimum=40_000), small) == []
    kept = DeclaredException("frozen", "N-a", "", UNITS[:2] + UNITS[4:6])
    assert rules("aabb aabb", Criteria(minimum=45_000), kept) == ["range"]
    split = DeclaredException("split group", "p", "", (UNITS[0], UNITS[1], UNITS[4]))
    assert rules("abbb aaab", Criteria(within=(), keep_whole=("msoa",)), split) == ["kept whole"]


def test_the_checker_knows_no_solver() -> None:
    code = (
        "import sys, types; root = types.ModuleType('optimise'); root.__path__ = ['optimise']; "
        "sys.modules['optimise'] = root; import optimise.certificate; "
        "print([m for m in sys.modules if m.split('.')[0] in ('pulp', 'highspy', 'numba') "
        "or m in ('optimise.exact', 'optimise.search', 'optimise.bound')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "[]"
