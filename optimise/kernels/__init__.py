"""Compiled inner loops. Each module stands alone: numba's cache looks at one file only to decide what is stale."""
