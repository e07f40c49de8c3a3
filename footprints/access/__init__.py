"""Who is asking, what they may do, and until when. Policy only: how a person signs in stands in footprints.ui."""

from footprints.access.identity import Who, at_this_computer

__all__ = ["Who", "at_this_computer"]
