"""What convcalc answers: one folder a feature, with its answer, its words and its command."""
