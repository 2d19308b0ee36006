"""`convcalc rules`."""
