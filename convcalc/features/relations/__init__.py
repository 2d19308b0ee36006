"""`convcalc relations`: the fifteen relationships of the guide, all or those of a layer."""
