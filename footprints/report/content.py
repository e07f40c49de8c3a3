"""The paper from first to last page, as plain data: the decision first, then principles, options, people, sources."""

from __future__ import annotations

from collections.abc import Callable

from boundaries.area import Area
from footprints.compare import coloured_alike
from footprints.narrowing import narrowed
from footprints.report import assets, border, edges, equality, log, options, partners, practices, profile, say, sources
from footprints.report.asked import Asked, Laid, lay
from footprints.report.drawing import frame_of, plan_figure
from footprints.report.parts import (
    Block,
    Break,
    Bullets,
    Callout,
    Column,
    Document,
    Facts,
    Figures,
    Heading,
    Table,
    Text,
    row,
)
from footprints.report.principles import judge
from footprints.report.subject import Subject
from footprints.report.superseded import invented, superseded
from footprints.report.typesetting import lacks
from footprints.standing import standings
from optimise.words import count

NOT_RECORDED = "not recorded"


def paper(asked: Asked, area: Area, tell: Callable[[str], None] | None = None) -> Document:
    """The paper. tell : told in words what is being worked out.

    Raises PlanError where the plans cannot stand in one paper, and for principles that name no measure.
    """
    say_it = tell or (lambda _: None)
    laid = lay(asked, area)
    blocks: list[Block] = []
    for words, section in (
        ("the decision", _decision),
        *_first_pages(laid),
        ("the neighbourhoods", _profiles),
        ("partners and practices", _partners),
        ("contested edges and changes", _edges),
        ("equality", _equality),
        ("data and limits", _annexes),
    ):
        say_it(f"Writing {words}")
        blocks += section(laid)
    details = laid.details
    title = details.title or f"Neighbourhoods for {area.name}"
    return Document(
        title=title,
        subtitle=" · ".join(_under(laid)),
        stamp=_stamp(laid),
        day=details.day,
        subject=f"Board paper on neighbourhoods for {area.name}: {say.listed(own.title for own in laid.options)}.",
        blocks=tuple(_noted(blocks)),
    )


def _first_pages(laid: Laid) -> list[tuple[str, Callable[[Laid], list[Block]]]]:
    """What follows the decision, up to the maps and Table 1. Where no principles are recorded, which would fill the
    first page, the table does, and the maps come after it; what else is not recorded comes last.
    """
    short = not laid.asked.principles
    told = [("the engagement", _engaged), ("the principles", options.principles)]
    compared = ("the options", lambda one: [Heading("How the options compare"), *options.summary(one, divided=short)])
    maps = ("the maps", lambda one: [*([] if short else [Break()]), *_maps(one)])
    if not short:
        return [*told, maps, compared]
    return [*told, compared, maps] if laid.details.engaged else [compared, maps, *told]


def _under(laid: Laid) -> list[str]:
    details = laid.details
    board = details.board or f"Board {NOT_RECORDED}"
    version = details.version_words
    only = [f"{laid.body.name} alone"] if laid.body else []
    day = say.day(details.day) if details.day else f"Date {NOT_RECORDED}"
    return [board, day, version[:1].upper() + version[1:], *only]


def _stamp(laid: Laid) -> str:
    plans = "; ".join(f"{own.title} (plan {own.plan.id})" for own in laid.columns)
    only = f", narrowed to {laid.body.name}" if laid.body else ""
    return f"{laid.area.name}{only}, {laid.details.version_words}. {plans}"


# ---------------------------------------------------------------- first page


def _decision(laid: Laid) -> list[Block]:
    details, chosen = laid.details, laid.recommended
    asked = details.decision or f"The decision asked of the board is {NOT_RECORDED}."
    recommended = f"Recommended: {chosen.title}." if chosen else f"A recommended option is {NOT_RECORDED}."
    if chosen and details.reasons:
        recommended = f"Recommended: {chosen.title}. {details.reasons}"
    blocks: list[Block] = [
        Callout("Decision asked", (asked, recommended), "decision"),
    ]
    if laid.body:
        blocks.append(Callout(f"About {laid.body.name} alone", _narrowed(laid)))
    if invented(laid.area):
        blocks.append(Callout("Invented data", ("Place, people and practices are invented, to try things out.",)))
    old = superseded(laid.area)
    if old:
        blocks.append(Callout("Before this is decided: inputs that are superseded, or will be", old))
    facts = [
        ("Options in this paper", f"{say.listed(own.title for own in laid.columns)}."),
        ("Meeting", details.meeting or NOT_RECORDED),
        ("Author", details.author or NOT_RECORDED),
        ("Health and wellbeing board areas that the place lies in", _boards(laid)),
    ]
    blocks += [Facts(tuple(facts)), Heading("In short"), Bullets(tuple(_in_short(laid)))]
    return blocks


