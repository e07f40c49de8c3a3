"""The board paper: numbers by hand on drawn grids, what is left out and why, hostile names, and three files alike."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import docx
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from docx.oxml.ns import qn

from boundaries import load_area
from boundaries.area import Area, Level
from boundaries.errors import DataError, FootprintError
from boundaries.ethnic import ethnic_groups
from boundaries.receipts import Check, Receipt
from footprints import edit
from footprints.baselines import baseline
from footprints.changes import recorded
from footprints.cli import cli
from footprints.errors import PlanError
from footprints.exchange import write_plan
from footprints.jobs.studies import as_json
from footprints.metrics.journeys import quantile
from footprints.plan import Plan
from footprints.report import Asked, paper, report, report_files, say, typesetting
from footprints.report.asked import lay
from footprints.report.border import everyone
from footprints.report.details import Details, Engaged, details_of, document_of
from footprints.report.measures import best
from footprints.report.page import page_bytes
from footprints.report.parts import Break, Bullets, Callout, Document, Facts, Figures, Heading, Table, Text
from footprints.report.pdf import pdf_bytes
from footprints.report.principles import Principle, principles_of
from footprints.report.principles import document_of as principles_document
from footprints.report.superseded import month_of, superseded
from footprints.report.typesetting import lacks, plain
from footprints.report.word import word_bytes
from footprints.spoken import spoken
from footprints.studies import paper as study
from footprints.ui.paper import engaged_of
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.hostile.names import hostile_area, hostile_plan
from tests.pictures import page_pictures
from tests.plans import drawn, with_practices

CRITERIA = Criteria(target=90_000, minimum=50_000, maximum=100_000, comfortable=(60_000, 95_000), within=())
HALVES, SHIFTED, TODAY = ["aaabbb"] * 3, ["aaaabb"] * 3, ["aabbbb"] * 3
DAY = "2026-11-27"


@pytest.fixture(scope="module")
def area() -> Area:
    """Two districts of nine cells, 10,000 people in each; two practices; the west is poor, the east is not."""
    made = with_practices(
        grid_area(["AAABBB"] * 3, msoa=["CCCDDD"] * 3, upper={"A": "A", "B": "B"}),
        {"X99001": ("E01900001", "U90001", 1_000.0), "X99002": ("E01900006", "U90001", 1_003.0)},
        [
            ("X99001", "E01900001", 900.0), ("X99001", "E01900006", 100.0), ("X99002", "E01900006", 600.0),
            ("X99002", "E01900001", 400.0),
        ],
    )  # fmt: skip
    units = made.units.copy()
    west = units["x"] < 603_000
    units["imd_score"], units["imd_rank"], units["imd_decile"] = (
        np.where(west, 40.0, 10.0),
        1.0,
        np.where(west, 1.0, 9.0),
    )
    units["rural_urban"] = np.where(west, "Urban: Nearer", "Smaller rural: Further")
    kinds = tuple("UN1" if w else "RSF1" for w in west)
    levels = {
        **made.levels,
        "rural_urban": Level("rural_urban", "Rural-urban class", kinds, {}, "exact", "drawn"),
        "beat": Level("beat", "Police beats", ("P1",) * 4 + ("P2",) * 14, {"P1": "One", "P2": "Two"}, "exact", "drawn"),
    }
    ages = pd.DataFrame({"Aged 0 to 15 years": 2_000, "Aged 16 to 64 years": 6_000, "Aged 65 years and over": 2_000},
                        index=units.index)  # fmt: skip
    elsewhere = pd.DataFrame({"practice": ["X99002"], "category": ["wales"], "patients": [3.0]})
    return dataclasses.replace(
        made, units=units, levels=levels, ages=ages, ages_basis="drawn by hand", registrations_elsewhere=elsewhere
    )


@pytest.fixture(scope="module")
def options(area: Area) -> tuple[Plan, Plan]:
    return drawn(area, HALVES, CRITERIA, name="Halves"), drawn(area, SHIFTED, CRITERIA, name="Shifted")


@pytest.fixture(scope="module")
def whole(area: Area, options: tuple[Plan, Plan]) -> Document:
    """A paper with nearly everything in it."""
    ethnic = pd.DataFrame({"Asian": 1_000, "White": 9_000}, index=list(area.codes))
    principles = (
        Principle("Teams of a fair size.", "in_range", each=True),
        Principle("People find their GP at home.", "resident_side_containment", at_least=0.8, partly=0.7),
        Principle("No council line is crossed.", "crossing_districts", at_most=0),
        Principle("People know the names."),
    )
    engaged = (Engaged("Healthwatch", "2026-10-01", "a meeting", "Too large.", "One less."),)
    details = Details(
        board="The board", day=DAY, version="2", mark="128-3f2a9c41d07b", decision="Agree it.", recommended="Halves",
        engaged=engaged,
    )  # fmt: skip
    today = drawn(area, TODAY, CRITERIA, name="Today")
    return paper(Asked(options, today=today, principles=principles, details=details, ethnic=ethnic), area)


def tables(document: Document) -> list[Table]:
    return [block for block in document.blocks if isinstance(block, Table)]


def table(document: Document, title: str) -> Table:
    (found,) = [own for own in tables(document) if own.title.startswith(title)]
    return found


def cells(own: Table, label: str) -> list[str]:
    (row,) = [r for r in own.rows if not r.band and r.cells[0].text.startswith(label)]
    return [" | ".join(filter(None, (cell.text, cell.note))) for cell in row.cells[1:]]


def everything(document: Document) -> str:
    """Every word of a paper."""
    said = [document.title, document.subtitle, document.stamp]
    for block in document.blocks:
        match block:
            case Heading() | Text():
                said.append(block.text)
            case Bullets():
                said += block.items
            case Callout():
                said += [block.title, *block.lines]
            case Facts():
                said += [f"{name}: {words}" for name, words in block.rows]
            case Table():
                said += [block.title, *block.notes, *(c.label for c in block.columns)]
                said += [part for r in block.rows for c in r.cells for part in (c.text, c.note)]
            case Figures():
                said += [part for own in block.items for part in (own.caption, own.alt, own.svg)]
            case Break():
                pass
    return "\n".join(said)


# ---------------------------------------------------------------- numbers


def test_single_areas_are_told_in_tenths_and_never_of_a_few() -> None:
    assert [say.tenths(part, 1_240) for part in (0, 61, 62, 700, 1_240)] == [
        "about 0%", "about 0%", "about 10%", "about 60%", "about 100%",
    ]  # fmt: skip
    assert say.tenths(999, 999) == "–"
    assert say.signed(-0.04) == "0.0" and say.signed(-0.4) == "−0.4" and say.day("2026-11-02") == "2 November 2026"


def test_table_one_is_what_can_be_counted_by_hand(whole: Document) -> None:
    one = table(whole, "Table 1")
    assert [c.label for c in one.columns] == ["", "Today", "Halves", "Shifted"]
    assert cells(one, "1. Teams") == ["Partly met | 1 of 2", "Met | 2 of 2", "Partly met | 1 of 2"]
    assert cells(one, "2. People find") == ["Partly met | 75.0%"] * 3
    assert cells(one, "3. No council") == ["Not met | 1 neighbourhood", "Met | 0 neighbourhoods",
                                           "Not met | 1 neighbourhood"]  # fmt: skip
    assert cells(one, "4. People know") == ["For the board to judge"] * 3
    assert cells(one, "Residents: smallest") == ["60,000 · 90,000 · 120,000", "90,000 · 90,000 · 90,000",
                                                 "60,000 · 90,000 · 120,000"]  # fmt: skip
    assert cells(one, "Neighbourhoods in the range") == ["1 of 2", "✓ 2 of 2", "1 of 2"]
    assert cells(one, "Residents whose neighbourhood") == ["–", "✓ 30,000", "60,000"]
    assert cells(one, "Practices with a fifth") == ["1", "1", "1"]
    assert cells(one, "Straight line to the centre of the neighbourhood, mean (km)")[1] == "✓ 1.1"
    bands = [r.cells[0].text for r in one.rows if r.band]
    assert bands[:2] == ["The partnership’s principles", "Size"]
    assert "No overall score" in one.notes[0]
    left = "\n".join(one.notes)
    assert "Left out: Wards split" in left and "a lookup or layer of wards" in left


def test_a_wrong_order_of_the_first_principle_would_be_seen(area: Area, options: tuple[Plan, Plan]) -> None:
    wide = dataclasses.replace(CRITERIA, maximum=200_000)
    plan = dataclasses.replace(options[1], criteria=wide)
    made = paper(Asked((plan,), principles=(Principle("Fair.", "in_range", each=True),)), area)
    assert cells(table(made, "Table 1"), "1. Fair") == ["Met | 2 of 2"]


def test_residents_add_up_to_the_person_everywhere(whole: Document, area: Area) -> None:
    total = f"{int(area.units['residents'].sum()):,}"
    for letter in "ab":
        own = table(whole, f"Table 2{letter}")
        at = [c.label for c in own.columns].index("Residents")
        body = [int(r.cells[at].text.replace(",", "")) for r in own.rows if not r.total]
        (last,) = [r for r in own.rows if r.total]
        assert f"{sum(body):,}" == last.cells[at].text == total
    assert {
        tuple(cells(table(whole, "Residents, to the person"), name)) for name in ("Today", "Halves", "Shifted")
    } == {(total, "0", total)}
    eight = table(whole, "Table 8")
    people = [int(r.cells[1].text.replace(",", "")) for r in eight.rows if not r.band]
    assert people == [180_000, 90_000, 90_000, 36_000, 36_000, 18_000, 162_000, 90_000, 90_000]


def test_patients_are_told_line_by_line_and_a_few_are_withheld(whole: Document) -> None:
    own = table(whole, "Registered patients")
    assert cells(own, "Live here, practice sited here") == ["2", "2,000"]
    assert not [r for r in own.rows if "Wales" in r.cells[0].text]  # three people
    assert cells(own, "Left out as few") == ["", "5"]
    assert cells(own, "On the lists of these practices") == ["", "2,005"]
    said = "\n".join(own.notes)
    assert "2,000 patients who live here are told; how many are not is left out" in said and "0 may stand" in said
    assert cells(table(whole, "Table 7"), "Live outside the place, practice sited here") == ["0", "0", "–"]


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        (12, "12 are in counts that are left out as few, or lost to rounding."),
        (1, "1 is in a count that is left out as few, or lost to rounding."),
        (0, "patients live here, and as many are told."),
        (-35, "are told, 35 more: rounding up added more than was left out as few."),
        (None, "how many are not is left out"),
    ],
)
def test_what_is_not_told_of_patients_is_said_whichever_way_it_goes(
    area: Area, options: tuple[Plan, Plan], apart: int | None, said: str
) -> None:
    laid = lay(Asked(options), area)
    shown = dataclasses.replace(laid.shown, difference=apart, withheld=2)
    made = everyone(dataclasses.replace(laid, shown=shown))
    notes = next(b for b in made if isinstance(b, Table) and b.title.startswith("Registered")).notes
    assert any(said in note for note in notes) and "−" not in " ".join(notes)
    assert any(note.startswith("2 counts of 8 or more are left out, too") for note in notes)


def test_the_profile_has_needs_and_patients(whole: Document) -> None:
    own = table(whole, "Table 2a")
    row = dict(zip([c.label for c in own.columns], [c.text for c in own.rows[0].cells], strict=True))
    assert row["Residents"] == "90,000" and row["Registered here"] == "1,300" and row["Ratio"] == "0.01"
    assert row["Lists agreed here"] == "1,000" and row["0–15"] == "20%" and row["65+"] == "20%"
    assert row["IMD score"] == "40.0" and row["Core20"] == "100%" and row["GP sites"] == "1" and row["PCNs"] == "1"
    assert "85 and over" in "\n".join(own.notes)


def test_partners_practices_and_equality(whole: Document) -> None:
    three = table(whole, "Table 3")
    assert cells(three, "District")[1] == "2 of 2 whole | 2 pieces; 0 residents in smaller parts"
    assert cells(three, "Police beats")[1] == "0 of 2 whole | 4 pieces; 70,000 residents in smaller parts"
    assert cells(three, "Primary care") == ["0 of 1 whole | 2 pieces; 700 patients outside the main one"] * 3
    four = table(whole, "Table 4. Practices affected: Halves")
    assert [r.cells[0].text for r in four.rows] == ["Surgery X99002"]
    assert four.rows[0].cells[2].text.endswith(", 60%") and four.rows[0].cells[3].text.endswith(", 40%")
    eight = table(whole, "Table 8")
    # Today to Halves: the third column changes, all of it in the poor west; today to Shifted: the fourth, too.
    assert cells(eight, "Fifth 1")[1:3] == ["33.3%", "33.3%"]
    assert cells(eight, "Fifth 5")[1:3] == ["0.0%", "33.3%"]
    assert cells(eight, "Asian")[:3] == ["18,000", "16.7%", "33.3%"]
    assert cells(eight, "Urban")[0] == "90,000"


def test_the_first_page_asks_for_the_decision_first(whole: Document) -> None:
    assert isinstance(whole.blocks[0], Callout)
    assert whole.blocks[0].lines == ("Agree it.", "Recommended: Halves.")
    said = everything(whole)
    assert "The board · 27 November 2026 · Version 2, draft" in said
    assert "it meets 2 of 3 principles that can be measured, and 1 in part" in said
    engaged = table(whole, "Engagement")
    assert [c.text for c in engaged.rows[0].cells] == [
        "Healthwatch",
        "1 October 2026, a meeting",
        "Too large.",
        "One less.",
    ]
    order = [block.text for block in whole.blocks if isinstance(block, Heading)]
    assert order.index("The partnership’s principles") < order.index("Maps") < order.index("How the options compare")


def test_every_map_and_the_foot_name_the_plans(whole: Document, options: tuple[Plan, Plan]) -> None:
    (figures,) = [block for block in whole.blocks if isinstance(block, Figures)]
    assert len(figures.items) == 3 and len({(own.width_mm, own.height_mm) for own in figures.items}) == 1
    for plan, own in zip(options, figures.items[1:], strict=True):
        assert f"plan {plan.id}" in own.svg and "version 2, draft" in own.svg and plan.id in whole.stamp
        assert "Drawn for a test" in own.svg and ">N</text>" in own.svg and "km</text>" in own.svg
        assert all(n.name in own.alt for n in plan.neighbourhoods)
    assert "url(#hatch)" in figures.items[2].svg.split("</defs>")[1]  # 120,000 people are out of range
    assert "url(#hatch)" not in figures.items[1].svg.split("</defs>")[1]


# ---------------------------------------------------------------- what is left out


def test_a_bare_area_says_which_file_would_fill_each_gap() -> None:
    area = grid_area(["AAABBB"] * 3)
    made = paper(Asked((drawn(area, HALVES, CRITERIA),)), area)
    said = everything(made)
    for file in ("gp-reg-pat-prac-lsoa-all.csv", "epraccur.csv", "File 7", "TS021", "RUC_2021", "footprints baseline",
                 "a lookup or layer of wards", "sapelsoasyoa"):  # fmt: skip
        assert file in said or file == "sapelsoasyoa", file
    for words in ("decision asked of the board is not recorded", "A recommended option is not recorded",
                  "Who was engaged, and what changed because of it, is not recorded", "Date not recorded",
                  "No principles of the partnership are recorded", "Table 5, contested edges, is left out",
                  "what changed since the last version of Proposal, is left out"):  # fmt: skip
        assert words in said, words
    labels = [r.cells[0].text for r in table(made, "Table 1").rows]
    assert not any("Patients" in label or "PCNs" in label for label in labels)
    assert set(report_files(made)) == {"board-paper.pdf", "board-paper.docx", "board-paper.html"}


def test_a_half_drawn_plan_is_told_as_it_is(area: Area) -> None:
    plan = drawn(area, ["aaa---"] * 3, CRITERIA, name="Half")
    made = paper(Asked((plan, drawn(area, ["------"] * 3, CRITERIA, name="Nothing"))), area)
    assert cells(table(made, "Table 1"), "Residents in no neighbourhood") == ["✓ 90,000", "180,000"]
    assert "Nothing has no neighbourhoods yet." in everything(made)
    assert cells(table(made, "Residents, to the person"), "Half") == ["90,000", "90,000", "180,000"]
    assert pdf_bytes(made)


def test_contested_edges_need_three_other_plans(area: Area, options: tuple[Plan, Plan]) -> None:
    others = (drawn(area, TODAY, CRITERIA), drawn(area, ["aaaabb", "aaabbb", "aaabbb"], CRITERIA))
    made = paper(Asked(options, others=others, details=Details(recommended="Halves")), area)
    five = table(made, "Table 5")
    # The top of the fourth column goes with the west in two plans of three; the third column in one alone.
    rows = {r.cells[0].text: [c.text for c in r.cells] for r in five.rows}
    assert sum(int(r[1].replace(",", "")) for r in rows.values()) == 60_000
    assert any(("90,000" not in r[4] and "both" in r[4]) or "out of range" in r[4] for r in rows.values())


def test_contested_edges_of_a_range_on_patients_tell_no_sizes(area: Area) -> None:
    counted = dataclasses.replace(CRITERIA, count="registered")
    drawings = (HALVES, TODAY, ["aaaabb", "aaabbb", "aaabbb"], ["aaaabb", "aaaabb", "aaabbb"])
    own, *others = (drawn(area, rows, counted, name=f"P{n}") for n, rows in enumerate(drawings))
    five = table(paper(Asked((own,), others=tuple(others)), area), "Table 5")
    told = [r.cells[4].text for r in five.rows]
    assert told and all(words.startswith(("Both in one piece", "In pieces")) for words in told)
    assert not any("range" in words for words in told)
    assert any("are not told" in note for note in five.notes)
    assert any(note.endswith("Judged by the other options of this paper and 3 further plans.") for note in five.notes)


def test_what_changed_since_the_last_version_and_why(area: Area, options: tuple[Plan, Plan]) -> None:
    old, new = options
    moved = edit.move(old, area, ["E01900004"], old.codes[0])
    moved = recorded(old, moved, "A. Planner", "2026-11-20T10:00:00Z", why="The school asked")
    by_hand = table(paper(Asked((moved,)), area), "Table 6")
    assert [c.text for c in by_hand.rows[0].cells[2:]] == ["1", "10,000", "The school asked"]
    assert by_hand.rows[0].cells[4].note == "A. Planner, 2026-11-20"
    against = table(paper(Asked((new,), previous=old), area), "Table 6")
    assert f"plan {old.id}" in against.title
    assert [c.text for c in against.rows[-1].cells[2:4]] == ["3", "30,000"]
    same = paper(Asked((dataclasses.replace(old, name="Again"),), previous=old), area)
    assert "nothing; every resident stays" in everything(same)


def test_inputs_that_are_superseded_stand_on_the_first_page(area: Area, options: tuple[Plan, Plan]) -> None:
    old = Level("icb", "ICB", ("E54000099",) * 18, {"E54000099": "NHS Example ICB"}, "exact", "x.csv", "ICB24CD")
    used = Receipt("a.csv", "registrations", "NHS England", "Patients by LSOA", "July 2022", "LSOA 2011", 1, 1, "0")
    made = dataclasses.replace(area, levels={**area.levels, "icb": old}, receipts=(used,))
    lines = superseded(made)
    assert [words in lines[i] for i, words in enumerate(("ICBs are those of 2024", "LSOAs of 2011", "April 2024"))]
    assert all((lines[0].count("42 to 36"), "July 2022" in lines[2], "1 April 2028" in lines[3]))
    document = paper(Asked(options), made)
    assert isinstance(document.blocks[1], Callout) and document.blocks[1].lines == lines
    new = dataclasses.replace(old, column="ICB26CD")
    newest = dataclasses.replace(used, edition="October 2025", vintage="LSOA 2021")
    kept = superseded(dataclasses.replace(made, levels={"icb": new}, receipts=(newest,)))
    assert kept == ()
    assert month_of("2022-07-01") == month_of("July 2022") == (2022, 7) and month_of("not stated") is None


# ---------------------------------------------------------------- what is refused


def test_plans_that_cannot_stand_in_one_paper(area: Area, options: tuple[Plan, Plan]) -> None:
    elsewhere = grid_area(["AAAA"])
    for asked, words in (
        (Asked(()), "one to 4 plans"),
        (Asked((*options, *(drawn(area, HALVES, CRITERIA, name=n) for n in "xyz"))), "there are 5"),
        (Asked((options[0], options[0])), "stands twice"),
        (Asked((drawn(elsewhere, ["aabb"]),)), "was made for Gridshire"),
        (Asked(options, details=Details(recommended="Option Z")), "Halves, Shifted"),
        (Asked(options, principles=(Principle("x", "wards_splitt", at_most=1),)), "wards_split"),
    ):
        with pytest.raises(PlanError) as caught:
            paper(asked, area)
        assert words in str(caught.value)
    with pytest.raises(PlanError, match="no format odt"):
        report(Asked(options), area, ("odt",))


def test_principles_come_as_json_and_as_csv() -> None:
    text = "words,measure,at_least,at_most,partly,each\nFair size.,in_range,,,,yes\n"
    text += "GP at home.,resident_side_containment,70%,,0.6,\n"
    found = principles_of(text.encode("utf-8-sig"), "ours.csv")
    assert found == (
        Principle("Fair size.", "in_range", each=True),
        Principle("GP at home.", "resident_side_containment", at_least=0.7, partly=0.6),
    )
    assert principles_of(json.dumps(principles_document(found)).encode(), "p.json") == found
    assert found[1].passes(0.7) and found[1].nearly(0.65) and not found[1].nearly(0.59)
    one = b'{"schema": "footprints-principles/1", "principles": [{"words": "x", %s}]}'
    for data, name, words in (
        (b"a,b\n1,2\n", "ours.csv", "no column “words”"),
        (b'{"schema": "footprints-principles/9"}', "p.json", "newer version"),
        (one % b'"mesure": ""', "p.json", "mesure"),
        (one % b'"at_most": 1', "p.json", "no measure"),
        (one % b'"measure": "y"', "p.json", "no threshold"),
        (b"words,measure,at_most\nx,y,many\n", "ours.csv", "no number"),
    ):  # fmt: skip
        with pytest.raises(PlanError) as caught:
            principles_of(data, name)
        assert words in str(caught.value)


def test_the_mark_of_the_store_stands_beside_the_content_hashes(whole: Document) -> None:
    notes = table(whole, "Plans in this paper").notes
    assert "128-3f2a9c41d07b" in notes[-1] and "footprints verify" in notes[-1]


def test_details_go_and_come_back_and_mistakes_are_named() -> None:
    known = Details(board="B", day=DAY, status="agreed", engaged=(Engaged("Healthwatch", changed="A name"),))
    assert details_of(document_of(known)) == known
    for document, words in (
        ({"schema": "footprints-paper/1", "bord": "x"}, "bord"),
        ({"schema": "footprints-paper/1", "day": "27/11/2026"}, "2026-11-27"),
        ({"schema": "footprints-paper/1", "status": "nearly"}, "withdrawn"),
        ({"schema": "footprints-paper/1", "board": 3}, "must be text"),
        ({"schema": "footprints-paper/1", "engaged": [{"how": "x"}]}, "has no name"),
        ({"schema": "x"}, "footprints-paper/1"),
    ):
        with pytest.raises(PlanError) as caught:
            details_of(document)
        assert words in str(caught.value)


# ---------------------------------------------------------------- the three files


def test_the_typeface_sets_all_that_plain_lets_through() -> None:
    known = "".join(c for c in map(chr, range(0x20, 0x3000)) if plain(c) == c)
    assert len(known) > 500
    data = {"title": known, "subtitle": known, "stamp": known, "subject": "", "day": "", "blocks": []}
    bold = {"kind": "callout", "title": known, "lines": [known], "tone": "warning"}
    assert typesetting.pdf("paper.typ", {**data, "blocks": [bold]}).startswith(b"%PDF-")
    assert plain("Ely\u202e\x07 東京\tA\u0301") == "Ely ☐☐ Á" and lacks("東京") and not lacks("Llŷn")


def test_a_warning_of_typst_is_an_error(whole: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "FAMILY", "No Such Face")
    with pytest.raises(FootprintError, match=r"(?i)no such face"):
        pdf_bytes(whole)


def test_the_pdf_is_tagged_and_bears_the_date_it_was_given(whole: Document) -> None:
    made = pdf_bytes(whole)
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"pdfuaid", b"/Lang", b"2026-11-27T00:00:00"):
        assert mark in made, mark


def test_word_has_headings_table_headers_and_words_for_pictures(whole: Document) -> None:
    made = docx.Document(io.BytesIO(word_bytes(whole)))
    headings = [p.text for p in made.paragraphs if p.style.name == "Heading 1"]
    assert headings == [block.text for block in whole.blocks if isinstance(block, Heading) and block.level == 1]
    assert len(made.tables) == len(tables(whole))
    for own, expected in zip(made.tables, tables(whole), strict=True):
        assert own.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert [c.text for c in own.rows[0].cells] == [c.label for c in expected.columns]
        assert len(own.rows) == len(expected.rows) + 1
    (figures,) = [block for block in whole.blocks if isinstance(block, Figures)]
    assert [shape._inline.docPr.get("descr") for shape in made.inline_shapes] == [own.alt for own in figures.items]
    bordered = [p._p.pPr for p in made.paragraphs if p._p.pPr is not None and p._p.pPr.find(qn("w:pBdr")) is not None]
    assert len(bordered) == sum(1 + len(own.lines) for own in whole.blocks if isinstance(own, Callout))
    for own in bordered:
        order = [child.tag.split("}")[1] for child in own]
        assert order == sorted(order, key=["keepNext", "pBdr", "shd", "spacing"].index)
    assert made.core_properties.title == whole.title and made.core_properties.created.isoformat()[:10] == DAY
    picture = made.part.related_parts[made.inline_shapes[0]._inline.graphic.graphicData.pic.blipFill.blip.embed]
    assert picture.image.px_width / (figures.items[0].width_mm / 25.4) == pytest.approx(300, abs=2)


def test_the_same_paper_is_the_same_bytes_whatever_the_hash_seed() -> None:
    script = """
