"""The JSON edge of long work: one module a study, each with `run` (in the child) and `read` (in the parent).

run(area, asked, tell, should_stop) -> dict : does the work. JSON in, JSON out; `tell(words, fraction or None)` says
    how far it is, and once `should_stop()` is true it hands back what it has within a second and a half.
read(area, asked, answer) -> Any : the same answer as a dataclass, believed only after our own checks. Raises
    FootprintError when it cannot be believed.

SEARCHES = False in a module says that its work needs no kernels of the search, so that it waits for none.

The table of studies stands in `footprints.jobs.studies`. What a study works out lives beside it in a module without
JSON, which the command line calls directly.
"""
