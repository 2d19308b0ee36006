"""`convcalc sizes`."""
