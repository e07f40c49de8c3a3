"""Who comes from whom: versions by their keys, and the newest version that two of them have in common."""

from __future__ import annotations

from sqlalchemy import Connection, select

from footprints.store import schema


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
