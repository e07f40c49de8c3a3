"""Need: ages, cohorts that are estimated or counted, and indicators by denominators; pure functions on an area.

The measures of a plan use them (`footprints.metrics`), and `footprints.need_order` says where teams should start.
"""