import hashlib
from footprints.report import Asked, report
from footprints.report.details import Details
from tests.grids import grid_area
from tests.plans import drawn
area = grid_area(["AAABBB"] * 3, msoa=["CCCDDD"] * 3)
plans = (drawn(area, ["aaabbb"] * 3, name="A"), drawn(area, ["aaaabb"] * 3, name="B"))
made = report(Asked(plans, details=Details(day="2026-11-27")), area)
print([hashlib.sha256(made[name]).hexdigest() for name in sorted(made)])
"""
    told = []
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        done = subprocess.run(
            [sys.executable, "-c", script], env=env, capture_output=True, encoding="utf-8", check=True
        )
        told.append(done.stdout)
    assert told[0] == told[1] and len(told[0]) > 3 * 64


class _Seen(HTMLParser):
    """What is markup in a page: its tags and its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.fixture(scope="module")
def hostile() -> Document:
    area = hostile_area()
    plan = hostile_plan(area)
    typst = dataclasses.replace(plan, name='#panic("x") $1/0$ *b* `c` @d <e> \\ #import "f"')
    details = Details(title="#let x = 1; <script>", decision="$#eval(\"1\")", recommended=typst.id,
                      engaged=(Engaged('"><img src=x onerror=1>', "{{ 7*7 }}"),))  # fmt: skip
    return paper(Asked((plan, typst), details=details, principles=(Principle("<b>=cmd|' /C calc'!A0</b>"),)), area)


