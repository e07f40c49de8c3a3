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
        todo += [str(other)] if kind in ("merge", "branch") else []
    return found


def in_common(connection: Connection, one: str, other: str) -> str:
    """The key of the newest version that both come from, "" where they share none."""
    shared = ancestors(connection, one) & ancestors(connection, other)
    newest = [key for key in shared if not any(key != k and key in ancestors(connection, k) for k in shared)]
    own = schema.version
    rows = connection.execute(select(own.c.at, own.c.number, own.c.key).where(own.c.key.in_(newest))).all()
    return str(max(rows)[2]) if rows else ""


def edition_of(plan: str, parent: int, kind: str) -> str:
    """The key of the version that one is an edition of; "" for any other kind of version."""
    return f"{plan}@{parent}" if kind == schema.EDITION else ""


def standing(key: str, earlier: Callable[[str], str], statuses: Callable[[str], tuple[Status, ...]]) -> Standing:
    """What a version stands as. An edition moves nobody, so it stands as the one before it until it is given a status.

    earlier : key -> that of the version it is an edition of, or "" (see `edition_of`). statuses : key -> its own.
    """
    number = 1
    while not (own := statuses(key)) and (one := earlier(key)):
        key, number = one, number + 1
    return Standing(key, number, own)
