"""Worker processes of our own: pure tasks with limits, shared over the cores and killed when they pass them."""
