"""The flags that the commands of the store share, and how a store and a version look in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from footprints.cli.show import table
from footprints.editing.desks import person
from footprints.errors import StoreError
from footprints.store import Store, open_store
from footprints.store.moves import Moves

F = TypeVar("F", bound=Callable[..., Any])
MOVES_SHOWN = 20


def store_option(command: F) -> F:
    """`--store`: which one."""
    return click.option(
        "--store",
        "where",
        metavar="FILE|URL",
        help="The store: a file, or postgresql://USER@HOST/DATABASE. [default: FOOTPRINTS_STORE, else that of this "
        "computer]",
    )(command)


def who_option(command: F) -> F:
    """`--as`: who does it."""
    return click.option(
        "--as",
        "who",
        metavar="NAME",
        help="Your name, as it will stand in the history. [default: the name that you gave in the app]",
    )(command)


def named(who: str | None) -> str:
    """The person's name: as given, else as given in the app."""
    return who or person().name


@contextmanager
def opened(where: str | None, *, create: bool = False) -> Iterator[Store]:
    """The store, let go of at the end; what went wrong without harm is said."""
    with in_commands():
        store = open_store(where, create=create)
        try:
            if store.said:
                click.echo(store.said, err=True)
            yield store
        finally:
            store.close()


@contextmanager
def in_commands() -> Iterator[None]:
    """What the store refuses, with the option or the command that mends it."""
    try:
        yield
    except StoreError as error:
        if error.command:
            error.mend, error.command = f"{error.mend.rstrip('.')} ({error.command}).", ""
        raise


def moves_in_words(moves: Moves) -> str:
    """What moved: the sentence, the groups, and the first few LSOAs with their reasons."""
    parts = [moves.in_words]
    if moves.moves:
        parts.append(table(("from", "to", "LSOAs", "people"), moves.groups, indent=2))
        rows = [(m.unit, m.name, m.people, m.was, m.to, m.why or "–") for m in moves.moves[:MOVES_SHOWN]]
        parts.append(table(("LSOA", "name", "people", "from", "to", "why"), rows, indent=2))
        if len(moves.moves) > MOVES_SHOWN:
            parts.append(f"  and {len(moves.moves) - MOVES_SHOWN:,} more LSOAs")
    return "\n".join(parts)