def _narrowed(laid: Laid) -> tuple[str, ...]:
    """What of the paper is about the body, and what of the whole."""
    one = laid.body
    if one is None:
        return ()
    total, lines = int(laid.area.units["residents"].sum()), []
    for own in laid.columns:
        names = [
            f"{part.name} ({part.inside:,} residents in {one.name}, {part.beyond:,} beyond)"
            for part in narrowed(one, own.plan, own.area).crossing
        ]
        lines.append(f"Across its border under {own.title}: {say.listed(names) or 'none'}.")
    inside = int(laid.area.units["residents"].to_numpy()[one.inside(laid.area)].sum())
    of = next((own.title for own in laid.options if own.plan.id == one.plan), "")
    whose = (f"Its LSOAs are those of the place in {of}, for every plan of this paper.",) if of else ()
    return (
        f"This copy is narrowed to {one.name} ({one.label}), with {inside:,} of the {total:,} residents of "
        f"{laid.area.name}. Tables 2, 6{', 8 and 9' if laid.area.modes else ' and 8'}, the residents of Annex A and "
        "Annex B show its part, what is outside in one line, and the whole; Table 4 has its practices and says how "
        "many more are affected outside; Annex C has the neighbourhoods that it touches. Maps, the principles, Tables "
        "3, 5 and 7, the PCNs of Table 4 and the patients of Annex A are of the whole.",
        *whose,
        *lines,
    )


def _boards(laid: Laid) -> str:
    level = laid.area.levels.get("upper_tier")
    if level is None:
        return "not known: the lookup of districts to upper tiers is not loaded"
    residents = laid.area.units["residents"].to_numpy()
    people: dict[str, int] = {}
    for code, number in zip(level.assignment, residents.tolist(), strict=True):
        people[code] = people.get(code, 0) + int(number)
    names = sorted((code for code in people if code), key=lambda code: (-people[code], code))
    return "; ".join(f"{level.names.get(code, code)} ({people[code]:,} residents)" for code in names)


def _in_short(laid: Laid) -> list[str]:
    told = []
    for own in laid.columns:
        rows = [one for one in standings(own.plan, laid.area) if one.units]
        people = [one.people for one in rows]
        if not rows:
            told.append(f"{own.title} has no neighbourhoods yet.")
            continue
        criteria = own.plan.criteria
        fits = sum(one.in_range for one in rows)
        whole = sum(one.pieces <= 1 for one in rows)
        said = (
            f"{own.title}: {count(len(rows), 'neighbourhood')} of {min(people):,} to {max(people):,} "
            f"{rows[0].whom}; {fits} of {len(rows)} in the range of {criteria.minimum:,} to {criteria.maximum:,}, "
            f"{whole} in one piece"
        )
        kept = own.card.plan.get("resident_side_containment")
        if kept is not None:
            said += f"; {say.share(float(kept))} of patients are with a practice sited where they live"
        if laid.today is not None and own is not laid.today:
            moved = int(own.scene.residents[own.change_from(laid.today).moved].sum())
            said += f"; {moved:,} residents change from today"
        judged = [judge(one, own, laid.today).verdict for one in laid.asked.principles if one.measure]
        if judged:
            partly = judged.count("partly")
            said += f"; it meets {judged.count('met')} of {count(len(judged), 'principle')} that can be measured"
            said += f", and {partly} in part" if partly else ""
        told.append(f"{said}.")
    return told