def test_hostile_names_are_text_in_all_three(hostile: Document) -> None:
    assert pdf_bytes(hostile).startswith(b"%PDF-")
    seen = _Seen()
    html = page_bytes(hostile).decode()
    seen.feed(html)
    assert not {"script", "img", "iframe", "object", "a", "base", "foreignobject"} & set(seen.tags)
    assert not [key for key, _ in seen.attributes if key.startswith("on")]
    assert not [v for k, v in seen.attributes if k in ("href", "src", "xlink:href") and v != "data:,"]
    made = docx.Document(io.BytesIO(word_bytes(hostile)))
    first = next(p.text for p in made.paragraphs if p.style.name == "Title")
    assert first == "#let x = 1; <script>"
    assert '"><img src=x onerror=1>' in [c.text for own in made.tables for r in own.rows for c in r.cells]


@pytest.mark.browser
def test_the_web_page_asks_for_nothing_and_passes_axe(hostile: Document, watch, tmp_path: Path) -> None:
    from tests.test_accessible import faults

    file = tmp_path / "board-paper.html"
    file.write_bytes(page_bytes(hostile))
    seen = watch(file.as_uri())
    seen.page.goto(file.as_uri())
    assert seen.page.evaluate("() => window.HACKED") is None
    assert seen.page.locator("table").count() == len(tables(hostile))
    # The page allows no script, so axe is given to it by the browser.
    axe = pytest.importorskip("axe_playwright_python")
    free = seen.page.context.browser.new_context(bypass_csp=True)
    page = free.new_page()
    page.goto(file.as_uri())
    assert axe and faults(page) == []
    free.close()
    assert seen.elsewhere == [] and seen.complaints == []


