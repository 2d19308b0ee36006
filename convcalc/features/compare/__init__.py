"""`convcalc compare`."""
