"""A plan on newer files: the same boundaries, codes and decisions, and what has changed beneath them."""

from footprints.refreshing.future import Future, Standing, against, future_from_csv, stands, which_stand
from footprints.refreshing.past import Past, past_of_area, past_of_folder
from footprints.refreshing.refresh import Reason, Refreshed, refresh

__all__ = [
    "Future",
    "Past",
    "Reason",
    "Refreshed",
    "Standing",
    "against",
    "future_from_csv",
    "past_of_area",
    "past_of_folder",
    "refresh",
    "stands",
    "which_stand",
]
