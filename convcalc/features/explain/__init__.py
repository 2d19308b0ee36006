"""`convcalc explain`."""
