"""Pieces are found and named for people; links are read or proposed, and never appear by themselves."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.affinity import translate
from shapely.geometry import box

from boundaries import links, sources
from boundaries.adjacency import adjacency
from boundaries.area import Level, Link, Piece
from boundaries.errors import DataError
from boundaries.readers import geometry


def code(n: int) -> str:
    return f"E0100000{n}"


def units(*shapes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Boxes in metres, named E01000001, E01000002, ... in the order given."""
    moved = [translate(box(*s), 450_000, 250_000) for s in shapes]
    return gpd.GeoDataFrame(geometry=moved, index=[code(n) for n in range(1, len(moved) + 1)], crs=27700)


#  1 2      3 stands 300 m east of 2; 4 and 5, which touch, lie 2 km north of 1 and 900 m of each other's neighbours
ISLANDS = units(
    (0, 0, 1000, 1000),
    (1000, 0, 2000, 1000),
    (2300, 0, 3000, 1000),
    (0, 3000, 1000, 4000),
    (1000, 3000, 2000, 4000),
)


def found(frame: gpd.GeoDataFrame, extra: tuple[Link, ...] = ()) -> tuple[Piece, ...]:
    edges = links.with_links(adjacency(frame), extra)
    return links.pieces(list(frame.index), edges, residents=dict.fromkeys(frame.index, 1500))


def level(key: str, groups: str, **names: str) -> Level:
    return Level(key, key, tuple(groups), names, "exact", "")


# ---------------------------------------------------------------- pieces


def test_pieces_largest_first_with_their_people() -> None:
    pieces = found(ISLANDS)
    assert [p.units for p in pieces] == [(code(1), code(2)), (code(4), code(5)), (code(3),)]
    assert [p.residents for p in pieces] == [3000, 3000, 1500]
    joined = found(ISLANDS, (Link(code(3), code(2), "bridge"), Link(code(1), code(4), "ferry")))
    assert [(p.name, len(p.units)) for p in joined] == [("the whole area", 5)]


def test_pieces_are_called_what_people_call_them() -> None:
    codes = [code(n) for n in range(1, 6)]
    edges = adjacency(ISLANDS)
    people = dict.fromkeys(codes, 1500)
    districts = level("district", "AAABB", A="Mainshire", B="Isles of Sand")
    wards = level("ward", "UVWXX", U="Up", V="Down", W="Hythe", X="Sands")
    names = [
        p.name for p in links.pieces(codes, edges, residents=people, levels={"district": districts, "ward": wards})
    ]
    #  4 and 5 are the whole of district B; 3 is a part of A and the whole of ward W
    assert names == ["the main part (Mainshire)", "Isles of Sand", "Hythe"]
    msoas = level("msoa", "MMMNN", M="Old Town", N="Sands")
    names = [p.name for p in links.pieces(codes, edges, residents=people, levels={"msoa": msoas})]
    assert names == ["part of Old Town", "Sands", "part of Old Town"]
    names = [p.name for p in links.pieces(codes, edges, residents=people, unit_names={code(3): "Spit 001A"})]
    assert names == ["the main part, 2 units", f"the piece of {code(4)}", "the piece of Spit 001A"]


def test_an_edge_to_a_strange_code_is_an_error() -> None:
    edges = pd.DataFrame({"from_code": [code(1)], "to_code": ["E01999999"]})
    with pytest.raises(DataError, match="E01999999"):
        links.components([code(1)], edges)


# ---------------------------------------------------------------- proposals


def test_the_nearest_links_are_proposed_and_join_everything() -> None:
    proposed = links.propose_links(ISLANDS, found(ISLANDS), labels={code(2): "Quay, part (Grid 2)"})
    assert [(k.from_code, k.to_code, k.kind, k.distance_m) for k in proposed] == [
        (code(1), code(4), "ferry", 2000.0),
        (code(2), code(3), "bridge", 300.0),
    ]
    assert "300 m" in proposed[1].reason and "Quay, part (Grid 2)" in proposed[1].reason
    assert "2.0 km" in proposed[0].reason and "Confirm it" in proposed[0].reason
    assert [len(p.units) for p in found(ISLANDS, proposed)] == [5]


def test_nothing_is_proposed_beyond_a_hundred_kilometres() -> None:
    near, far = ((0, 0, 1000, 1000), (90_000, 0, 91_000, 1000)), ((0, 0, 1000, 1000), (102_000, 0, 103_000, 1000))
    assert [len(links.propose_links(units(*both), found(units(*both)))) for both in (near, far)] == [1, 0]


