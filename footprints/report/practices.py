"""Table 4: the practices and PCNs that an option touches most; all practices stand in an annex."""

from __future__ import annotations

from footprints.metrics.registry import NEEDS
from footprints.practices import Impact, realignments, straddling
from footprints.practices.impact import STRADDLES
from footprints.report import say
from footprints.report.asked import Laid
from footprints.report.measures import changed_homes, has_patients
from footprints.report.options import number_of
from footprints.report.parts import Block, Cell, Column, Row, Table, Text, row
from footprints.report.subject import Subject
from footprints.spoken import spoken
from optimise.words import count

SHOWN, PCNS = 12, 6
BRANCHES_NEED = "the list of branch surgeries (ebranchs.csv)"


def affected(laid: Laid) -> list[Block]:
    """Table 4 of the recommended option, else of each."""
    own = laid.options[0]
    if not has_patients(own) or not len(laid.area.practices):
        gaps = [NEEDS["registrations"]] if not has_patients(own) else []
        gaps += [] if len(laid.area.practices) else [NEEDS["practices"]]
        return [Text(f"Table 4, practices and PCNs affected, is left out: it needs {' and '.join(gaps)}.")]
    most = SHOWN if len(laid.chosen) == 1 else SHOWN // 2
    blocks: list[Block] = []
    for n, option in enumerate(laid.chosen):
        letter = "abcd"[n] if len(laid.chosen) > 1 else ""
        blocks += _affected(laid, option, letter, most)
    return blocks


def _affected(laid: Laid, own: Subject, letter: str, most: int) -> list[Block]:
    across = straddling(own.sited)
    changes = changed_homes(own, laid.today) if laid.today else {}
    pick = [*across, *(r for r in own.sited if r.practice in changes and r not in across)]
    beyond = [r for r in pick if not sited_in(laid, own, r)]
    pick = [r for r in pick if sited_in(laid, own, r)]
    shown = pick[:most]
    notes = [
        "Shares are of all patients of a practice, wherever they live. The rows are the practices with a fifth or more "
        "of their list in a second neighbourhood, those with most patients outside the main one first"
        + (", then those whose neighbourhood changes from today." if laid.today else ".")
    ]
    if len(pick) > len(shown):
        notes.append(f"{count(len(pick) - len(shown), 'more practice')} in Annex B.")
    if beyond:
        notes.append(f"{count(len(beyond), 'more practice')} sited outside {_body(laid)}, not shown in this copy.")
    if not laid.today:
        notes.append("Which practices change from today is left out: it needs today's arrangement as a plan.")
    notes.append(_about_branches(laid))
    rows = [_row(laid, own, one, changes) for one in shown]
    title = f"Table 4{letter}. Practices affected: {own.title}"
    columns = (
        Column("Practice", 2.4), Column("List", 0.75, "right"), Column("Main neighbourhood", 1.8),
        Column("Second", 1.8), Column("What it means", 2.2),
    )  # fmt: skip
    if rows:
        return [Table(title, columns, tuple(rows), tuple(notes), dense=True), *_pcns(own, letter)]
    return [Text(f"{title}: none{_none_because(laid, len(beyond))}"), *_pcns(own, letter)]


def _none_because(laid: Laid, beyond: int) -> str:
    """Why Table 4 has no row."""
    sited = f" sited in {_body(laid)}" if laid.body else ""
    moves = ", and none changes neighbourhood from today" if laid.today else ""
    elsewhere = (
        f" {count(beyond, 'practice is', 'practices are')} affected outside it, not shown in this copy."
        if beyond
        else ""
    )
    return f". No practice{sited} has a fifth of its list in a second neighbourhood{moves}.{elsewhere}"


def sited_in(laid: Laid, own: Subject, one: Impact) -> bool:
    """Whether a practice stands in the body that the paper is narrowed to."""
    if laid.body is None:
        return True
    codes = laid.area.codes
    unit = str(laid.area.practices.at[one.practice, "unit"])
    return unit in codes and bool(laid.body.inside(own.area)[codes.index(unit)])


def _body(laid: Laid) -> str:
    return laid.body.name if laid.body else laid.area.name


def _about_branches(laid: Laid) -> str:
    found = laid.asked.branches
    if found is None:
        return f"Branch surgeries are left out: they need {BRANCHES_NEED}."
    return (
        f"Branches: open branch surgeries by where they lie ({found.source}). No file says how many patients use one."
    )


def branch_sites(laid: Laid, own: Subject, practice: str) -> str:
    """Where the branches of a practice lie: "Branches in 2 North and 3 South (2)"; "" without any."""
    if laid.asked.branches is None:
        return ""
    table, where = laid.asked.branches.table, own.plan.where()
    codes = [where.get(unit, "") for unit in table.loc[table["parent"] == practice, "unit"].astype("str")]
    if not codes:
        return ""
    names = {code: number_of(own, code) if code else "no neighbourhood of this plan" for code in codes}
    told = [
        names[code] + (f" ({codes.count(code)})" if codes.count(code) > 1 else "")
        for code in sorted(names, key=lambda c: (c == "", -codes.count(c), own.numbers.get(c, "").zfill(4)))
    ]
    return f"{'Branch' if len(codes) == 1 else 'Branches'} in {say.listed(told)}"


