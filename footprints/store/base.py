"""What every verb of the store rests on: reading, writing exactly once, and who may do what."""

from __future__ import annotations

import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, select
from sqlalchemy.exc import DBAPIError, OperationalError

from footprints.errors import StoreError, some
from footprints.escape import JOINER
from footprints.plan import clean_text
from footprints.store import schema
from footprints.store.areas import Areas
from footprints.store.engine import READING, told
from footprints.store.events import Event, Writing, append, by_token, hold
from footprints.store.records import ROLES

LONGEST_NAME = 200
LONGEST_TEXT = 20_000
ATTEMPTS = 3
WITHDRAW_AGREED = "withdraw what was agreed"
_RIGHTS = {
    "planner": ("save", "new plan", "branch", "merge", "revert", "autosave", "propose", "withdraw", "keep area"),
    "clerk": ("decide", "agree", "finalise", WITHDRAW_AGREED, "keep area"),
    "administrator": ("people", "bodies", "archive", "restore", "keep area"),
}


def new_token() -> str:
    """A name for one act, so that it is done once however often it is asked for."""
    return secrets.token_hex(16)


def now() -> str:
    """The time of this computer in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Base:
    """An open store: its engine and its area files.

    step : told where a save has come to (used to test what a power cut there would leave). clock : the time.
    """

    def __init__(
        self,
        engine: Engine,
        areas: Areas,
        *,
        clock: Callable[[], str] = now,
        step: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.engine = engine
        self.areas = areas
        self.clock = clock
        self.step = step
        self._turn = threading.Lock()

    def close(self) -> None:
        """Let go of the file or the server."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, all from one moment."""
        level = {"isolation_level": "REPEATABLE READ"} if self.engine.dialect.name == "postgresql" else {}
        try:
            with self.engine.connect().execution_options(**{READING: True}, **level) as connection:
                yield connection
        except DBAPIError as error:
            raise told(error) from error

    def write(
        self,
        verb: str,
        who: str,
        token: str,
        work: Callable[[Writing], tuple[str, str]],
    ) -> Event:
        """Do `work` (which gives project and plan) in one transaction with its event; once for a token.

        A token that was used gives the event of that time. Where the connection is lost it is tried again: whether the
        first attempt was saved is told by its token. Raises StoreError.
        """
        who, token = self.named(who), token or new_token()
        for attempt in range(ATTEMPTS):
            try:
                with self._turn:  # a queue for this process; SQLite only asks again and again
                    return self._write(verb, who, token, work)
            except OperationalError as error:
                if not error.connection_invalidated or attempt == ATTEMPTS - 1:
                    raise told(error) from error
                time.sleep(0.2 * (attempt + 1))
            except DBAPIError as error:
                raise told(error) from error
        raise AssertionError("unreachable")

    def _write(self, verb: str, who: str, token: str, work: Callable[[Writing], tuple[str, str]]) -> Event:
        with self.engine.connect() as connection:
            with connection.begin():
                writing = hold(connection, who, self.clock())
                self.step("held")
                done = by_token(connection, token)
                if done is not None:
                    if (done.actor, done.verb) != (who, verb):
                        raise StoreError(
                            f"This token was used by {done.actor} to {done.verb}.", mend="Use a new token for each act."
                        )
                    return done
                project, plan = work(writing)
                self.step("rows written")
                event = append(writing, verb, project, plan, token)
                self.step("event written")
            self.step("committed")
            return event

    # ------------------------------------------------------------ small things that verbs share

    @staticmethod
    def named(who: str) -> str:
        """A person's name, as it is also where it was copied from a page. Raises StoreError where there is none."""
        said = " ".join(clean_text(who, "A name").replace(JOINER, "").split())
        if not said:
            raise StoreError("Nobody is named as the one who does this.", mend="Give your name.", command="--as NAME")
        return limited(said, "A name", LONGEST_NAME)

    @staticmethod
    def may(connection: Connection, project: str, who: str, act: str) -> None:
        """Raises StoreError unless this person holds a role of the project that allows the act."""
        roles = roles_of(connection, project, who)
        if any(act in _RIGHTS.get(role, ()) for role in roles):
            return
        wanted = [role for role, acts in _RIGHTS.items() if act in acts]
        held = f"is {some(roles)} there" if roles else "has no role there"
        raise StoreError(
            f"{who} may not {act} in {project}: that is for a {' or '.join(wanted)}, and {who} {held}.",
            mend="Ask an administrator of the project: " + (some(_administrators(connection, project)) or "none") + ".",
        )

    @staticmethod
    def row(connection: Connection, table: Table, key: str, what: str) -> Mapping[str, Any]:
        """One row by its key. Raises StoreError naming the nearest that there are."""
        column = table.c[schema.key_of(table)]
        found = connection.execute(select(table).where(column == key)).mappings().first()
        if found is None:
            near = [str(k) for k in connection.execute(select(column).order_by(column)).scalars() if key[:3] in str(k)]
            raise StoreError(
                f"There is no {what} {key or '(blank)'}.",
                mend=f"There is {some(near)}." if near else "Look at what there is.",
                command="" if near else "footprints store projects",
            )
        return dict(found)


def roles_of(connection: Connection, project: str, who: str) -> list[str]:
    """The roles that a person holds in a project, sorted."""
    own = schema.person
    held = select(own.c.role).where(own.c.project == project, own.c.who == who, own.c.until == "")
    return [str(role) for role in connection.execute(held.order_by(own.c.role)).scalars()]


def _administrators(connection: Connection, project: str) -> list[str]:
    own = schema.person
    held = select(own.c.who).where(own.c.project == project, own.c.role == "administrator", own.c.until == "")
    return [str(who) for who in connection.execute(held.order_by(own.c.who)).scalars()]


def limited(text: str, what: str, most: int = LONGEST_TEXT) -> str:
    """A text that can be kept. Raises StoreError where it is too long."""
    said = clean_text(text, what)
    if len(said) > most:
        raise StoreError(f"{what} is {len(said):,} characters long; {most:,} are kept.", mend="Shorten it.")
    return said


def wanted(text: str, what: str, mend: str, most: int = LONGEST_TEXT, *, command: str = "") -> str:
    """The same, where there has to be one."""
    said = limited(text, what, most)
    if not said:
        raise StoreError(f"{what} is missing.", mend=mend, command=command)
    return said


def one_of(value: str, known: tuple[str, ...], what: str) -> str:
    """The value. Raises StoreError naming those there are."""
    if value not in known:
        raise StoreError(f"“{value}” is no {what}.", mend=f"Choose {', '.join(known)}.")
    return value


def day(text: str, what: str) -> str:
    """An ISO date. Raises StoreError for anything else."""
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise StoreError(f"{what} is “{text}”, which is no date.", mend="Write it as 2027-03-31.")


def slug(name: str, taken: set[str]) -> str:
    """A short name for addresses: "Option A" is option-a; with a number where that is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "plan"
    made, number = stem, 2
    while made in taken:
        made, number = f"{stem}-{number}", number + 1
    return made


def role_of(act: str) -> str:
    """The role that an act is for, the first one where several may do it."""
    return next(role for role, acts in _RIGHTS.items() if act in acts)


def known_role(role: str) -> str:
    """The role. Raises StoreError naming those there are."""
    return one_of(role, tuple(ROLES), "role")
