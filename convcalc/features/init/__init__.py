"""`convcalc init`."""
