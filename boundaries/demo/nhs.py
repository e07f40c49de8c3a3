"""Rows of the tables that NHS England would publish about an invented county: lists, practices, networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boundaries.demo import ons
from boundaries.demo.country import County
from boundaries.demo.practices import Site

Row = Sequence[object]

EXTRACT = "01OCT2025"
NEIGHBOUR = (
    "E38000899",
    "98X",
    "NHS OVERBORDER (INVENTED) ICB - 98X",
    "E54000899",
    "QX8",
    "NHS OVERBORDER (INVENTED) INTEGRATED CARE BOARD",
)


def _commissioner(county: County, unit: int) -> tuple[str, str, str, str, str, str]:
    if unit < 0:
        return NEIGHBOUR
    sub, sub_ods, sub_name, icb, icb_ods, icb_name = ons.icb_names(county)
    return sub, sub_ods, sub_name.upper(), icb, icb_ods, icb_name.upper()


def _by_code(county: County) -> list[int]:
    sites = county.practices.sites
    return sorted(range(len(sites)), key=lambda place: sites[place].code)


def patients(county: County) -> Iterator[Row]:
    """4.1: patients by practice and LSOA, with the tokens that are no area."""
    g = county.gazetteer
    for place in _by_code(county):
        site = county.practices.sites[place]
        counts = county.practices.patients[place]
        rows = [(g.lsoa[unit], int(counts[unit])) for unit in g.order.tolist() if counts[unit]]
        for token, people in sorted([*rows, *county.practices.elsewhere[place]]):
            yield "GP_PRAC_PAT_LIST", EXTRACT, site.code, site.name, token, "ALL", people


def totals(county: County) -> Iterator[Row]:
    """4.2: all patients of each practice."""
    for place in _by_code(county):
        site = county.practices.sites[place]
        sub, sub_ods, *_ = _commissioner(county, site.unit)
        people = int(county.practices.patients[place].sum()) + sum(n for _, n in county.practices.elsewhere[place])
        yield "GP_PRAC_PAT_LIST", EXTRACT, "GP", sub_ods, sub, site.code, site.postcode, "ALL", "ALL", people


def practice_map(county: County) -> Iterator[Row]:
    """4.3: practice, network and commissioner on the same day."""
    for place in _by_code(county):
        site = county.practices.sites[place]
        sub, sub_ods, sub_name, icb, icb_ods, icb_name = _commissioner(county, site.unit)
        practice = (site.code, site.name, site.postcode)
        commissioner = (sub, sub_ods, sub_name, icb, icb_ods, icb_name)
        region = (ons.REGION[0], ons.REGION[1], ons.REGION[2].upper())
        yield (
            "GP_PRAC_PAT_LIST",
            EXTRACT,
            *practice,
            *commissioner,
            *region,
            site.pcn,
            site.pcn_name,
            "INVENTED SYSTEMS",
        )


def _ods(county: County, s: Site) -> Row:
    """One row of the 27 columns that epraccur and ebranchs share (formats.md 5.1)."""
    town = county.gazetteer.locality_towns[s.locality].upper() if s.locality >= 0 else "OVERBORDER"
    _, sub_ods, _, _, icb_ods, _ = _commissioner(county, s.unit)
    address = (f"1 {s.name.split(' ', 1)[0]} STREET", "", "", town, "INVENTED COUNTY", s.postcode)
    status = ("INACTIVE" if s.closed else "ACTIVE", "" if s.parent else "B", s.parent or sub_ods)
    last = ("", "", "", "0", "", sub_ods, "", "RO96" if s.parent else "RO76", "")
    dates = (s.opened, s.closed)
    return s.code, s.name, ons.REGION[1], icb_ods, *address, *dates, *status, *dates, "00000 000000", *last


def epraccur(county: County) -> Iterator[Row]:
    """5.1: every practice, the closed one too."""
    for place in _by_code(county):
        yield _ods(county, county.practices.sites[place])


def ebranchs(county: County) -> Iterator[Row]:
    """5.2: branch surgeries with their parents."""
    for site in sorted(county.practices.branches, key=lambda b: b.code):
        yield _ods(county, site)


def epcn(county: County) -> Iterator[Row]:
    """5.3: networks; the postcode is that of the first practice."""
    seen: set[str] = set()
    for place in _by_code(county):
        s = county.practices.sites[place]
        if s.pcn in seen or s.pcn == "U":
            continue
        seen.add(s.pcn)
        _, sub_ods, sub_name, *_ = _commissioner(county, s.unit)
        yield s.pcn, s.pcn_name, sub_ods, sub_name, "20190701", "", s.name, "", "", "", "INVENTED COUNTY", s.postcode


def core_partners(county: County) -> Iterator[Row]:
    """5.4: one spell of membership per practice."""
    for place in _by_code(county):
        s = county.practices.sites[place]
        if s.pcn == "U":
            continue
        _, sub_ods, sub_name, *_ = _commissioner(county, s.unit)
        yield s.code, s.name, sub_ods, sub_name, s.pcn, s.pcn_name, sub_ods, sub_name, "20190701", s.closed, "YES"