# ---------------------------------------------------------------- a real size


@pytest.fixture(scope="module")
def county() -> Area:
    return load_area("demo")


def test_two_options_of_a_county_are_six_pages_before_the_annexes(county: Area) -> None:
    plans = (baseline(county, "pcn"), baseline(county, "pcn-msoa"))
    assert min(len(plan.codes) for plan in plans) >= 18
    principles = tuple(Principle(f"Principle {n} of the partnership, in its words.", "msoas_split", at_most=n)
                       for n in range(5))  # fmt: skip
    engaged = tuple(Engaged(f"Group {n}", DAY, "a meeting", "Words. " * 9, "A line.") for n in range(3))
    asked = "The board is asked to agree. " * 6
    details = Details(day=DAY, decision=asked, recommended=plans[0].name, engaged=engaged)
    made = paper(Asked(plans, details=details, principles=principles), county)
    end = max(i for i, block in enumerate(made.blocks) if isinstance(block, Break))
    main = dataclasses.replace(made, blocks=made.blocks[:end])
    assert len(page_pictures(main, dpi=20)) <= 6
    assert "ethnic group: the Census 2021 table TS021" in everything(made)
    assert isinstance(made.blocks[1], Callout) and made.blocks[1].title == "Invented data"
    assert not any("1 April" in line for block in made.blocks if isinstance(block, Callout) for line in block.lines)


