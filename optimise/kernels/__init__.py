"""Compiled inner loops. Each module stands alone: numba's cache looks at one file only when it decides what is stale."""
