"""Who is asking, what they may do, and until when. Policy only: how a person signs in stands in footprints.ui."""

from footprints.access.claims import allowed, folders, home, identify, tenant_of
from footprints.access.identity import Who, at_this_computer
from footprints.access.settings import Shared, Tenant, in_force

__all__ = [
    "Shared",
    "Tenant",
    "Who",
    "allowed",
    "at_this_computer",
    "folders",
    "home",
    "identify",
    "in_force",
    "tenant_of",
]
