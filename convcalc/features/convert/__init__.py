"""`convcalc convert`."""
