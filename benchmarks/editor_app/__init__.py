"""The app on one place with one plan, for `benchmarks/editor.py`."""