def test_an_island_beyond_an_island_is_joined_to_the_island() -> None:
    frame = units((0, 0, 1000, 1000), (1000, 0, 2000, 1000), (2400, 0, 3000, 1000), (3200, 0, 4000, 1000))
    proposed = links.propose_links(frame, found(frame))
    assert [(k.from_code, k.to_code, k.distance_m) for k in proposed] == [
        (code(2), code(3), 400.0),
        (code(3), code(4), 200.0),
    ]


def test_equal_distances_go_to_the_lower_codes() -> None:
    frame = units((0, 0, 1000, 1000), (0, 1000, 1000, 2000), (1200, 0, 2000, 2000))
    (proposed,) = links.propose_links(frame, found(frame))
    assert (proposed.from_code, proposed.to_code) == (code(1), code(3))
    assert links.propose_links(frame.iloc[:2], found(frame.iloc[:2])) == ()


# ---------------------------------------------------------------- links.csv


def read(folder: Path, text: str, **kwargs: list[str]) -> tuple[tuple[Link, ...], object]:
    (folder / "links.csv").write_text(text, encoding="utf-8")
    (file,) = sources.scan(folder)
    assert file.kind == "links"
    return links.read_links(file, [code(n) for n in range(1, 6)], **kwargs)


def test_links_are_read_and_written_back(tmp_path: Path) -> None:
    text = f'from_code,to_code,kind,note\n{code(3)}, {code(2).lower()} ,Bridge,"Mill Bridge, toll"\n'
    text += f"{code(4)},{code(1)},ferry,\n"
    got, receipt = read(tmp_path, text)
    assert got == (Link(code(1), code(4), "ferry", ""), Link(code(2), code(3), "bridge", "Mill Bridge, toll"))
    assert receipt.notes == ("1 code with blanks or lower-case letters tidied",)  # type: ignore[attr-defined]
    again, _ = read(tmp_path, links.links_csv(got))
    assert again == got
    links.write_links(tmp_path / "links.csv", got)
    assert (tmp_path / "links.csv").read_bytes() == links.links_csv(got).encode()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{code(1)},E01999999,ferry", "E01999999"),
        (f"{code(1)},{code(4)},teleport", "“teleport” is no kind of link"),
        (f"{code(1)},{code(1)},ferry", "linked to itself"),
        (f"{code(1)},Exampleton,ferry", "“EXAMPLETON”"),
    ],
)
def test_a_link_that_cannot_be_is_refused_by_name(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, f"from_code,to_code,kind\n{row}\n")


def test_links_elsewhere_in_the_country_are_counted(tmp_path: Path) -> None:
    text = f"from_code,to_code,kind\n{code(1)},{code(4)},ferry\n{code(4)},{code(1)},ferry\nE01777777,{code(1)},ferry\n"
    got, receipt = read(tmp_path, text, known=["E01777777"])
    assert [(k.from_code, k.to_code) for k in got] == [(code(1), code(4))]
    dropped = [(d.reason, d.rows) for d in receipt.dropped]  # type: ignore[attr-defined]
    assert dropped == [("outside the study area", 1), ("the same pair again", 1)]


def test_a_link_beside_a_border_changes_nothing() -> None:
    edges = adjacency(ISLANDS)
    joined = links.with_links(edges, (Link(code(2), code(1), "bridge"), Link(code(4), code(1), "ferry", "daily")))
    assert list(joined["kind"]) == ["border", "ferry", "border"]
    assert list(joined["length_m"]) == [1000.0, 0.0, 1000.0]
    assert edges.equals(adjacency(ISLANDS))


# ---------------------------------------------------------------- judgement


@pytest.mark.places
def test_scilly_is_named_and_its_link_only_proposed(cornwall: Path) -> None:
    files = [f for f in sources.scan(cornwall) if f.kind == "lsoa_boundaries"]
    frame = geometry.read_boundaries(files).frame
    edges = adjacency(frame)
    districts = ["E06000053" if n.startswith("Isles of Scilly") else "E06000052" for n in frame["name"]]
    names = {"E06000052": "Cornwall", "E06000053": "Isles of Scilly"}
    told = {"district": Level("district", "District", tuple(districts), names, "", "")}
    pieces = links.pieces(list(frame.index), edges, residents=dict.fromkeys(frame.index, 1700), levels=told)
    assert [(p.name, len(p.units)) for p in pieces] == [("the main part (Cornwall)", 336), ("Isles of Scilly", 1)]
    (proposed,) = links.propose_links(frame, pieces, labels=frame["name"].to_dict())
    assert proposed.kind == "ferry" and proposed.distance_m == pytest.approx(40_000, abs=500)
    assert "Isles of Scilly has no border or link" in proposed.reason
    assert "by straight line" in proposed.reason and "land at another place" in proposed.reason
