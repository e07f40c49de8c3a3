"""Editing by hand: the live desk of a place, operations with sequence numbers, and what the browser is told of them."""

from footprints.editing.desk import Answer, Desk
from footprints.editing.desks import desk_of, person

__all__ = ["Answer", "Desk", "desk_of", "person"]
