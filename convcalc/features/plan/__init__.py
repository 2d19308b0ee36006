"""`convcalc plan`."""