def _row(laid: Laid, own: Subject, one: Impact, changes: dict[str, tuple[str, str]]) -> Row:
    parts = [one.practice, spoken(one.pcn_name), branch_sites(laid, own, one.practice)]
    return row(
        Cell(spoken(one.name) or one.practice, ", ".join(filter(None, parts))),
        say.people(one.patients),
        _home(own, one.main, one.main_share),
        _home(own, one.second, one.second_share) if one.second_share >= 0.05 else "–",
        meaning(own, one, changes),
    )


def _home(own: Subject, code: str, share: float) -> str:
    return f"{number_of(own, code)}, {say.share(share, 0)}" if code else "–"


def meaning(own: Subject, one: Impact, changes: dict[str, tuple[str, str]]) -> str:
    """What an option means for a practice, in short phrases without counts of patients."""
    told = []
    if one.practice in changes:
        before, after = changes[one.practice]
        told.append(f"today with {before or 'none'}, then {after or 'none'}")
    if one.practice in own.spread.reasons and one.agreed:
        reason = own.spread.reasons[one.practice]
        told.append(f"agreed to {number_of(own, one.agreed)}{f' ({reason})' if reason else ''}")
    elif one.main and one.site and one.site != one.main:
        told.append(f"sited in {number_of(own, one.site)}")
    if one.by_pcn and one.main and one.by_pcn != one.main:
        told.append(f"its PCN is mostly in {number_of(own, one.by_pcn)}")
    if one.patients and one.elsewhere > 0.05 * one.patients:
        told.append(f"{say.share(one.elsewhere / one.patients, 0)} live outside the area or nobody knows where")
    if not told and one.patients and one.second_share >= STRADDLES:
        told.append("works with two teams")
    said = "; ".join(told)
    return f"{said[:1].upper()}{said[1:]}." if said else "–"


def _pcns(own: Subject, letter: str) -> list[Block]:
    found = [one for one in realignments(own.spread) if one.kind == "pcn"]
    if not found:
        return [
            Text("No PCN has practices that belong to another neighbourhood than most of its patients.", small=True)
        ]
    rows = []
    for one in found[:PCNS]:
        with_pcn = [p for p in range(len(own.spread.practices)) if own.spread.pcn[p] == one.code]
        away = [p for p in with_pcn if own.spread.code(int(own.spread.agreed[p])) in one.to]
        rows.append(
            row(
                Cell(spoken(one.name), one.code),
                number_of(own, one.home),
                ", ".join(number_of(own, code) for code in one.to),
                f"{len(away)} of {len(with_pcn)}",
                say.people(one.patients),
            )
        )
    columns = (
        Column("PCN", 2.2), Column("Most patients in", 1.8), Column("Practices that belong to", 2.8),
        Column("Practices", 0.8, "right"), Column("On their lists", 0.9, "right"),
    )  # fmt: skip
    more = len(found) - len(rows)
    notes = ("They would change PCN, or their PCN works across neighbourhoods; nothing changes by itself."
             + (f" {count(more, 'more PCN')} with fewer patients." if more else ""),)  # fmt: skip
    title = f"Table 4{letter}, continued. PCNs with practices in several neighbourhoods: {own.title}"
    return [Table(title, columns, tuple(rows), notes, dense=True)]


def every_practice(laid: Laid) -> list[Block]:
    """All practices under each option whose Table 4 is shown: an annex."""
    if not has_patients(laid.options[0]) or not len(laid.area.practices):
        return []
    blocks: list[Block] = []
    columns = (
        Column("Practice", 3.0), Column("PCN", 1.9), Column("List", 0.75, "right"), Column("Main neighbourhood", 2.2),
        Column("Second", 2.2), Column("Sited in", 1.0),
    )  # fmt: skip
    for own in laid.chosen:
        rows = [
            row(
                Cell(f"{spoken(one.name) or one.practice} ({one.practice})", branch_sites(laid, own, one.practice)),
                spoken(one.pcn_name) or one.pcn or "–",
                say.people(one.patients),
                _home(own, one.main, one.main_share),
                _home(own, one.second, one.second_share) if one.second_share >= 0.05 else "–",
                own.numbers[one.site],
            )
            for one in own.sited
            if sited_in(laid, own, one)
        ]
        if laid.body:
            rows += _reconciled(laid, own)
        blocks.append(Table(own.title, columns, tuple(rows), (), dense=True))
    return blocks


def _reconciled(laid: Laid, own: Subject) -> list[Row]:
    """The lists of the practices sited inside the body, those outside it as one line, and the whole."""
    inside = [one.patients for one in own.sited if sited_in(laid, own, one)]
    whole = [one.patients for one in own.sited]
    rows = [
        ("Sited in " + _body(laid), inside),
        ("Sited in the rest of the place", None),
        ("All practices sited", whole),
    ]
    made = []
    for label, lists in rows:
        number = len(whole) - len(inside) if lists is None else len(lists)
        total = sum(whole) - sum(inside) if lists is None else sum(lists)
        said = (f"{label}: {count(number, 'practice')}", "", f"{total:,}", "", "", "")
        made.append(row(*said, total=lists is whole))
    return made
