"""`convcalc check`: files in, findings out; configuration, suppressions, baseline and fixes."""