def test_what_the_range_counts_is_not_called_residents(area: Area) -> None:
    plan = drawn(area, HALVES, dataclasses.replace(CRITERIA, count="registered"))
    one = table(paper(Asked((plan,)), area), "Table 1")
    assert cells(one, "People that the range counts") == ["700 · 1,000 · 1,300"]
    assert not [r for r in one.rows if r.cells[0].text.startswith("Residents: smallest")]


def test_what_a_check_found_wanting_is_said_with_its_number_and_without_patients(area: Area) -> None:
    practices = area.practices.assign(x=[float("nan"), 1.0])
    few = Check("practice_postcodes", "Practices have a place on the map", "warn", "X99001 …: 3 patients here.",
                mend="Add it.")  # fmt: skip
    far = Check("registered_ratio", "Registered patients compared with residents", "warn", "2,003 registered …",
                codes=("E01900001",))  # fmt: skip
    off = Check("patients_total", "…", "warn", "1 practice differs: X99001: 1,003 by LSOA, 1,004 in total.",
                mend="Check both.", codes=("X99001",))  # fmt: skip
    odd = dataclasses.replace(area, practices=practices, checks=(few, far, off))
    said = everything(paper(Asked((drawn(odd, HALVES, CRITERIA),)), odd))
    assert "1 of 2 practices has no place on the map" in said and "Surgery X99001 (X99001)" in said
    assert "Their patients count where they live. Add it." in said
    name = area.units.at["E01900001", "name"]
    assert f"The place has 0.01 registered patients for each resident; 1 LSOA is far from that: {name}" in said
    assert "do not add up to an official list of the same extract for 1 practice: Surgery X99001" in said
    assert not any(words in said for words in ("3 patients", "2,003", "1,003", "1,004", "not wholly"))


