"""Patient flows: who lives where and is registered with whom, and what follows for the areas that belong together."""

from footprints.flows.containment import (
    Exchange,
    conductance,
    coupling,
    effective,
    exchange,
    kept,
    kept_lists,
    list_side,
    mean_effective,
    resident_side,
)
from footprints.flows.matrix import Flows, flows_of
from footprints.flows.people import apportion
from footprints.flows.reconcile import Line, Reconciliation, reconcile
from footprints.flows.similarity import Shared, cosine, nearest, shared

__all__ = [
    "Exchange",
    "Flows",
    "Line",
    "Reconciliation",
    "Shared",
    "apportion",
    "conductance",
    "cosine",
    "coupling",
    "effective",
    "exchange",
    "flows_of",
    "kept",
    "kept_lists",
    "list_side",
    "mean_effective",
    "nearest",
    "reconcile",
    "resident_side",
    "shared",
]
