"""Formats of findings: one a file, `render(problems, source, style) -> str`."""