@pytest.mark.alone
def test_a_paper_takes_ten_seconds_at_most(county: Area) -> None:
    import time

    plans = (baseline(county, "pcn"), baseline(county, "pcn-msoa"))
    began = time.process_time()
    report(Asked(plans), county)
    assert time.process_time() - began < 10


def test_the_command_writes_the_three(county: Area, tmp_path: Path) -> None:
    write_plan(baseline(county, "pcn"), county, tmp_path / "today", formats=("json",))
    write_plan(baseline(county, "pcn-ward"), county, tmp_path / "option", formats=("json",))
    (tmp_path / "ours.csv").write_text("words,measure,at_most\nWhole wards.,wards_split,0\n", encoding="utf-8")
    args = ["report", str(tmp_path / "option"), "--source", "demo", "--today", str(tmp_path / "today"), "--date", DAY]
    args += ["--principles", str(tmp_path / "ours.csv"), "--format", "html,pdf", "--out", str(tmp_path / "paper")]
    done = CliRunner().invoke(cli, args)
    assert done.exit_code == 0, done.output
    assert {p.name for p in (tmp_path / "paper").iterdir()} == {"board-paper.html", "board-paper.pdf", "manifest.json"}
    page = (tmp_path / "paper" / "board-paper.html").read_text(encoding="utf-8")
    assert "1. Whole wards." in page and "27 November 2026" in page
    assert CliRunner().invoke(cli, [*args[:-3], "odt", "--out", str(tmp_path / "x")]).exit_code == 2


