"""`convcalc budget`."""
