"""`convcalc solve`."""
