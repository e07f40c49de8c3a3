"""Names that residents would know, worked by hand on small maps."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import pytest

from boundaries.area import Area, Level
from footprints.naming import compass, propose_names
from footprints.towns import town_names
from tests.grids import grid_area
from tests.plans import drawn


def named(picture: Sequence[str], msoa: Sequence[str], names: Mapping[str, str], districts: Mapping[str, str]) -> Area:
    area = grid_area(picture, msoa=msoa)
    said = {f"E020000{ord(letter):02d}": name for letter, name in names.items()}
    own = {f"E0700000{ord(letter) - 64}": name for letter, name in districts.items()}
    level, district = area.levels["msoa"], area.levels["district"]
    return dataclasses.replace(
        area,
        levels={
            "msoa": dataclasses.replace(level, names=said),
            "district": dataclasses.replace(district, names=own),
        },
    )


def names_of(area: Area, picture: Sequence[str]) -> list[str]:
    plan = drawn(area, picture)
    where = plan.where()
    letters = [x for row in picture for x in row if x != "."]
    by_letter = {x: plan.neighbourhood(where[u]).name for u, x in zip(area.codes, letters, strict=True)}
    return [by_letter[x] for x in sorted(by_letter)]


def test_the_only_neighbourhood_of_a_district_bears_its_name() -> None:
    area = named(["AABB"], ["ppqq"], {"p": "Mill Bank", "q": "Abbey"}, {"A": "Rutland", "B": "Stamford"})
    assert names_of(area, ["aabb"]) == ["Rutland", "Stamford"]


def test_a_town_mostly_inside_gives_its_name_and_a_second_of_its_size_comes_along() -> None:
    # Fenland: Wisbech in the north, March and Whittlesey in the south.
    area = named(
        ["AAAA", "AAAA"],
        ["pqqr", "stuu"],
        {
            "p": "Wisbech North",
            "q": "Wisbech South & Peckover",
            "r": "Leverington",
            "s": "March East",
            "t": "March West",
            "u": "Whittlesey",
        },
        {"A": "Fenland"},
    )
    south, north = names_of(area, ["wwww", "mmmm"])
    assert (set(south.split(" & ")), north) == ({"March", "Whittlesey"}, "Wisbech")


def test_a_divided_town_takes_compass_points() -> None:
    area = named(
        ["AAAA", "AAAA", "AAAA", "AAAA"],
        ["pppp", "qqqq", "rrrr", "ssss"],
        {"p": "Paston", "q": "Peterborough Central", "r": "Fletton", "s": "Stanground"},
        {"A": "Peterborough"},
    )
    assert names_of(area, ["nnnn", "nnnn", "ssss", "ssss"]) == ["Peterborough North", "Peterborough South"]
    assert names_of(area, ["wwee", "wwee", "wwee", "wwee"]) == ["Peterborough East", "Peterborough West"]


def test_where_no_town_stands_out_two_msoa_names_do() -> None:
    area = named(
        ["AAAAAAAA"],
        ["pqrstuvw"],
        {"p": "Mill Bank, Upton & Ham", "q": "Abbey", "r": "Central & West Cambridge", "s": "The Lizard", "t": "Bow",
         "u": "Quay", "v": "Old Ford", "w": "Poplar"},
        {"A": "Towerland"},
    )  # fmt: skip
    found = names_of(area, ["aabbbbcc"])
    assert found[0] == "Abbey & Mill Bank"
    assert len({name.casefold() for name in found}) == 3


@pytest.mark.parametrize("town", ["Forest Gate", "Canning Town", "St Neots"])
def test_towns_of_two_words_stay_whole(town: str) -> None:
    area = named(
        ["AAAAAA"],
        ["ppqqrr"],
        {"p": f"{town} North", "q": f"{town} South", "r": "Elsewhere"},
        {"A": "Newham"},
    )
    assert names_of(area, ["xxxxyy"]) == [town, "Elsewhere"]


def test_names_are_unique_even_where_nothing_tells_them_apart() -> None:
    area = grid_area(["AAAA", "AAAA"])
    plan = drawn(area, ["pqrs", "pqrs"])
    assert len({n.name for n in plan.neighbourhoods}) == 4
    assert all(n.provisional for n in plan.neighbourhoods)
    made = propose_names({"GRID-09": area.codes}, area, taken=["district a"])
    assert made["GRID-09"].casefold() != "district a"
    assert propose_names({"GRID-09": ()}, area) == {"GRID-09": "Neighbourhood GRID-09"}


def test_unreadable_msoa_names_are_not_used() -> None:
    area = named(["AAAA"], ["ppqq"], {"p": "Cambridge 001", "q": "Cambridge 002"}, {"A": "Cambridge"})
    assert names_of(area, ["xxyy"]) == ["Cambridge West", "Cambridge East"]


def test_wards_serve_where_there_are_no_msoas() -> None:
    area = grid_area(["AAAA"])
    wards = Level(
        "ward", "Ward", ("E05000001",) * 2 + ("E05000002",) * 2, {"E05000001": "Castle", "E05000002": "Market"}, "", ""
    )
    area = dataclasses.replace(area, levels={**area.levels, "ward": wards})
    assert names_of(area, ["xxyy"]) == ["Castle", "Market"]


def test_towns_of_newham_and_fenland() -> None:
    names = {
        "a": "East Ham South", "b": "East Ham", "c": "West Ham North", "d": "North Ely", "e": "South Ely",
        "f": "Huntingdon Hartford", "g": "Huntingdon Central & West", "h": "Isle of Dogs", "i": "Isle of Man",
        "j": "Yaxley & HIston", "k": "Upton, Ham & Lea",
    }  # fmt: skip
    found = {town: set(groups) for town, groups in town_names(names).items()}
    assert found["East Ham"] == {"a", "b"}
    assert found["West Ham"] == {"c"}
    assert found["Ely"] == {"d", "e"}
    assert found["Huntingdon"] == {"f", "g"}
    assert found["Isle of Dogs"] == {"h"}
    assert town_names(names)["Histon"] == {"j": 1}
    assert "Lea" not in found


def test_wards_add_units_to_a_town_that_an_msoa_names() -> None:
    # Two MSOAs: Liskeard has one unit, Dobwalls three; two wards of Liskeard hold all four.
    area = named(
        ["AAAABBBB"], ["pqqqrrrr"], {"p": "Liskeard", "q": "Dobwalls", "r": "Elsewhere"}, {"A": "West", "B": "East"}
    )
    codes = ("E05000001", "E05000001", "E05000002", "E05000002", *["E05000004"] * 4)
    wards = {
        "E05000001": "Liskeard Central",
        "E05000002": "Liskeard South",
        "E05000003": "Lynher",
        "E05000004": "Other",
    }
    area = dataclasses.replace(area, levels={**area.levels, "ward": Level("ward", "Ward", codes, wards, "", "")})
    assert names_of(area, ["xxxxxxyy"])[0] == "Liskeard"


def test_compass() -> None:
    assert [compass(1, 0), compass(1, 1), compass(0, 1), compass(-1, 1)] == [
        "East",
        "North East",
        "North",
        "North West",
    ]
    assert [compass(-1, 0), compass(-1, -1), compass(0, -1), compass(1, -1)] == [
        "West",
        "South West",
        "South",
        "South East",
    ]
