"""LSOA 2011 to 2021: which vintage a file is of, and counts that move without one person lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.errors import DataError
from boundaries.vintages import convert_counts, convert_scores, decide_vintage, shares
from tests.official import CODES, LOOKUP_11_21

PAIRS = pd.DataFrame(LOOKUP_11_21, columns=["lsoa11", "lsoa21", "rule"])
OLD = ["E01000101", "E01000109"]


def decide(codes: list[str], lookup: pd.DataFrame | None = PAIRS, area: tuple[str, ...] = CODES) -> str:
    return decide_vintage(codes, file="list.csv", column="LSOA_CODE", lookup=lookup, boundary=CODES, area=area).year


def test_codes_of_one_list_settle_the_vintage() -> None:
    assert decide(["E01000101", "E01000109"]) == "2011"
    assert decide(["E01000101", "E01900001"]) == "2021"
    assert decide(["E01000101", "E01000102"]) == "either"


def test_a_mixture_is_refused_with_its_codes() -> None:
    with pytest.raises(DataError, match=r"list\.csv: column LSOA_CODE mixes two vintages.*E01000109.*E01900001"):
        decide(["E01000109", "E01900001", "E01000101"])


def test_a_2011_file_without_the_lookup_fails() -> None:
    with pytest.raises(
        DataError, match="does not fit the LSOA 2021 boundaries: 2 LSOAs of the area have no row"
    ) as told:
        decide_vintage(
            ["E01000101", "E01000109"],
            file="list.csv",
            column="LSOA_CODE",
            lookup=None,
            boundary=CODES,
            area=("E01000101", "E01000105", "E01000106"),
        )
    assert "CHGIND" in told.value.mend


def test_without_the_lookup_codes_first_issued_in_2021_settle_it() -> None:
    assert decide(["E01000101", "E01900001", "E01999999"], None) == "2021"
    assert decide(["E01000101"], None) == "either"  # nothing strange in the file: patients are simply few


def test_each_rule_by_hand() -> None:
    counts = pd.DataFrame(
        {
            "practice": ["X99001"] * 4,
            "lsoa": ["E01000101", "E01000109", "E01000110", "E01000111"],
            "patients": [10.0, 90.0, 7.0, 8.0],
        }
    )
    residents = pd.Series({"E01900001": 1_000.0, "E01900002": 2_000.0, "E01900003": 5.0, "E01000101": 1.0})
    made = convert_counts(counts, PAIRS, residents, key="practice", value="patients")
    got = made.frame.set_index("unit")["patients"].to_dict()
    assert got == {"E01000101": 10.0, "E01900001": 30.0, "E01900002": 60.0, "E01900003": 15.0}
    touched = made.touched.set_index("rule")["people"].to_dict()
    assert touched == {"U": 10.0, "S": 90.0, "M": 15.0}
    assert made.unweighted == ()


def test_children_without_residents_are_divided_equally_and_named() -> None:
    counts = pd.DataFrame({"practice": ["X99001"], "lsoa": ["E01000109"], "patients": [9.0]})
    made = convert_counts(counts, PAIRS, pd.Series({"E01900001": 1_000.0}), key="practice", value="patients")
    assert made.frame["patients"].tolist() == [4.5, 4.5]
    assert made.unweighted == ("E01000109",)


def test_a_code_outside_the_lookup_is_refused() -> None:
    counts = pd.DataFrame({"practice": ["X99001"], "lsoa": ["E01999999"], "patients": [9.0]})
    with pytest.raises(DataError, match="E01999999"):
        convert_counts(counts, PAIRS, pd.Series(dtype="float64"), key="practice", value="patients")


@settings(max_examples=60, deadline=None)
@given(
    patients=st.lists(st.integers(0, 20_000), min_size=1, max_size=12),
    people=st.lists(st.integers(0, 9_000), min_size=len(CODES), max_size=len(CODES)),
)
def test_totals_are_conserved_whatever_the_figures(patients: list[int], people: list[int]) -> None:
    old = sorted(set(PAIRS["lsoa11"]))[: len(patients)]
    counts = pd.DataFrame({"practice": "X99001", "lsoa": old, "patients": np.array(patients[: len(old)], dtype=float)})
    made = convert_counts(
        counts, PAIRS, pd.Series(people, index=CODES, dtype="float64"), key="practice", value="patients"
    )
    assert made.frame["patients"].sum() == pytest.approx(sum(patients[: len(old)]), rel=1e-12, abs=1e-9)
    assert made.touched["people"].sum() == pytest.approx(made.frame["patients"].sum())


def test_shares_add_up_to_one_and_a_divided_u_is_called_complex() -> None:
    parts, _ = shares(PAIRS, pd.Series(1.0, index=CODES))
    assert parts.groupby("lsoa11")["share"].sum().eq(1.0).all()
    odd = pd.DataFrame(
        [("E01000101", "E01000101", "U"), ("E01000101", "E01000102", "U")], columns=["lsoa11", "lsoa21", "rule"]
    )
    assert set(shares(odd, pd.Series(dtype="float64"))[0]["rule"]) == {"X"}


def test_scores_are_copied_for_splits_and_weighted_for_merges() -> None:
    scores = pd.DataFrame({"imd_score": [10.0, 20.0, 40.0]}, index=["E01000109", "E01000110", "E01000111"])
    made = convert_scores(scores, PAIRS, pd.Series({"E01000109": 5.0, "E01000110": 1_000.0, "E01000111": 3_000.0}))
    assert made["imd_score"].to_dict() == {"E01900001": 10.0, "E01900002": 10.0, "E01900003": 35.0}
