"""Lower bounds and exact solves of one part, and proofs worked out again without the solver that found them."""
