"""Other good plans, unlike the best and each other by people."""
