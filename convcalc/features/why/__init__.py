"""`convcalc why`."""
