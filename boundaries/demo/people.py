"""Who lives in an invented county: residents by age and sex, students, need. Plausible, and nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.demo.county import Ground
from boundaries.demo.kinds import Floats, Ints
from boundaries.demo.seeds import PEOPLE_PER_UNIT

# Shares of 0 to 15, 16 to 29, 30 to 44, 45 to 64, 65 and over.
AGES = {
    "students": (0.06, 0.64, 0.15, 0.10, 0.05),
    "city": (0.19, 0.21, 0.25, 0.22, 0.13),
    "town": (0.19, 0.16, 0.20, 0.25, 0.20),
    "country": (0.16, 0.12, 0.16, 0.32, 0.24),
    "coast": (0.14, 0.11, 0.14, 0.29, 0.32),
}


@dataclass(frozen=True)
class People:
    """Residents of n units, by unit number.

    ages : (3, n, 2, 5) mid-2022, 2023 and 2024 by sex (female, male) and broad age. census : (n, 6) Census 2021 by the
    six bands. need : (n,) latent hardship, higher is worse. listed : (n,) patients per resident.
    urban_class : RUC code.
    """

    ages: Ints
    census: Ints
    need: Floats
    listed: Floats
    urban_class: tuple[str, ...]

    @property
    def residents(self) -> Ints:
        """Residents in mid-2024."""
        return np.asarray(self.ages[2].sum(axis=(1, 2)), dtype=np.int64)


def settle(ground: Ground, rng: np.random.Generator) -> People:
    """People the county."""
    n = len(ground.seed)
    towns = ground.drawing.towns
    centre = np.array([[t.x, t.y] for t in towns])
    campus = np.hypot(*(ground.seed - ground.drawing.campus).T)
    student = np.clip(1.25 - campus / 1100, 0, 1) * (ground.district == 0)
    near = np.hypot(*(ground.seed[:, None, :] - centre[None, :, :]).transpose(2, 0, 1))
    kind = np.full(n, "country", dtype=object)
    kind[ground.town >= 0] = "town"
    kind[ground.district == 0] = "city"
    kind[(ground.side == 2) | ((ground.town == 7) & (near[:, 7] > 900))] = "coast"
    kind[student > 0.55] = "students"

    people = np.clip(rng.normal(PEOPLE_PER_UNIT, 270, n) + student * 450, 1010, 2960).round().astype(np.int64)
    ages = np.zeros((3, n, 2, 5), dtype=np.int64)
    census = np.zeros((n, 6), dtype=np.int64)
    for unit in range(n):
        share = rng.dirichlet(np.array(AGES[kind[unit]]) * 220)
        share = np.where(
            student[unit] > 0, (1 - student[unit]) * share + student[unit] * np.array(AGES["students"]), share
        )
        both = np.outer((0.508, 0.492), share).ravel()
        now = rng.multinomial(people[unit], both / both.sum()).reshape(2, 5)
        before = rng.binomial(now, 0.991)
        ages[2, unit], ages[1, unit], ages[0, unit] = now, before, rng.binomial(before, 0.991)
        census[unit] = _census(ages[0, unit].sum(axis=0), rng)
    return People(ages, census, _need(ground, near, student, rng), _listed(student, rng), _urban(ground))


def _census(bands: Ints, rng: np.random.Generator) -> Ints:
    """Aged 0 to 15, 16 to 24, 25 to 34, 35 to 49, 50 to 64, 65 and over, from the five broad ages."""
    young = rng.binomial(bands[1], 9 / 14)
    middle = rng.binomial(bands[2], 1 / 3)
    older = rng.binomial(bands[3], 0.24)
    return np.array([bands[0], young, bands[1] - young + middle, bands[2] - middle + older, bands[3] - older, bands[4]])


def _need(ground: Ground, near: Floats, student: Floats, rng: np.random.Generator) -> Floats:
    """Highest in the middle of hard-pressed towns and on a few estates, low in most of the country."""
    need = np.full(len(ground.seed), 0.16)
    for t, town in enumerate(ground.drawing.towns):
        mine = ground.town == t
        if not mine.any():
            continue
        reach = float(np.quantile(near[mine, t], 0.8))
        need[mine] += 0.10 + 0.55 * town.need * np.exp(-((near[mine, t] / (0.62 * reach)) ** 2))
        estates = rng.choice(np.flatnonzero(mine), max(1, int(mine.sum()) // 22), replace=False)
        for estate in np.sort(estates):
            far = np.hypot(*(ground.seed[mine] - ground.seed[estate]).T)
            need[mine] += 0.5 * (0.4 + 0.6 * town.need) * np.exp(-((far / (0.3 * reach)) ** 2))
    need -= 0.12 * student
    return np.asarray(need + rng.normal(0, 0.075, len(need)), dtype=np.float64)


def _listed(student: Floats, rng: np.random.Generator) -> Floats:
    """Patients on lists per resident: about 1.05, far more where students come and go."""
    return np.asarray(rng.normal(1.045, 0.02, len(student)).clip(0.97, 1.12) + 0.55 * student**2, dtype=np.float64)


def _urban(ground: Ground) -> tuple[str, ...]:
    """Rural-urban class 2021 of each unit."""
    size = np.bincount(np.maximum(ground.town, 0), weights=ground.town >= 0, minlength=len(ground.drawing.towns))
    by_town = ["UN1" if t == 0 else "UF1" if count >= 14 else "RLF1" for t, count in enumerate(size)]
    city = np.array([ground.drawing.towns[0].x, ground.drawing.towns[0].y])
    close = np.hypot(*(ground.seed - city).T) < 13_000
    return tuple(by_town[t] if t >= 0 else ("RSN1" if c else "RSF1") for t, c in zip(ground.town, close, strict=True))
