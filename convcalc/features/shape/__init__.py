"""`convcalc shape`."""
