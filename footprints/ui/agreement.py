"""How far a version has come: the signatures that it needs, what moved since the agreed one, and its next status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from footprints.errors import StoreError
from footprints.escape import plain_markdown
from footprints.plan import Plan
from footprints.refreshing import Refreshed
from footprints.store import Store
from footprints.store.base import role_of
from footprints.store.beneath import changed_beneath, not_asked
from footprints.store.decisions import NEXT, Sheet, act_of
from footprints.store.moves import Moves
from footprints.store.overview import Line
from footprints.store.records import Project, Standing
from footprints.store.telling import version_in_words
from footprints.ui import meeting, narrowed, state, style, version_list, versions
from optimise.words import count

SHOWN = 60  # LSOAs of a list
REASONS = 12  # of one colour, of what changed beneath an edition
_DONE = {"proposed": "Propose", "agreed": "Mark as agreed", "final": "Mark as final", "withdrawn": "Withdraw"}


def show(store: Store, own: Project) -> None:
    """One version: its status, its signatures, what a meeting did, and what comes next."""
    line = version_list.choose(versions.lines(store, own.id), "agree_version")
    key = line.version.key
    plan = store.version(key).decision
    titles, stands = versions.names(store, own.id), line.standing
    _where(line, plan)
    if stands.edition > 1:
        _edition(store, line, titles)
    given = stands.statuses
    stage = st.radio(
        "What the bodies are asked for",
        ["agreed", "final"],
        index=1 if line.state in ("agreed", "final") else 0,
        format_func={"agreed": "The version to work with (agreed)", "final": "The final geography (final)"}.__getitem__,
        horizontal=True,
        key=f"agree_stage_{key}_{line.state}",
    )
    passed = stands.edition > 1 and stage in {one.status for one in given}
    sheet = store.sheet(stands.of if passed else key, stage)
    _sheet(sheet)
    if stands.edition > 1 and not passed:
        _elsewhere(store, line, stage, titles)
    since = store.amendment(stands.of if passed else key)
    if since is not None:
        _since(since, plan, titles, given[-1].reason if line.state == "final" else "")
    if line.state != "withdrawn" and not passed:
        meeting.show(store, own, line, sheet)
    _next(line, sheet, since if stage == "final" else None, plan, len(store.statuses(key)))
    if given:
        rows = [
            [versions.status(one.status), versions.when(one.dated), versions.when(one.valid_from) if one.valid_from
             else "–", one.who, one.reason or "–"]
            for one in given
        ]  # fmt: skip
        was = versions.root_of(stands, key, titles)
        whose = f"that {was} was given" if stands.edition > 1 else "that it was given"
        style.table(f"Every status {whose}", ["Status", "From", "Valid from", "By", "Why"], rows)


def _where(line: Line, plan: Plan) -> None:
    one = line.version
    style.note(
        f"“{plan.name}” v{one.number} is {versions.status_words(line.state)}. Saved by {one.author} on "
        f"{versions.when(one.at)} UTC{f': {one.reason}' if one.reason else '.'}",
        f"Its content, to be printed in papers: {one.content}",
        kind="good" if line.state in ("agreed", "final") else "",
    )


def _edition(store: Store, line: Line, titles: Mapping[str, str]) -> None:
    """What it is an edition of, and what changed beneath what was decided."""
    key, stands = line.version.key, line.standing
    was = versions.root_of(stands, key, titles)
    style.note(
        f"It is {versions.edition_of(stands, key, titles)}: {was} on other files, and nothing else was changed. It "
        f"stands as {was} does until it is given a status of its own; what meetings decided is recorded with {was}.",
    )
    found, unasked = _beneath(store, key, stands, store.head())
    told = [reason.words for reason in found.reasons if reason.colour == found.colour]
    kind = {"green": "good", "amber": "warn", "red": "bad"}[found.colour]
    more = [f"and {len(told) - REASONS} more, on the page Next quarter"] if len(told) > REASONS else []
    style.note(f"What changed beneath {was} since: {found.colour.upper()}", *told[:REASONS], *more, kind=kind)
    if unasked:
        style.note("On these files other signatures are needed than were given:", *unasked, kind="bad")


@st.cache_resource(max_entries=16, show_spinner="Comparing the files…", hash_funcs={Store: lambda store: store.address})
def _beneath(store: Store, key: str, _stands: Standing, mark: str) -> tuple[Refreshed, tuple[str, ...]]:
    return changed_beneath(store, key, _stands), not_asked(store, key, _stands)


def _elsewhere(store: Store, line: Line, stage: str, titles: Mapping[str, str]) -> None:
    """Decisions about what it is an edition of, at a stage that one has not come to: they do not count here."""
    was = versions.root_of(line.standing, line.version.key, titles)
    told = [
        f"{titles.get(one.body, one.body)}: {one.outcome}, {versions.when(one.dated)} ({one.minute})"
        for one in store.decisions(line.standing.of)
        if one.stage == stage
    ]
    if told:
        style.note(
            f"Recorded with {was}, and not counted here, as each decision is about one content:",
            *told,
            f"To go on with {was}, choose it above.",
            kind="warn",
        )


def _sheet(sheet: Sheet) -> None:
    decided = {body.key: mark for body, mark in sheet.decided}
    rows = []
    for body in (*sheet.needed.deciding, *sheet.needed.others):
        mark = decided.get(body.key)
        rows.append(
            [
                body.name,
                f"{body.kind}, {body.part}",
                f"{mark.outcome}, {versions.when(mark.dated)} ({mark.minute})" if mark else "nothing recorded",
                "; ".join(_more(mark)) if mark else "–",
            ]
        )
    if rows:
        style.table(
            f"Whose signature it needs to be {sheet.stage}", ["Body", "Part", "What it did", "Conditions, dissent, "
            "delegation"], rows,
        )  # fmt: skip
    if sheet.signed:
        style.note(
            "Every signature is there" + (" that can be worked out from the files." if sheet.needed.unsure else "."),
            *sheet.needed.unsure, kind="warn" if sheet.needed.unsure else "good",
        )  # fmt: skip
    else:
        style.note("Still missing:", *sheet.open, *sheet.needed.unsure, kind="warn")


def _more(mark: object) -> list[str]:
    found = []
    for name, words in (("conditions", "subject to: "), ("dissent", "dissent: ")):
        if getattr(mark, name):
            found.append(f"{words}{getattr(mark, name)}")
    if getattr(mark, "delegate", ""):
        found.append(f"{mark.delegate}: up to {mark.limit_people:,} people")  # type: ignore[attr-defined]
    return found or ["–"]


def _since(since: Moves, plan: Plan, titles: Mapping[str, str], reason: str) -> None:
    """What moved since the agreed version, and why: with what a final version opens. reason : of the final status."""
    was = version_in_words(since.before, titles)
    if not since.moves:
        style.note(f"Nobody moved since {was} was agreed.", kind="good")
        return
    names = {code: plan.neighbourhood(code).name for code in plan.codes}
    body, everyone = narrowed.line(state.area()), since
    if body is not None:
        since = everyone.within(body.units)
    rows = [
        [m.unit, m.name, f"{m.people:,}", names.get(m.was, m.was or "none"), names.get(m.to, m.to or "none"), m.why
         or "no reason recorded"]
        for m in since.moves[:SHOWN]
    ]  # fmt: skip
    more = f"; the first {SHOWN} of them" if len(since.moves) > SHOWN else ""
    of = f" of {body.name}" if body else ""
    whole = f" ({everyone.people:,} people in {count(len(everyone.moves), 'LSOA')} in all)" if body else ""
    style.table(
        f"Since {was} was agreed: {count(len(since.moves), 'LSOA')}{of} with "
        f"{count(since.people, 'person', 'people')} moved{whole}{more}",
        ["LSOA", "Name", "People", "From", "To", "Why"], rows, numbers=(2,), max_height=300,
    )  # fmt: skip
    if reason:
        style.note("Why, as it was said when the version was made final:", *reason.splitlines())


def _next(line: Line, sheet: Sheet, since: Moves | None, plan: Plan, number: int) -> None:
    """The forms for the next status. number : how many it was given so far."""
    follow = [state for state in NEXT[line.state] if state != "final" or sheet.stage == "final"]
    follow = [state for state in follow if state != "agreed" or sheet.stage == "agreed"]
    if not follow:
        return
    st.subheader("Its next status", anchor=False)
    roles = {state: role_of(act_of(state, line.state)) for state in follow}
    for_others = [f"{_DONE[state]}: for a {role}" for state, role in roles.items() if not versions.may(role)]
    if for_others:
        st.caption(f"{'; '.join(for_others)}.")
    follow = [state for state, role in roles.items() if versions.may(role)]
    if not follow:
        return
    key = line.version.key
    chosen = st.radio(
        "What is to be done",
        follow,
        format_func=_DONE.__getitem__,
        horizontal=True,
        key=f"next_{key}_{line.state}_{sheet.stage}",
    )
    form = f"{key}_{chosen}_{number}"  # nothing that was typed for another version, or for another act, is carried over
    groups = _groups(since, plan) if chosen == "final" and since is not None else []
    if chosen == "withdrawn":
        st.caption(
            "Only this edition is withdrawn; what it is an edition of, and other editions of that, stay as they are."
            if line.standing.edition > 1
            else "Editions of it on other files are withdrawn with it, unless they were given a status of their own."
        )
    with st.form("next_status", border=False):
        left, middle, right = st.columns([1, 1, 2])
        left.date_input("From the day", date.today(), format="DD/MM/YYYY", key=f"status_day_{form}")
        if chosen != "withdrawn":
            middle.date_input("The geography is valid from", None, format="DD/MM/YYYY", key=f"status_valid_{form}")
        right.text_input(
            "Why" + (" (needed)" if chosen == "withdrawn" else ""), max_chars=1_000, key=f"status_reason_{form}"
        )
        unsure = chosen in ("agreed", "final") and bool(sheet.needed.unsure)
        if unsure:
            st.text_input(
                "The files do not say to which board or ICB each LSOA belongs: how is it known that each has signed?",
                max_chars=1_000,
                key=f"status_unchecked_{form}",
            )
        if groups:
            st.markdown("**Why each of them moved since the agreed version**")
        for n, (words, why) in enumerate(groups):
            st.text_input(plain_markdown(words), why, max_chars=500, key=f"status_why_{form}_{n}")
        st.form_submit_button(
            _DONE[chosen],
            type="primary",
            disabled=chosen in ("agreed", "final") and not sheet.signed,
            on_click=_given,
            args=(line, chosen, tuple(words for words, _ in groups), unsure, form),
            key="status_now",
        )
    if chosen in ("agreed", "final") and not sheet.signed:
        st.caption("Not before every signature is there.")


def _groups(since: Moves, plan: Plan) -> list[tuple[str, str]]:
    """Those who moved, together where they moved alike and for one reason: in words, with the reason that is known."""
    names = {code: plan.neighbourhood(code).name for code in plan.codes}
    found: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for move in since.moves:
        found.setdefault((move.was, move.to, move.why), []).append((move.unit, move.people))
    groups = []
    for (was, to, why), units in found.items():
        codes = ", ".join(unit for unit, _ in units[:12]) + (f" and {len(units) - 12} more" if len(units) > 12 else "")
        ways = f"{names.get(was, was or 'none')} to {names.get(to, to or 'none')}"
        people = count(sum(number for _, number in units), "person", "people")
        groups.append((f"{ways}: {codes}, {people}", why))
    return groups


def _given(line: Line, status: str, moved: tuple[str, ...], unsure: bool, form: str) -> None:
    said, key = st.session_state, line.version.key
    whys = [str(said[f"status_why_{form}_{n}"]).strip() for n in range(len(moved))]

    def verb() -> str:
        lacking = [words for words, why in zip(moved, whys, strict=True) if not why]
        if lacking:
            raise StoreError(
                f"Nobody said why these moved since the agreed version: {lacking[0]}"
                + (f", and {len(lacking) - 1} more." if len(lacking) > 1 else "."),
                mend="Give each of them a reason.",
            )
        parts = [
            str(said[f"status_reason_{form}"]),
            *(f"{words}: {why}" for words, why in zip(moved, whys, strict=True)),
        ]
        store, who = versions.made(), versions.acting(role_of(act_of(status, line.state)))
        versions.seat(store, key.partition("/")[0])
        given = store.set_status(
            key,
            status,
            who,
            dated=_day(said[f"status_day_{form}"]),
            valid_from=_day(said.get(f"status_valid_{form}")),
            reason="\n".join(part for part in parts if part.strip()),
            unchecked=str(said.get(f"status_unchecked_{form}", "")) if unsure else "",
        )
        return f"v{key.rpartition('@')[2]} is {given.status} from {versions.when(given.dated)}."

    versions.act(verb)


def _day(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else ""
