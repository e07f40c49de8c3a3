"""Many places at once: every district, upper tier or ICB of a country under one or more scenarios.

The files are read once and split; each place is solved by a process of its own, on this machine or by Dask, largest
first. What is finished stands in its folder and is not done again; the merged result is the same however it was made.
"""

from footprints.sweep.regions import Region, by_level, by_lookup
from footprints.sweep.run import Outcome, sweep
from footprints.sweep.scenarios import Scenario, read_scenarios

__all__ = ["Outcome", "Region", "Scenario", "by_level", "by_lookup", "read_scenarios", "sweep"]
