"""Whether there is a plan at all, why not, what would mend it, and the plan nearest to a given one."""
