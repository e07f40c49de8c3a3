"""A plan on newer files as a study: the newer evidence is read, compared and written outside the page.

asked : {"plan": its document, "newer": the folder of the newer files or "demo", "seen": what stood in it, "place":
codes as they were chosen, "edition": number, "source": how people call the files in use, "names": our names of
uploaded files -> theirs}. answer : {"plan": document, "place": codes that the newer area was read by, "people_basis",
"colour", "reasons", "people", "lists", "files": a zip of the edition in base64, "page": its page to print, likewise}.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from boundaries import load_area
from boundaries.area import Area
from boundaries.errors import DataError, FootprintError
from footprints.errors import PlanError
from footprints.exchange import zip_bytes
from footprints.exchange.plan_json import plan_from_document
from footprints.exchange.refreshed import write_refreshed
from footprints.jobs.protocol import ProtocolError, from_json, to_json
from footprints.jobs.seen import seen
from footprints.plan import Plan, document, is_edition
from footprints.refreshing import Refreshed, past_of_area, refresh
from footprints.refreshing.refresh import COLOURS, Lists, People, Reason
from footprints.standing import people_by_unit

SEARCHES = False


@dataclass(frozen=True, eq=False)
class Edition:
    """What a refresh gave. place : codes that the newer area is read by. zipped : the files of the edition.

    page : the one page to print, HTML.
    """

    found: Refreshed
    place: tuple[str, ...]
    zipped: bytes
    page: bytes


def asked_for(
    plan: Plan, newer: str, place: Sequence[str], source: str, edition: int = 2, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The question as JSON. With other files in the same folder it is another question."""
    return {
        "plan": document(plan),
        "newer": newer,
        "seen": seen(Path(newer)),
        "place": list(place),
        "source": source,
        "edition": edition,
        "names": dict(names or {}),
    }


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Refresh it; in the child, where `area` is the evidence in use. Raises PlanError when it is stopped."""

    def say(words: str) -> None:
        if should_stop():
            raise PlanError("The comparison was stopped.", mend="Begin it again when you want it.")
        tell(words, None)

    plan = plan_from_document(asked["plan"])
    try:
        newer, place = _newer(area, asked, say)
    except FootprintError as error:
        raise PlanError(_spoken(error.message, asked), mend=_spoken(error.mend, asked)) from None
    say("Comparing with what was known before")
    found = refresh(plan, newer, past_of_area(plan, area, asked["source"]))
    say("Writing the new edition")
    with tempfile.TemporaryDirectory(prefix="footprints-") as folder:
        written = write_refreshed(found, newer, Path(folder) / "edition", None, edition=int(asked["edition"]))
        files = {path.name: path.read_bytes() for path in written}
    return {
        "plan": document(found.plan),
        "place": list(place),
        "people_basis": found.people_basis,
        "colour": found.colour,
        "reasons": to_json(found.reasons),
        "people": to_json(found.people),
        "lists": to_json(found.lists),
        "files": base64.b64encode(zip_bytes(files)).decode(),
        "page": base64.b64encode(files["refresh.html"]).decode(),
    }


def _newer(area: Area, asked: dict[str, Any], say: Callable[[str], None]) -> tuple[Area, tuple[str, ...]]:
    """The same place in the newer files: as it was chosen, else (its code was changed) by its LSOAs."""
    place, units = tuple(map(str, asked["place"])), tuple(area.codes)
    try:
        newer = load_area(asked["newer"], place, on_progress=say)
        if place or not set(units) < set(newer.codes):
            return newer, place
    except DataError:
        say("Looking for the same LSOAs")
    return replace(load_area(asked["newer"], units, on_progress=say), name=area.name), units


def _spoken(text: str, asked: dict[str, Any]) -> str:
    for own, given in asked["names"].items():
        text = text.replace(own, given)
    return text


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Edition:
    """The edition, whose plan differs from the one before in its evidence alone. Raises PlanError where it does not."""
    again = "Begin it again."
    before = plan_from_document(asked["plan"])
    after = plan_from_document(answer["plan"])
    if after != before and not is_edition(after, before):
        raise PlanError("The new edition changes more than its evidence.", mend=again)
    try:
        reasons = tuple(from_json(Reason, one, "a reason") for one in answer["reasons"])
        people = None if answer["people"] is None else tuple(from_json(People, p, "people") for p in answer["people"])
        lists = None if answer["lists"] is None else from_json(Lists, answer["lists"], "lists")
        zipped, page = (base64.b64decode(answer[key], validate=True) for key in ("files", "page"))
        place = tuple(map(str, answer["place"]))
        colour, basis = str(answer["colour"]), str(answer["people_basis"])
    except (ProtocolError, KeyError, TypeError, binascii.Error) as error:
        raise PlanError(f"The comparison cannot be read ({error}).", mend=again) from None
    worst = max((one.colour for one in reasons), key=COLOURS.index, default="green")
    if colour != worst:
        raise PlanError(f"The comparison says {colour}, and its reasons {worst}.", mend=again)
    now = people_by_unit(area)
    known = {code: sum(now[unit] for unit in units) for code, units in before.members().items()}
    if people is not None and {p.code: p.before for p in people} != known:
        raise PlanError("The people before are not those of the files in use.", mend=again)
    if lists is not None and lists.before + lists.opened - lists.closed + lists.others != lists.after:
        raise PlanError("The patients on lists do not add up.", mend=again)
    found = Refreshed(after, before, colour, reasons, people, lists, str(asked["source"]), basis)
    return Edition(found, place, zipped, page)