# ---------------------------------------------------------------- parts


@pytest.mark.places
def test_ethnic_groups_of_a_real_place_add_up(cambridgeshire: Path) -> None:
    codes = sorted(load_area(cambridgeshire).codes)
    found = ethnic_groups(cambridgeshire, codes)
    assert found is not None and len(found) == len(codes) and len(found.columns) == 5
    table = pd.read_csv(cambridgeshire / "census2021-ts021-lsoa.csv", encoding="utf-8-sig")
    total = table.set_index("geography code").loc[codes, "Ethnic group: Total: All usual residents"].sum()
    assert int(found.to_numpy().sum()) == int(total)


def test_ethnic_groups_that_lack_an_area_are_refused(tmp_path: Path) -> None:
    head = "date,geography,geography code,Ethnic group: Total: All usual residents,Ethnic group: White,"
    head += "Ethnic group: White: Irish"
    (tmp_path / "census2021-ts021-lsoa.csv").write_text(f"{head}\n2021,A,E01000001,10,10,4\n", encoding="utf-8")
    found = ethnic_groups(tmp_path, ["E01000001"])
    assert found is not None and found.to_dict() == {"White": {"E01000001": 10}}
    with pytest.raises(DataError, match="E01000002"):
        ethnic_groups(tmp_path, ["E01000001", "E01000002"])


