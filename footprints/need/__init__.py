"""Need: ages, cohorts that are estimated or counted, indicators by denominators, where to start, and growth.

Pure functions on an area and a plan. Modules are imported by name: `ages`, `cohorts` and `indicators` know only the
area, so that the measures may use them; `order` and `growth` lay a plan on it.
"""
