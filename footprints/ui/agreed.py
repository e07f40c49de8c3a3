"""Decisions on the Practices page: the agreed home of a practice, and who re-aligns what by when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from boundaries.errors import FootprintError
from footprints.edit import set_home, set_task
from footprints.errors import PlanError
from footprints.escape import plain_markdown
from footprints.plan import STATUSES, Plan, Task
from footprints.practices import Due, Impact, Spread, straddling, timetable
from footprints.shelf import Shelf
from footprints.ui import state, style
from footprints.ui.narrowed import Here
from footprints.ui.practice_facts import PracticeFacts
from footprints.ui.practices import names_of, share, sited
from optimise.words import count

KINDS = {"practice": "Practice", "pcn": "PCN", "": "–"}
NOT_SAID = "Not said yet"


def change(key: str, verb: Callable[[Plan], Plan], words: str, said: str, *, at: str) -> None:
    """Make `verb` of the option `key` its plan, as one edit that can be undone.

    words : the edit, for undo. said : what is told once it is done. at : the form where that, or what stands in the
    way, is told.
    """
    own = state.session()

    def edit(shelf: Shelf) -> Shelf:
        option = shelf.get(key)
        if option is None:
            raise PlanError("This option is not on the shelf any more.", mend="Choose another.")
        return shelf.put(option.edit(verb(option.plan), words))

    try:
        own.change(edit)
    except FootprintError as error:
        st.session_state[f"{at}_trouble"] = str(error)
        return
    st.session_state[f"{at}_said"] = said


def _messages(at: str) -> None:
    """What was just done, or stood in the way, told once and where it was done."""
    with st.container():  # always there: what comes and goes would move what stands below it
        said, trouble = (st.session_state.pop(key, "") for key in (f"{at}_said", f"{at}_trouble"))
        if said:
            style.said(said)
        if trouble:
            style.note(trouble, kind="bad")


def homes(facts: PracticeFacts, key: str, here: Here | None) -> None:
    """Choose a practice, see where it could belong, and agree on its home with a reason, or take that back.

    here : only the practices sited in it.
    """
    rows, spread = sited(facts.shown, here), facts.spread
    if not rows or not spread.codes:
        style.note("There is no practice, or no neighbourhood yet, to agree on.")
        return
    by_code = {row.practice: row for row in _in_order(rows, spread)}
    left, right = st.columns([4, 5], gap="large")
    with left:
        practice = st.selectbox(
            "Practice",
            list(by_code),
            format_func=lambda code: f"{by_code[code].name or code} ({code}), {by_code[code].patients:,} patients",
            key="home_practice",
            help="Those that straddle, or whose homes differ, and are not agreed yet come first.",
        )
        _decide(by_code[practice], spread, key)
    with right:
        _could_belong(by_code[practice], spread)
    _decided(facts.impacts, spread, here)


def _decide(row: Impact, spread: Spread, key: str) -> None:
    practice, name = row.practice, names_of(spread.plan)
    agreed = row.agreed or row.main or spread.codes[0]
    home = st.selectbox(
        "Agreed neighbourhood",
        spread.codes,
        spread.codes.index(agreed),
        format_func=lambda code: name[code],
        key=f"home_to_{key}_{practice}_{agreed}",
    )
    said = spread.reasons.get(practice, "")
    reason = st.text_input(
        "Reason",
        said,
        max_chars=300,
        placeholder="Such as: the partners asked for it, 12 May",
        key=f"home_why_{key}_{practice}_{hash(said)}",
    )
    with st.container(horizontal=True, gap="small"):
        if st.button("Agree on this home", type="primary", key="home_set"):
            _agree(key, row, home, f"{name[home]} now, {_living(row, spread, home)}", reason)
            st.rerun()
        if st.button("Take the decision back", key="home_back", disabled=practice not in spread.reasons):
            called = row.name or practice
            change(
                key,
                lambda plan: set_home(plan, practice, ""),
                f"Took back the agreed home of {called}",
                f"{called}: the decision is taken back; most patients count again.",
                at="home",
            )
            st.rerun()
    _messages("home")
    st.caption("It is part of this option: undone on the Map page like any edit, saved, compared and exported with it.")


def _could_belong(row: Impact, spread: Spread) -> None:
    name = names_of(spread.plan)
    style.table(
        f"Where {row.name or row.practice} could belong",
        ["Neighbourhood", "Its patients", "Of its list", "What speaks for it"],
        [
            [name[code], f"{n:,}" if n else "–", share(n / row.patients) if row.patients else "–", why]
            for code, n, why in _candidates(row, spread)
        ],
        numbers=(1, 2),
    )


def _agree(key: str, row: Impact, home: str, where: str, reason: str) -> None:
    if not reason.strip():
        st.session_state["home_trouble"] = "Say why first: the reason is exported beside the agreed home."
        return
    change(
        key,
        lambda plan: set_home(plan, row.practice, home, reason),
        f"Agreed home of {row.name or row.practice}",
        f"{row.name or row.practice} belongs to {where}.",
        at="home",
    )


def _living(row: Impact, spread: Spread, home: str) -> str:
    """How many of its patients live in a neighbourhood, so that a slip is seen at once."""
    number = int(spread.here[spread.practices.index(row.practice), spread.codes.index(home)])
    return f"where {number:,} of its {row.patients:,} patients live" if number else "where none of its patients lives"


def _in_order(rows: Sequence[Impact], spread: Spread) -> list[Impact]:
    """Practices, those first that a planner has to look at."""
    across = {row.practice for row in straddling(rows)}

    def settled(row: Impact) -> bool:
        return row.practice in spread.reasons or not (row.homes_differ or row.practice in across)

    return sorted(rows, key=lambda row: (settled(row), -row.patients, row.practice))


def _candidates(row: Impact, spread: Spread) -> list[tuple[str, int, str]]:
    """(neighbourhood, patients, what speaks for it): homes of any kind, and wherever more than 5 % of the list live."""
    p = spread.practices.index(row.practice)
    agreed = row.agreed if row.practice in spread.reasons else ""
    kinds = [("most patients", row.main), ("site", row.site), ("PCN vote", row.by_pcn), ("agreed", agreed)]
    codes = {*(code for code, _ in row.over_5), row.second, *(code for _, code in kinds)} - {""}
    people = {code: int(spread.here[p, spread.codes.index(code)]) for code in codes}
    order = sorted(codes, key=lambda code: (-people[code], code))
    return [(code, people[code], ", ".join(what for what, own in kinds if own == code)) for code in order]


def _decided(rows: Sequence[Impact], spread: Spread, here: Here | None) -> None:
    agreed = tuple(home for home in spread.plan.homes if here is None or home.practice in here.practices)
    beyond = len(spread.plan.homes) - len(agreed)
    if here and beyond:
        st.caption(f"{count(beyond, 'agreed home')} of practices outside {plain_markdown(here.body.name)}, not shown.")
        if not agreed:
            return
    if not agreed:
        style.note(
            "No home is agreed yet: each practice counts where most of its patients live.",
            "Agree first on those that straddle: lists of practices agreed here, and what has to re-align, follow.",
        )
        return
    by_code, name = {row.practice: row for row in rows}, names_of(spread.plan)
    ours = sited(rows, here)
    open_ones = sum(bool(row.agreed) and row.practice not in spread.reasons for row in ours)
    table = []
    for home in agreed:
        row = by_code.get(home.practice)
        table.append(
            [
                style.named(row.name or home.practice, home.practice) if row else home.practice,
                f"{row.patients:,}" if row else "–",
                name.get(home.neighbourhood, home.neighbourhood),
                "the same" if row and row.main == home.neighbourhood else name[row.main] if row else "not known here",
                home.reason,
            ]
        )
    style.table(
        f"{count(len(agreed), 'agreed home')}; {count(open_ones, 'practice')} still by most patients",
        ["Practice", "List", "Agreed home", "Most patients in", "Reason"],
        table,
        numbers=(1,),
        max_height=560,
        kind="wrap",
    )


def alignment(spread: Spread, key: str, here: Here | None) -> None:
    """What would have to change, in order of patients affected, and the form that says who sees to it.

    here : only practices sited in it, and their PCNs.
    """
    every = timetable(spread)
    rows = tuple(row for row in every if here is None or row.code in here.practices | here.pcns)
    beyond = len(every) - len(rows)
    if here and beyond:
        lines = count(beyond, "line")
        st.caption(f"{lines} of practices and PCNs without a site in {plain_markdown(here.body.name)}, not shown here.")
    if here and beyond and not rows:
        return
    if not rows:
        _messages("task")
        style.note(
            "Nothing has to re-align: every practice is agreed to the neighbourhood where most of its PCN's patients "
            "live.",
            kind="good",
        )
        return
    name = names_of(spread.plan)
    needed = [row for row in rows if row.needed]
    practices = [row for row in needed if row.kind == "practice"]
    style.table(
        f"{count(len(practices), 'practice')} of {count(len(needed) - len(practices), 'PCN')} would have to re-align: "
        f"{sum(row.patients for row in practices):,} patients on their lists; most affected first",
        ["Kind", "Who", "Patients", "PCN's home", "Practices' home", "Owner", "Action", "By when", "Status"],
        [
            [
                KINDS[row.kind],
                style.named(row.name, row.code),
                f"{row.patients:,}" if row.needed else "none",
                name.get(row.home, "–") if row.needed else row.in_words,
                ", ".join(name[code] for code in row.to),
                row.task.owner or "–",
                row.task.action or "–",
                row.task.by_when or "–",
                row.task.status or "–",
            ]
            for row in rows
        ],
        numbers=(2,),
        max_height=420,
    )
    open_ones = sum(row.code not in spread.reasons for row in practices)
    if open_ones:
        st.caption(
            f"No home is agreed yet for {count(open_ones, 'practice')} here: the neighbourhood with most of the "
            "patients stands for it. Agreeing on another home (in the tab before) may be all that is needed."
        )
    with st.expander("How this is worked out"):
        style.note(
            "A PCN is where most patients of its practices live. A practice that is agreed to another neighbourhood "
            "changes PCN, or works across; a PCN with such practices is listed with all of their patients.",
            "Practices with half of their patients or fewer in the neighbourhoods of this option are left to the areas "
            "where their patients live.",
        )
    _task(rows, key)


def _task(rows: Sequence[Due], key: str) -> None:
    st.subheader("Who does what, by when", anchor=False)
    by_code = {row.code: row for row in rows}
    code = st.selectbox(
        "Practice or PCN",
        list(by_code),
        format_func=lambda c: f"{KINDS[by_code[c].kind]}: {by_code[c].name} ({c})",
        key="task_of",
    )
    row = by_code[code]
    style.note(row.in_words)
    mark = f"{key}_{code}_{hash(row.task)}"
    with st.form(f"task_{mark}", border=False):
        first, second, third, fourth = st.columns([3, 5, 2, 2])
        owner = first.text_input("Owner", row.task.owner, max_chars=80, key=f"task_owner_{mark}")
        action = second.text_input("Action", row.task.action, max_chars=300, key=f"task_action_{mark}")
        when = third.date_input(
            "By when",
            date.fromisoformat(row.task.by_when) if row.task.by_when else None,
            format="DD/MM/YYYY",
            key=f"task_when_{mark}",
        )
        choices = ["", *STATUSES]
        status = fourth.selectbox(
            "Status",
            choices,
            choices.index(row.task.status),
            format_func=lambda s: s.capitalize() or NOT_SAID,
            key=f"task_status_{mark}",
        )
        with st.container(horizontal=True, gap="small"):
            kept = st.form_submit_button("Keep", type="primary", key="task_keep")
            gone = st.form_submit_button("Take it out", key="task_out", disabled=not row.task.said)
    if kept or gone:
        by = when.isoformat() if isinstance(when, date) else ""
        task = Task(code) if gone else Task(code, owner, action, by, status)
        change(
            key,
            lambda plan: set_task(plan, task),
            f"Timetable for {row.name}",
            f"The timetable for {row.name} is {'taken out' if gone else 'kept'}.",
            at="task",
        )
        st.rerun()
    _messages("task")
