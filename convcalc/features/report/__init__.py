"""`convcalc report`: a network as one page to look at and to send."""
