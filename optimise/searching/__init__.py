"""Good plans of one part: seeded restarts, families of plans, and groups of neighbourhoods divided anew."""