def _engaged(laid: Laid) -> list[Block]:
    engaged = laid.details.engaged
    heading = Heading("Who was engaged, and what changed because of it")
    if not engaged:
        return [heading, Text(f"Who was engaged, and what changed because of it, is {NOT_RECORDED}.")]
    columns = (
        Column("Who", 1.6),
        Column("When and how", 1.4),
        Column("What they said", 2.6),
        Column("What changed", 2.4),
    )
    rows = tuple(
        row(
            one.who,
            ", ".join(x for x in (say.day(one.when), one.how) if x) or NOT_RECORDED,
            one.said or NOT_RECORDED,
            one.changed or NOT_RECORDED,
        )
        for one in engaged
    )
    return [heading, Table("Engagement", columns, rows)]


# ---------------------------------------------------------------- the sections after it


def _maps(laid: Laid) -> list[Block]:
    area, shown = laid.area, laid.columns
    first = shown[0]
    pairs = [own.change_from(first).pairs for own in shown[1:]]
    drawn = coloured_alike([own.plan for own in shown], pairs, area)
    frame = frame_of(area)
    credit = _credit(laid)
    items = []
    for own, plan in zip(shown, drawn, strict=True):
        rows = standings(own.plan, area)
        outside = [one.code for one in rows if one.units and not one.in_range]
        stamp = f"{own.title} · {laid.details.version_words} · plan {own.plan.id} · {area.name}"
        items.append(
            plan_figure(
                own.scene,
                frame,
                fills={one.code: one.colour for one in plan.neighbourhoods},
                outside=outside,
                stamp=stamp,
                credit=credit,
                caption=f"Map of {own.title}",
                alt=_alt(own, outside),
            )
        )
    same = "All maps have one scale and extent. " if len(items) > 1 else ""
    words = (
        f"{same}Thick lines bound neighbourhoods; numbers are those of the tables. Tints only help to tell them apart."
    )
    return [Heading("Maps"), Text(words, small=True), Figures(tuple(items))]


def _credit(laid: Laid) -> str:
    wanted = ("lsoa_boundaries", "codepoint")
    lines = [r.licence for r in laid.area.receipts if r.status == "used" and r.kind in wanted and r.licence]
    return say.sentences(lines or laid.area.attribution[:1])


def _alt(own: Subject, outside: list[str]) -> str:
    residents = dict(zip(own.scene.codes, own.scene.total(own.scene.residents).tolist(), strict=True))
    named = [
        f"{own.numbers[code]} {own.names[code]}, {round(residents[code]):,} residents"
        for d, code in enumerate(own.plan.codes)
        if len(own.scene.members[d])
    ]
    said = f"Map of {own.title} with {count(len(named), 'neighbourhood')}: {'; '.join(named)}."
    return said + (
        f" Outside the range asked for: {say.listed(own.names[code] for code in outside)}." if outside else ""
    )


def _profiles(laid: Laid) -> list[Block]:
    return [Heading("The neighbourhoods"), *profile.profiles(laid)]


def _partners(laid: Laid) -> list[Block]:
    return [
        Heading("Partners and general practice"),
        *partners.alignment(laid),
        *practices.affected(laid),
    ]


def _edges(laid: Laid) -> list[Block]:
    return [
        Heading("Where the evidence is close, and what changed"),
        *edges.contested_edges(laid),
        *log.since_last(laid),
        Heading("Patients across the border"),
        *border.across(laid),
    ]


def _equality(laid: Laid) -> list[Block]:
    found = equality.findings(laid)
    return [Heading("Equality"), *([Bullets(tuple(found))] if found else []), *equality.equality(laid)]


def _annexes(laid: Laid) -> list[Block]:
    blocks: list[Block] = [
        Break(),
        Heading("Annex A. Everyone accounted for, and sources"),
        *border.everyone(laid),
        *sources.plans(laid),
        *sources.data_sources(laid),
    ]
    listed = practices.every_practice(laid)
    if listed:
        blocks += [Heading("Annex B. Every practice"), *listed]
    return [*blocks, *sources.places(laid), *assets.other_places(laid)]


def _noted(blocks: list[Block]) -> list[Block]:
    """The same, with a word on signs that the typeface lacks, where there are any."""
    texts = [cell.text for block in blocks if isinstance(block, Table) for one in block.rows for cell in one.cells]
    if not any(map(lacks, texts)):
        return blocks
    return [*blocks, Text("☐ stands for a sign in a name that the typeface of this paper does not have.", small=True)]
