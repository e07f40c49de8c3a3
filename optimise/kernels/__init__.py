"""Compiled inner loops. A module may call kernels of another: what is compiled is kept under a digest of them all.

Numba itself looks at the file of a caller only to decide what is stale (see `optimise._compiled`).
"""
