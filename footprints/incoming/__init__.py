"""Arrangements made elsewhere, read as plans: lookups of any area kind, and polygons, with what is not sure said."""

from footprints.incoming.bring import Brought, bring_in

__all__ = ["Brought", "bring_in"]
