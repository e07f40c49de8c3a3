"""Criteria and locks of the command line: flags, files, names and codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boundaries.errors import DataError
from footprints.cli.options import asked
from footprints.criteria_file import read_criteria, resolve, resolve_group, resolve_level, write_criteria
from footprints.lock_file import read_locks
from optimise.criteria import Criteria, Locks
from optimise.errors import CriteriaError
from tests.grids import grid_area

A, B, C, D = "E01900001", "E01900002", "E01900003", "E01900004"
NO_FLAGS: dict[str, object] = {
    "target": None, "minimum": None, "maximum": None, "within": (), "penalise": (), "keep_whole": (),
    "neighbourhoods": (), "count": None, "small_districts": None, "joins": (), "criteria_file": None,
    "lock_file": None, "accept_links": None, "seconds": None, "seed": None,
}  # fmt: skip


def flags(known: Criteria | None = None, **given: object) -> tuple[Criteria, tuple[str, ...]]:
    return asked({**NO_FLAGS, **given}, known)


# --- criteria -----------------------------------------------------------------------------------------------------


def test_no_flags_are_the_defaults() -> None:
    assert flags() == (Criteria(), ())


def test_flags_become_criteria() -> None:
    criteria, given = flags(
        target=40_000, minimum=30_000, maximum=50_000, within=("upper-tier",), penalise=("district",),
        keep_whole=("msoa",), neighbourhoods=("Ely=2", "Ar=t=3"), count="registered", small_districts="alone",
        joins=("City of London=Hackney",), accept_links=True, seconds=5, seed=7,
    )  # fmt: skip
    assert criteria == Criteria(
        target=40_000, minimum=30_000, maximum=50_000, within=("upper-tier",), penalise=("district",),
        keep_whole=("msoa",), neighbourhoods=(("Ely", 2), ("Ar=t", 3)), count="registered", small_districts="alone",
        joins=(("City of London", "Hackney"),), accept_links=True, seconds=5, seed=7,
    )  # fmt: skip
    assert given[:3] == ("--target", "--min", "--max")
    assert flags(within=("none",), neighbourhoods=("12",))[0] == Criteria(within=(), neighbourhoods=12)


def test_a_flag_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "criteria.json"
    write_criteria(Criteria(target=45_000, seed=9, within=(), accept_links=True), file)
    criteria, given = flags(criteria_file=file, seed=0, within=("district",))
    assert criteria == Criteria(target=45_000, seed=0, within=("district",), accept_links=True)
    assert given == ("--criteria", "--within", "--seed")
    assert flags(seed=0, known=criteria)[0] == criteria


def test_criteria_files_say_the_same_as_flags(tmp_path: Path) -> None:
    criteria = Criteria(
        neighbourhoods=(("E07000001", 2),), joins=(("E07000001", "E07000002"),),
        locks=Locks(fixed=((A, "GRID-01"),), together=((A, B),), apart=((A, C),)),
    )  # fmt: skip
    write_criteria(criteria, tmp_path / "c.json")
    assert read_criteria(tmp_path / "c.json") == criteria


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1"),
        ("[]", "JSON object"),
        ("{}", "schema"),
        ('{"schema": "footprints-criteria/9"}', "version 9"),
        ('{"schema": "footprints-criteria/1", "tarqet": 1}', "target"),
        ('{"schema": "footprints-criteria/1", "target": "many"}', "target"),
    ],
)
def test_bad_criteria_files_are_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CriteriaError, match=r"mine\.json") as caught:
        read_criteria(file)
    assert words in str(caught.value)


AREA = grid_area(("AABB", "AABB"), upper={"A": "C", "B": "C"})


def test_names_become_codes() -> None:
    made = resolve(
        Criteria(
            within=("Upper-Tier",), penalise=("District",), neighbourhoods=(("county c", 2),),
            joins=(("District A", "E07000002"),),
        ),
        AREA,
    )  # fmt: skip
    assert made.within == ("upper_tier",)
    assert made.penalise == ("district",)
    assert made.neighbourhoods == (("E10000003", 2),)
    assert made.joins == (("E07000001", "E07000002"),)
    assert resolve(Criteria(within=("none",)), AREA).within == ()


def test_names_that_are_not_there_are_refused_with_what_is() -> None:
    with pytest.raises(DataError, match="district, upper_tier"):
        resolve_level(AREA, "parish")
    with pytest.raises(DataError, match="Did you mean “District A”"):
        resolve_group(AREA, ("district",), "Districkt A")
    with pytest.raises(DataError, match="District A, District B"):
        resolve_group(AREA, ("district",), "?")
    with pytest.raises(CriteriaError, match="E01999999"):
        resolve(Criteria(locks=Locks(together=((A, "E01999999"),))), AREA)


# --- locks --------------------------------------------------------------------------------------------------------


def lock_text(tmp_path: Path, text: str, encoding: str = "utf-8") -> Locks:
    file = tmp_path / "locks.csv"
    file.write_bytes(text.encode(encoding))
    return read_locks(file)


def test_a_lookup_fixes_units(tmp_path: Path) -> None:
    text = f"LSOA21CD,neighbourhood_code\r\n{B},X-02\r\n{A},X-01\r\n{C},\r\n"
    assert lock_text(tmp_path, text, "utf-8-sig") == Locks(fixed=((A, "X-01"), (B, "X-02")))
    text = f"LSOA21CD;neighbourhood_code;locked\n{A};X-01;yes\n{B};X-01;\n{C};X-01;false\n"
    assert lock_text(tmp_path, text) == Locks(fixed=((A, "X-01"),))


def test_rules(tmp_path: Path) -> None:
    text = (
        f"LSOA21CD,rule,group\n{A},fixed,X-01\n{B},together,town\n{C},together,town\n{A},apart,1\n{B},apart,1\n"
        f"{C},apart,1\n{D},frozen,X-04\n\n"
    )
    assert lock_text(tmp_path, text) == Locks(
        fixed=((A, "X-01"),), together=((B, C),), apart=((A, B), (A, C), (B, C)), frozen=(("X-04", (D,)),)
    )


def test_locks_as_json_are_those_of_a_criteria_file(tmp_path: Path) -> None:
    text = json.dumps({"fixed": [[A, "X-01"]], "together": [[B, C]]})
    assert lock_text(tmp_path, text) == Locks(fixed=((A, "X-01"),), together=((B, C),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "columns are a, b"),
        ("", r"\(none\)"),
        (f"LSOA21CD,rule,group\n{A},nailed,X\n", "line 2.*nailed"),
        (f"LSOA21CD,rule,group\n{A},fixed,\n", "no group"),
        ("LSOA21CD,rule,group\nE0190,fixed,X\n", "E0190"),
        (f"LSOA21CD,rule,group\n{A},together,X\n", "names only"),
        (f"LSOA21CD,rule,group\n{A},fixed,X\n{A},fixed,Y\n", "in X and in Y"),
        (f"LSOA21CD,neighbourhood_code,locked\n{A},X,perhaps\n", "perhaps"),
        ('{"nailed": []}', "nailed"),
        ("{", "line 1"),
    ],
)
def test_bad_lock_files_are_refused_with_the_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        lock_text(tmp_path, text)
    with pytest.raises(DataError, match="UTF-8"):
        lock_text(tmp_path, "LSOA21CD,rule,group\n#caf\xe9", "cp1252")
