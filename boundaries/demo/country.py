"""All counties of one invented country, named, peopled and placed on the British grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.demo.county import LARGEST, Ground, make_ground
from boundaries.demo.gazetteer import Counters, Gazetteer, name_county
from boundaries.demo.people import People, settle
from boundaries.demo.practices import Practices, open_practices

# Cells of 50 km by 43.8 km in the open North Sea, four to a row. The demo county is the cell at 500000, 599800.
WEST, SOUTH, WIDE, HIGH, ACROSS, ROWS = 500_000, 556_000, 50_000, 43_800, 4, 17
USUAL_UNITS = 500
UNITS_IN_A_COUNTRY = 680  # per county when there are many: 34,000 LSOAs make 300 districts


@dataclass(frozen=True)
class County:
    """One county of the country; `east`, `north` move its cell onto EPSG:27700. `icb` counts ICBs from 0."""

    number: int
    east: int
    north: int
    icb: int
    icb_name: str
    ground: Ground
    gazetteer: Gazetteer
    people: People
    practices: Practices

    @property
    def sub_icb_codes(self) -> tuple[str, str]:
        """GSS and ODS code of the sub-ICB location (one per ICB)."""
        return f"E38{901 + self.icb:06d}", "99X" if self.icb == 0 else f"Z{self.icb:02d}"

    @property
    def icb_codes(self) -> tuple[str, str]:
        """GSS and ODS code of the ICB."""
        return f"E54{901 + self.icb:06d}", "QX9" if self.icb == 0 else f"Q{'0123456789'[self.icb // 10]}{self.icb % 10}"


def make_country(units: int, seed: int, counties: int) -> list[County]:
    """`counties` counties with `units` LSOAs in all; every two share an ICB."""
    if not 1 <= counties <= ACROSS * ROWS:
        raise ValueError(f"A demo country has 1 to {ACROSS * ROWS} counties; {counties} were asked for.")
    if units > counties * LARGEST:
        raise ValueError(f"{units} LSOAs need at least {-(-units // LARGEST)} counties; {counties} were asked for.")
    used = Counters()
    made: list[County] = []
    for number in range(counties):
        own = units // counties + (number < units % counties)
        ground = make_ground(own, number, seed)
        gazetteer = name_county(ground, number, seed, used)
        rng = np.random.default_rng([seed, number, 23])
        people = settle(ground, rng)
        practices = open_practices(ground, gazetteer, people, number, used, rng)
        row, column = (number // ACROSS + 1) % ROWS, number % ACROSS
        icb = number // 2
        name = gazetteer.county.county if number % 2 == 0 else made[-1].icb_name
        made.append(
            County(number, WEST + column * WIDE, SOUTH + row * HIGH, icb, name, ground, gazetteer, people, practices)
        )
    return made
