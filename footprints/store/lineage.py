"""Who comes from whom: versions by their keys, the newest that two have in common, and what one is an edition of."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select

from footprints.store import schema
from footprints.store.records import Standing, Status


def ancestors(connection: Connection, key: str) -> set[str]:
    """A version and all that it was made from, along parents, merges and branches."""
    own = schema.version
    found: set[str] = set()
    todo = [key]
    while todo:
        one = todo.pop()
        if one in found or not one:
            continue
        found.add(one)
        row = connection.execute(
            select(own.c.plan, own.c.parent, own.c.other, own.c.kind).where(own.c.key == one)
        ).first()
        if row is None:
            continue
        plan, parent, other, kind = row
        todo += [f"{plan}@{parent}"] if parent else []
        todo += [str(other)] if other and kind in ("merge", "branch", schema.EDITION) else []
    return found


def in_common(connection: Connection, one: str, other: str) -> str:
    """The key of the newest version that both come from, "" where they share none."""
    shared = ancestors(connection, one) & ancestors(connection, other)
    newest = [key for key in shared if not any(key != k and key in ancestors(connection, k) for k in shared)]
    own = schema.version
    rows = connection.execute(select(own.c.at, own.c.number, own.c.key).where(own.c.key.in_(newest))).all()
    return str(max(rows)[2]) if rows else ""


def edition_of(plan: str, parent: int, other: str, kind: str) -> str:
    """The key of the version that one is an edition of; "" for any other kind of version."""
    return (other or f"{plan}@{parent}") if kind == schema.EDITION else ""


def editions(key: str, earlier: Callable[[str], str]) -> tuple[str, ...]:
    """A version and those that it is an edition of, the newest first. earlier : key -> as `edition_of` has it."""
    found = [key]
    while one := earlier(found[-1]):
        found.append(one)
    return tuple(found)


def standing(key: str, earlier: Callable[[str], str], statuses: Callable[[str], tuple[Status, ...]]) -> Standing:
    """What a version stands as. An edition changes nothing but the files, so it stands as the one before it until it
    is given a status of its own. An edition that was withdrawn takes no other along; what it is an edition of does.

    earlier : key -> as `edition_of` has it. statuses : key -> its own.
    """
    line = editions(key, earlier)
    for number, one in enumerate(line, 1):
        own = statuses(one)
        passed_over = 1 < number < len(line) and own and own[-1].status == "withdrawn"
        if own and not passed_over:
            return Standing(one, number, own)
    return Standing(key, 1, ())
