"""Agreement: what meetings decided, and which status a version has. Each is bound to the content of one version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, select

from footprints.errors import StoreError, some
from footprints.stamp import STATUSES
from footprints.store import schema
from footprints.store.base import WITHDRAW_AGREED, day, limited, one_of, wanted
from footprints.store.drafts import Drafts
from footprints.store.events import Writing, compact
from footprints.store.lineage import ancestors, edition_of, standing
from footprints.store.moves import Moves, moves_between
from footprints.store.projects import bodies_of, body_named
from footprints.store.records import OUTCOMES, STAGES, Body, Decision, Standing, Status, Version, record
from footprints.store.signatures import Needed, covered, needed
from optimise.words import count

# status -> those that may follow, and the right it takes
NEXT: Mapping[str, tuple[str, ...]] = {
    "draft": ("proposed", "withdrawn"),
    "proposed": ("agreed", "final", "withdrawn"),
    "agreed": ("final", "withdrawn"),
    "final": ("withdrawn",),
    "withdrawn": (),
}
_ACT = {"proposed": "propose", "agreed": "agree", "final": "finalise", "withdrawn": "withdraw"}
_Bound = TypeVar("_Bound", Decision, Status)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def act_of(status: str, now: str) -> str:
    """The right that it takes to give a version that status; what boards agreed is withdrawn by a clerk only.

    now : the status that it has.
    """
    return WITHDRAW_AGREED if status == "withdrawn" and now in STAGES else _ACT[status]


@dataclass(frozen=True)
class Sheet:
    """How far a version has come at one stage: what it needs, the newest decision of each body, what is still open."""

    version: Version
    stage: str
    needed: Needed
    decided: tuple[tuple[Body, Decision], ...]
    open: tuple[str, ...]

    @property
    def signed(self) -> bool:
        """Whether every signature is there and no condition is open."""
        return not self.open


class Decisions(Drafts):
    """What was decided about versions."""

    def decide(
        self, key: str, body: str, who: str, *, outcome: str, dated: str, minute: str, paper: str = "",
        stage: str = "agreed", options: Sequence[str] = (), today: str = "", conditions: str = "", dissent: str = "",
        delegate: str = "", limit_people: int = 0, under: str = "", token: str = "",
    ) -> Decision:  # fmt: skip
        """Record what a meeting did with a version (a clerk may).

        paper : SHA-256 of the paper that lay before it. options : what was considered, among them `today`, the
        arrangement of that day. delegate, limit_people : who may agree to amendments that move no more people than that
        within what the body covers. under : key of a decision with a delegation, for an amendment that was agreed under
        it; or of the decision whose conditions are now met. Raises StoreError where something is missing.
        """
        one_of(outcome, OUTCOMES, "outcome of a decision")
        one_of(stage, STAGES, "stage that a body decides on")
        day(dated, "The day of the meeting")
        minute = wanted(minute, "The minute reference", "Give it, such as HWB 2027-01-14 item 7.")
        rests = outcome == "conditions met" or bool(under)
        values = {
            "stage": stage, "outcome": outcome, "dated": dated, "minute": minute,
            "paper": _paper(paper, needed=not rests),
            "options": _options(options, today, may_lack=rests or outcome == "deferred"),
            "conditions": _conditions(conditions, outcome), "dissent": limited(dissent, "The dissent"),
            **_delegation(delegate, limit_people, outcome),
        }  # fmt: skip

        def work(writing: Writing) -> tuple[str, str]:
            version = self._saved(writing.connection, key)
            own = self._plan(writing.connection, version.plan)
            self._in_use(writing.connection, own.project)
            self.may(writing.connection, own.project, writing.actor, "decide")
            board = body_named(writing.connection, own.project, body)
            earlier = self._decision(writing.connection, under) if under else None
            self._rests_well(writing.connection, version, board, outcome, stage, earlier)
            number = len(writing.connection.execute(_of(schema.decision, key)).all()) + 1
            row = {
                "key": f"{key}/decision-{number}", "version": key, "content": version.content, "body": board.key,
                **values, "under": under, "clerk": writing.actor, "at": writing.at,
            }  # fmt: skip
            writing.insert("decision", row)
            return own.project, own.id

        return record(Decision, self.write("decide", who, token, work).row("decision"))

    def decisions(self, key: str) -> tuple[Decision, ...]:
        """Every decision about a version, in the order they were recorded."""
        with self.reading() as connection:
            self._version(connection, key)
            return _decisions(connection, key)

    def statuses(self, key: str) -> tuple[Status, ...]:
        """Every status that a version was given, in order; without one it is a draft, or stands as an edition does."""
        with self.reading() as connection:
            self._version(connection, key)
            return _statuses(connection, key)

    def standing(self, key: str) -> Standing:
        """What a version stands as: by its own statuses or, as an edition, by those of what it is an edition of."""
        with self.reading() as connection:
            self._version(connection, key)
            return _standing(connection, key)

    def decisions_in(self, project: str) -> dict[str, tuple[Decision, ...]]:
        """Version -> every decision about it, in the order they were recorded, for all versions of a project."""
        with self.reading() as connection:
            found = [
                record(Decision, dict(row)) for row in connection.execute(_in(schema.decision, project)).mappings()
            ]
        return {key: tuple(sorted(own, key=lambda one: _number(one.key))) for key, own in _by_version(found).items()}

    def statuses_in(self, project: str) -> dict[str, tuple[Status, ...]]:
        """Version -> every status that it was given, in order, for all versions of a project."""
        with self.reading() as connection:
            found = [record(Status, dict(row)) for row in connection.execute(_in(schema.status, project)).mappings()]
        return {key: tuple(sorted(own, key=lambda one: _number(one.key))) for key, own in _by_version(found).items()}

    def status_of(self, key: str) -> str:
        """The status that a version stands as now."""
        return self.standing(key).status

    def sheet(self, key: str, stage: str = "agreed") -> Sheet:
        """What a version needs to be agreed or final, and what it has."""
        one_of(stage, STAGES, "stage that a body decides on")
        with self.reading() as connection:
            version = self._version(connection, key)
            project = self._plan(connection, version.plan).project
            bodies, found = bodies_of(connection, project), _decisions(connection, key)
        return self._sheet(version, stage, bodies, found)

    def set_status(
        self, key: str, status: str, who: str, *, dated: str, valid_from: str = "", reason: str = "",
        unchecked: str = "", token: str = "",
    ) -> Status:  # fmt: skip
        """Give a version its next status. agreed and final need every signature of that stage.

        final needs an agreed version that it is or comes from, and a reason for everybody who moves since: with each
        LSOA, or one for all. unchecked : where the files do not say to which board or ICB each LSOA belongs, how it is
        known that each has signed; it is written down with the reason. Raises StoreError saying what is missing.
        """
        one_of(status, STATUSES, "status")
        day(dated, f"The day it was {status}")
        if valid_from:
            day(valid_from, "The day it is valid from")
        if status == "withdrawn":
            wanted(reason, "The reason for withdrawing", "Say why.", command="--reason")
        reason, unchecked = limited(reason, "The reason"), limited(unchecked, "How it is known")
        unsure: tuple[str, ...] = ()
        if status in STAGES:
            # Looked at again inside; here first, because reading the evidence takes long the first time.
            sheet = self.sheet(key, status)
            _refuse_open(sheet)
            unsure = sheet.needed.unsure
            if unsure and not unchecked:
                raise StoreError(
                    f"{key} is not {status} yet. {' '.join(unsure)}",
                    mend="Load that lookup and save the plan on it, or say how it is known that each has signed.",
                )
        if status == "final" and not reason:
            moved = self.amendment(key)
            if moved is not None and moved.unexplained:
                raise StoreError(
                    f"{moved.in_words} Nobody said why for {some(moved.unexplained)}.",
                    mend="Give each of them a reason, or one for all.",
                    command="--reason",
                )

        if unsure:
            reason = "\n".join(part for part in (reason, f"Not in the files; how it is known: {unchecked}") if part)

        def work(writing: Writing) -> tuple[str, str]:
            connection = writing.connection
            version = self._saved(connection, key)
            own = self._plan(connection, version.plan)
            self._in_use(connection, own.project)
            given, now = _statuses(connection, key), _standing(connection, key).status
            self.may(connection, own.project, writing.actor, act_of(status, now))
            if status not in NEXT[now]:
                follow = f"{key} may become {' or '.join(NEXT[now])}." if NEXT[now] else "Save a new version instead."
                raise StoreError(f"{key} is {now}, and does not become {status} from there.", mend=follow)
            if status in STAGES:
                bodies, found = bodies_of(connection, own.project), _decisions(connection, key)
                _refuse_open(self._sheet(version, status, bodies, found))
            if status == "final" and not _agreed_before(connection, key):
                raise StoreError(f"{key} comes from no agreed version.", mend="Have a version agreed first.")
            row = {
                "key": f"{key}/status-{len(given) + 1}", "version": key, "content": version.content, "status": status,
                "dated": dated, "valid_from": valid_from, "reason": reason, "who": writing.actor, "at": writing.at,
            }  # fmt: skip
            writing.insert("status", row)
            return own.project, own.id

        return record(Status, self.write("set status", who, token, work).row("status"))

    def moves(self, before: str, after: str) -> Moves:
        """What moved between two versions, on the evidence of the later one."""
        old, new = self.version(before), self.version(after)
        return moves_between(old.decision, new.decision, self.area_of(new.area), (old.key, new.key))

    def amendment(self, key: str) -> Moves | None:
        """What a version moves of the newest agreed or final one that it comes from; None where there is none."""
        version = self.version(key)
        with self.reading() as connection:
            before = _agreed_before(connection, version.key, itself=False)
        return self.moves(before, version.key) if before else None

    def _sheet(self, version: Version, stage: str, bodies: tuple[Body, ...], decisions: tuple[Decision, ...]) -> Sheet:
        asked = needed(version.decision, self.area_of(version.area), bodies)
        newest: dict[str, Decision] = {}
        met: set[str] = set()
        for one in decisions:
            if one.stage != stage or one.content != version.content:
                continue
            if one.outcome == "conditions met":
                met.add(one.under)
            else:
                newest[one.body] = one
        still = [*asked.gaps]
        for body in asked.deciding:
            mark = newest.get(body.key)
            if mark is None:
                still.append(f"{body.name} has not decided.")
            elif mark.outcome == "agreed subject to" and mark.key not in met:
                still.append(f"{body.name} agreed subject to: {mark.conditions} Nobody recorded that this is met.")
            elif mark.outcome not in ("agreed", "agreed subject to"):
                still.append(f"{body.name} on {mark.dated}: {mark.outcome} ({mark.minute}).")
        if not asked.deciding and not still:
            still.append("No body on the list decides on it.")
        shown = (*asked.deciding, *asked.others)
        return Sheet(version, stage, asked, tuple((b, newest[b.key]) for b in shown if b.key in newest), tuple(still))

    def _decision(self, connection: Connection, key: str) -> Decision:
        return record(Decision, self.row(connection, schema.decision, key, "decision"))

    def _rests_well(
        self, connection: Connection, version: Version, body: Body, outcome: str, stage: str, earlier: Decision | None
    ) -> None:
        """A decision that rests on an earlier one: of the same body, and within what that one allowed."""
        if earlier is None:
            if outcome == "conditions met":
                raise StoreError(
                    "It is not said which conditions are met.", mend="Name the decision.", command="--under"
                )
            return
        if (earlier.body, earlier.stage) != (body.key, stage):
            raise StoreError(
                f"{earlier.key} is not a decision of {body.name} on the stage {stage}.", mend="Name one that is."
            )
        if outcome == "conditions met":
            if earlier.outcome != "agreed subject to" or earlier.version != version.key:
                raise StoreError(
                    f"{earlier.key} was not agreed subject to conditions on {version.key}.", mend="Name one that was."
                )
            return
        if outcome != "agreed" or not earlier.delegate:
            raise StoreError(
                f"{earlier.key} gives no delegation to {outcome}.", mend="Record a decision of the body itself."
            )
        if earlier.under:
            raise StoreError(
                f"{earlier.key} was itself made under delegation.", mend=f"Name the body's own: {earlier.under}."
            )
        if earlier.version not in ancestors(connection, version.key):
            raise StoreError(
                f"{version.key} does not come from {earlier.version}, which {body.name} decided on.",
                mend="Ask the body itself.",
            )
        old, area = self._version(connection, earlier.version), self.area_of(version.area)
        moved = moves_between(old.decision, version.decision, area).within(covered(body, area))
        if moved.people > earlier.limit_people:
            raise StoreError(
                f"{version.key} moves {count(moved.people, 'person', 'people')} within {body.name}; {earlier.delegate} "
                f"may agree to {earlier.limit_people:,} at most ({earlier.minute}).",
                mend="Ask the body itself.",
            )


def _of(table: Table, key: str) -> Select[Any]:
    return select(table).where(table.c.version == key)


def _in(table: Table, project: str) -> Select[Any]:
    version, plan = schema.version, schema.plan
    joined = table.join(version, table.c.version == version.c.key).join(plan, version.c.plan == plan.c.id)
    return select(table).select_from(joined).where(plan.c.project == project)


def _by_version(rows: Iterable[_Bound]) -> dict[str, list[_Bound]]:
    found: dict[str, list[_Bound]] = {}
    for row in rows:
        found.setdefault(row.version, []).append(row)
    return found


def _decisions(connection: Connection, key: str) -> tuple[Decision, ...]:
    rows = [record(Decision, dict(row)) for row in connection.execute(_of(schema.decision, key)).mappings()]
    return tuple(sorted(rows, key=lambda one: _number(one.key)))


def _statuses(connection: Connection, key: str) -> tuple[Status, ...]:
    rows = [record(Status, dict(row)) for row in connection.execute(_of(schema.status, key)).mappings()]
    return tuple(sorted(rows, key=lambda one: _number(one.key)))


def _standing(connection: Connection, key: str) -> Standing:
    return standing(key, lambda one: _edition_of(connection, one), lambda one: _statuses(connection, one))


def _edition_of(connection: Connection, key: str) -> str:
    own = schema.version
    wanted = select(own.c.plan, own.c.parent, own.c.other, own.c.kind).where(own.c.key == key)
    plan, parent, other, kind = connection.execute(wanted).one()
    return edition_of(str(plan), int(parent), str(other), str(kind))


def _number(key: str) -> int:
    return int(key.rpartition("-")[2])


def _agreed_before(connection: Connection, key: str, *, itself: bool = True) -> str:
    """The newest version that was agreed or final, is not withdrawn, and is that version or comes before it."""
    own = schema.status
    line = ancestors(connection, key) - (set() if itself else {key})
    rows = connection.execute(select(own.c.version, own.c.at).where(own.c.status.in_(STAGES))).all()
    found = [
        (str(at), _number(str(version).replace("@", "-")), str(version))
        for version, at in rows
        if version in line and _statuses(connection, str(version))[-1].status != "withdrawn"
    ]
    return max(found)[2] if found else ""


def _refuse_open(sheet: Sheet) -> None:
    if sheet.open:
        raise StoreError(
            f"{sheet.version.key} is not {sheet.stage} yet: " + " ".join(sheet.open),
            mend="Record what the bodies decided, or change the list of bodies.",
        )


def _paper(paper: str, *, needed: bool) -> str:
    said = paper.strip().casefold()
    if (said or needed) and not _SHA256.fullmatch(said):
        raise StoreError(
            f"“{paper}” is not the SHA-256 of the paper that the meeting had before it.",
            mend="Give the paper itself, or its 64 hexadecimal digits.",
            command="--paper FILE",
        )
    return said


def _options(options: Sequence[str], today: str, may_lack: bool) -> str:
    names = [limited(name, "An option") for name in dict.fromkeys([*options, *([today] if today else [])])]
    if not may_lack and (not today or len(names) < 2):
        raise StoreError(
            f"The options considered are {some(names) or 'not given'}; a decision weighs at least two, one of them "
            "today's arrangement.",
            mend="Name each option, and say which is today's.",
            command="--option, --today",
        )
    return compact([[name, name == today.strip()] for name in names if name])


def _conditions(conditions: str, outcome: str) -> str:
    said = limited(conditions, "The conditions")
    if outcome == "agreed subject to" and not said:
        raise StoreError("It was agreed subject to something that is not said.", mend="Give the conditions.")
    if outcome != "agreed subject to" and said:
        raise StoreError(f"Conditions do not go with the outcome “{outcome}”.", mend="Use “agreed subject to”.")
    return said


def _delegation(delegate: str, limit_people: int, outcome: str) -> dict[str, str | int]:
    said = limited(delegate, "The delegation")
    if bool(said) != (limit_people > 0):
        raise StoreError(
            "A delegation needs both a person or post and a limit in people.",
            mend="Give both, or neither.",
            command="--delegate and --limit",
        )
    if said and outcome not in ("agreed", "agreed subject to"):
        raise StoreError(f"A delegation does not go with the outcome “{outcome}”.", mend="Leave it out.")
    return {"delegate": said, "limit_people": limit_people}
