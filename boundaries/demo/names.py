"""Invented place names: composed so that they sound English and are, as far as we know, nobody's.

The first county's names are chosen by hand (`FIRST`); further counties, needed only for benchmarks, are composed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

STEMS = tuple(
    re.findall(
        r"\w+",
        "Ambrel Arkin Bessel Brannock Carrow Cawder Cressen Dapple Dunnock Eskel Evern Fallan Fenner Gannet Garrow "
        "Hathel Hollent Ingrel Ivern Jessop Kelder Kittle Larrow Linnet Lodder Marrel Merrin Nettle Nidder Orrel "
        "Ostrin Peller Pinnock Quarrel Reddle Runnel Sallow Sorrel Tansy Tharl Thrupple Ulver Varnel Wendel Whimble "
        "Yarrel",
    )
)
VILLAGE_ENDS = (
    "by",
    "ham",
    "ton",
    "wick",
    "thorpe",
    "stow",
    "mere",
    "ley",
    "den",
    "field",
    "worth",
    "holt",
    "croft",
    "bourne",
)
TOWN_ENDS = (
    "bridge",
    "market",
    "ford",
    "minster",
    "borough",
    "haven",
    "mouth",
    "chester",
    "stead",
    "gate",
    "combe",
    "hythe",
)
BEFORE = ("Great", "Little", "Upper", "Nether", "Long", "Market", "Old", "Castle", "Abbot's", "King's")
QUARTERS = (
    "Abbey", "Castle", "Mill", "Priory", "Chantry", "Foundry", "Orchard", "Weir", "Quay", "Park", "Bishop's", "Canon",
    "Tanner's", "Fuller's", "Market", "Station", "Warren", "Lime", "Tithe", "Rope", "Maltings", "Friar's", "Beacon",
    "Meadow", "Glebe", "Forge", "Ferry", "Chapel", "Saddler's", "Cooper's",
)  # fmt: skip
QUARTER_ENDS = ("Hill", "Green", "Gate", "Fields", "End", "Bank", "Lane", "Road", "Row", "Side")
SURGERY_ENDS = ("Surgery", "Medical Centre", "Health Centre", "Medical Practice", "Family Practice", "Group Practice")


@dataclass(frozen=True)
class CountyNames:
    """Names of one county by the roles of `template.py`. `districts` and `towns` follow the template's order."""

    county: str
    districts: tuple[str, ...]
    towns: tuple[str, ...]


FIRST = CountyNames(
    county="Merrowshire (invented)",
    districts=("Kingsmerrow", "Upper Merrow", "Norrenwold", "Saltreach", "Orrindale", "Farrin and Eastmarsh"),
    towns=(
        "Kingsmerrow",
        "Wexbridge", "Tilverton", "Larrowcombe",
        "Harrowick", "Stanningfold", "Brackenstead",
        "Merrowmouth", "Coldreach", "Ostrinhythe",
        "Orrinham", "Lythebury",
        "Eastmarsh", "Farrin Haven",
    ),
)  # fmt: skip


def compose(rng: np.random.Generator, ends: Sequence[str], before: Sequence[str] = ()) -> Iterator[str]:
    """Every stem with every end, in a seeded order; then again behind each word of `before`. Never the same twice."""
    plain = [stem + end for stem in STEMS for end in ends if stem[-1] != end[0] and stem + end not in FIRST.towns]
    for prefix in ("", *before):
        for place in rng.permutation(len(plain)):
            yield f"{prefix} {plain[place]}".strip()


def quarters(rng: np.random.Generator) -> Iterator[str]:
    """Names for the parts of a town, such as “Abbey Hill”; never the same twice."""
    every = [f"{first} {second}" for first in QUARTERS for second in QUARTER_ENDS]
    for place in rng.permutation(len(every)):
        yield every[place]


def county_names(number: int, seed: int, districts: int, towns: int) -> CountyNames:
    """Names of county `number` (0 is the demo county itself), unique over the counties of one seed."""
    if number == 0:
        return FIRST
    rng = np.random.default_rng([seed, 7001])
    source = compose(rng, TOWN_ENDS, ("Market", "North", "South"))
    own = list(itertools.islice(source, (number - 1) * towns, number * towns))
    stem = STEMS[(number - 1) % len(STEMS)] + ("shire" if number <= len(STEMS) else "land")
    labels = (own[0], *(f"{name} District" for name in own[1:districts]))
    return CountyNames(f"{stem} (invented)", labels, tuple(own))
