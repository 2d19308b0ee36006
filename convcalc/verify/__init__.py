"""`convcalc verify`: what happened when the network ran, against what was planned."""
