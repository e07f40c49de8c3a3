"""Indices of deprivation in the layout of IoD 2025 File 7 (formats.md 6.1), from the latent need of invented units."""

from __future__ import annotations

import numpy as np

from boundaries.demo.kinds import Floats, Ints

NATIONAL_RANKS = 33_755
_RANK = "Rank (where 1 is most deprived)"
_DECILE = "Decile (where 1 is most deprived 10% of LSOAs)"

# Name as in the headers, how its score is called, how closely it follows need (1 fully, below 0 against), score range.
DOMAINS: tuple[tuple[str, str, float, float, float], ...] = (
    ("Index of Multiple Deprivation (IMD)", "Score", 1.0, 3.0, 72.0),
    ("Income", "Score (rate)", 0.95, 0.02, 0.48),
    ("Employment", "Score (rate)", 0.93, 0.02, 0.36),
    ("Education, Skills and Training", "Score", 0.85, 0.5, 78.0),
    ("Health Deprivation and Disability", "Score", 0.88, -2.2, 2.6),
    ("Crime", "Score", 0.7, -2.1, 2.4),
    ("Barriers to Housing and Services", "Score", -0.1, 3.0, 52.0),
    ("Living Environment", "Score", 0.25, 2.0, 66.0),
    ("Income Deprivation Affecting Children Index (IDACI)", "Score (rate)", 0.93, 0.02, 0.68),
    ("Income Deprivation Affecting Older People (IDAOPI)", "Score (rate)", 0.9, 0.03, 0.62),
    ("Children and Young People Sub-domain", "Score", 0.8, -1.9, 2.4),
    ("Adult Skills Sub-domain", "Score", 0.85, 0.06, 0.52),
    ("Geographical Barriers Sub-domain", "Score", -0.6, -2.1, 2.2),
    ("Wider Barriers Sub-domain", "Score", 0.6, -3.0, 4.2),
    ("Indoors Sub-domain", "Score", 0.2, -2.2, 2.4),
    ("Outdoors Sub-domain", "Score", 0.5, -2.0, 2.2),
)
DENOMINATORS = (
    "Total population: mid 2022",
    "Dependent Children aged 0-15: mid 2022",
    "Older population aged 60 and over: mid 2022",
    "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022",
)
# The published file cuts this one header short.
_CUT = "Children and Young People Sub-domain Decile (where 1 is most deprived 10% of LSO"


def header() -> list[str]:
    """The 56 column names of File 7."""
    district = "Local Authority District"
    columns = ["LSOA code (2021)", "LSOA name (2021)", f"{district} code (2024)", f"{district} name (2024)"]
    for name, score, *_ in DOMAINS:
        decile = _CUT if name.startswith("Children and Young") else f"{name} {_DECILE}"
        columns += [f"{name} {score}", f"{name} {_RANK}", decile]
    return [*columns, *DENOMINATORS]


def scores(need: Floats, rng: np.random.Generator) -> list[list[str]]:
    """For each unit the 48 cells of score, rank and decile; ranks are spread over those of England."""
    n = len(need)
    latent = (need - need.mean()) / need.std()
    every = max(NATIONAL_RANKS, n)
    rows: list[list[str]] = [[] for _ in range(n)]
    for _, _, closeness, low, high in DOMAINS:
        noise = rng.normal(0, 1, n)
        value = closeness * latent + np.sqrt(1 - min(closeness**2, 1)) * noise
        order = np.argsort(-value, kind="stable")
        rank = np.empty(n, dtype=np.int64)
        rank[order] = np.floor((np.arange(n) + rng.uniform(0.05, 0.95, n)) * every / n).astype(np.int64) + 1
        score = low + (high - low) * (1 - rank / (every + 1)) ** (2.1 if low >= 0 else 1.0)
        decile = np.minimum((rank - 1) * 10 // every + 1, 10)
        for unit in range(n):
            rows[unit] += [f"{score[unit]:.3f}", str(rank[unit]), str(decile[unit])]
    return rows


def denominators(ages: Ints, census: Ints) -> Ints:
    """Total, 0 to 15, 60 and over, 18 to 66 of mid-2022, (n, 4), from broad ages (n, 2, 5) and census bands (n, 6)."""
    bands = ages.sum(axis=1)
    total = bands.sum(axis=1)
    older = bands[:, 4] + bands[:, 3] * 22 // 100
    working = bands[:, 1] * 12 // 14 + bands[:, 2] + bands[:, 3] + census[:, 5] * 9 // 100
    return np.column_stack([total, bands[:, 0], older, np.minimum(working, total - bands[:, 0])])
