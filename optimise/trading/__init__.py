"""What one thing costs of another: trade-off curves, prices of rules, and numbers of neighbourhoods."""
