"""The store: one version of the truth. Plans and their versions, what was agreed about them, and the proof of it.

store = open_store(create=True)
project = store.new_project("Camford", area, who="A Planner")
first = store.new_plan(project.id, plan, area, who="A Planner")
store.save(first.plan, edited, first.number, who="A Planner", reason="After the workshop")
store.verify().in_words
"""

from footprints.store.merge import Conflict, Merge
from footprints.store.opening import Store, open_store
from footprints.store.versions import ConflictError, Merged

__all__ = ["Conflict", "ConflictError", "Merge", "Merged", "Store", "open_store"]
