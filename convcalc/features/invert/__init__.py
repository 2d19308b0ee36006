"""`convcalc invert`."""