def test_small_parts() -> None:
    assert best([1.0, None, 3.0, 3.0], "higher") == (2, 3) and best([2.0, 2.0], "lower") == () == best([1, 2], "none")
    assert quantile(np.array([1.0, 2.0, np.nan]), np.array([9.0, 1.0, 5.0]), 0.9) == 1.0
    assert spoken("ST MARY'S SURGERY (POTTON) BMC PCN") == "St Mary's Surgery (Potton) BMC PCN"
    assert engaged_of("A | May | | said |\n\nB") == (Engaged("A", "May", "", "said", ""), Engaged("B"))
    with pytest.raises(PlanError, match="Line 2"):
        engaged_of("A\n | x")


def test_the_study_gives_the_files_and_believes_nothing_else(
    area: Area, options: tuple[Plan, Plan], tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    asked = as_json(study.asked_for(options, None, (Principle("Known names."),), Details(day=DAY), str(tmp_path)))
    told: list[str] = []
    answer = study.run(area, asked, lambda words, _: told.append(words), lambda: False)
    made = study.read(area, asked, answer)
    again = report(Asked(options, principles=(Principle("Known names."),), details=Details(day=DAY)), area)
    assert made == again and told[-1] == "Setting board-paper.html"
    for wrong in ({}, {"files": {**answer["files"], "board-paper.pdf": answer["files"]["board-paper.html"]}}):
        with pytest.raises(PlanError):
            study.read(area, asked, wrong)
    with pytest.raises(PlanError, match="stopped"):
        study.run(area, asked, lambda *_: None, lambda: True)
