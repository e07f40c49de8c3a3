"""What a paper is made from, and the same laid on the evidence, ready for its sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from boundaries.area import Area
from boundaries.branches import Branches
from boundaries.overlays import Places
from footprints.bodies import Body, body
from footprints.compare import titles_of
from footprints.disclosure import Audience, Shown, audience, shown_to
from footprints.errors import PlanError, some
from footprints.flows import flows_of
from footprints.plan import Plan, check_fits, codes_digest
from footprints.report.details import Details
from footprints.report.principles import Principle
from footprints.report.subject import Subject

MOST = 4
PUBLIC = audience("public")


@dataclass(frozen=True, eq=False)
class Asked:
    """plans : one to four options, or three with `today`, today's arrangement. previous : the last agreed version, to
    say what changed since. others : further good plans, to judge by how sure each area is. ethnic : residents by LSOA
    and ethnic group (`boundaries.ethnic_groups`), None where that is not loaded. branches : branch surgeries
    (`boundaries.branches`). assets : places of the lists given (`boundaries.overlays.places_of`). rule : which counts
    of patients the public is told. together : further plans whose files for the public are to agree with the paper.
    only : code, name or `place:NAME` of a body to narrow the paper to (`footprints.bodies`), "" for none.
    """

    plans: tuple[Plan, ...]
    today: Plan | None = None
    previous: Plan | None = None
    others: tuple[Plan, ...] = ()
    principles: tuple[Principle, ...] = ()
    details: Details = field(default_factory=Details)
    ethnic: pd.DataFrame | None = None
    branches: Branches | None = None
    assets: Places | None = None
    rule: Audience = PUBLIC
    together: tuple[Plan, ...] = ()
    only: str = ""


@dataclass(frozen=True, eq=False)
class Laid:
    """The plans of a paper on their area. options : in the order given. today, previous : None where there is none.

    recommended : the option that the user recommends; None where none is. area : as the public is shown it, the options
    and today's arrangement as one set (`footprints.disclosure`), so that no section can forget the rule; exact : with
    every count of patients, for what may be told of it in words. body : what the paper is narrowed
    to, None where it is about the whole.
    """

    asked: Asked
    area: Area
    exact: Area
    shown: Shown
    options: tuple[Subject, ...]
    today: Subject | None
    previous: Subject | None
    recommended: Subject | None
    body: Body | None = None

    @property
    def columns(self) -> tuple[Subject, ...]:
        """Today's arrangement, where it is given, and the options."""
        return (*([self.today] if self.today else []), *self.options)

    @property
    def details(self) -> Details:
        """What only people can say."""
        return self.asked.details

    @property
    def chosen(self) -> tuple[Subject, ...]:
        """The recommended option; every option where none is."""
        return (self.recommended,) if self.recommended else self.options


def lay(asked: Asked, area: Area) -> Laid:
    """Lay the plans on their area.

    Raises PlanError without a plan or with more than four, for plans of another area or LSOAs, for one that stands
    there twice, and where the recommended option is none of them.
    """
    number = len(asked.plans) + (asked.today is not None)
    if not asked.plans or number > MOST:
        raise PlanError(
            f"A paper has one to {MOST} plans, today's arrangement among them; there are {number}.",
            mend="Choose the options that the board is to decide between.",
        )
    every = [*asked.plans, *(p for p in (asked.today, asked.previous) if p is not None), *asked.others]
    for plan in (*every, *asked.together):
        _fits(plan, area)
    ids = [plan.id for plan in (*asked.plans, *([asked.today] if asked.today else []))]
    if len(set(ids)) < len(ids):
        raise PlanError("One plan stands twice in the paper.", mend="Choose each plan once.")
    shown = shown_to(asked.rule, (*asked.plans, *([asked.today] if asked.today else []), *asked.together), area)
    flows = flows_of(shown.area, required=False)
    titles = titles_of([*asked.plans, *([asked.today] if asked.today else [])])
    options = tuple(Subject(p, shown, t, flows=flows) for p, t in zip(asked.plans, titles, strict=False))
    today = Subject(asked.today, shown, titles[-1], flows=flows, today=True) if asked.today else None
    previous = Subject(asked.previous, shown, asked.previous.name, flows=flows) if asked.previous else None
    recommended = _recommended(asked.details.recommended, options)
    first = sorted(options, key=lambda own: own is not recommended)
    narrow = body(asked.only, area, [own.plan for own in first]) if asked.only else None
    return Laid(asked, shown.area, area, shown, options, today, previous, recommended, narrow)


def _fits(plan: Plan, area: Area) -> None:
    check_fits(plan, area)
    if plan.area_codes_digest and plan.area_codes_digest != codes_digest(area.codes):
        raise PlanError(
            f"“{plan.name}” was made for {plan.area_name}, whose LSOAs are not those of {area.name}.",
            mend="Put plans of one area in a paper; load the area that they were made for.",
        )


def _recommended(wanted: str, options: Sequence[Subject]) -> Subject | None:
    if not wanted:
        return None
    found = [own for own in options if wanted in (own.plan.id, own.title)]
    found = found or [own for own in options if own.plan.name.casefold() == wanted.casefold()]
    if len(found) != 1:
        raise PlanError(
            f"The recommended option is “{wanted}”, which is {'none' if not found else 'more than one'} of the options "
            f"of this paper ({some([own.title for own in options])}).",
            mend="Give the name or the id of one of them.",
        )
    return found[0]
