"""Formats of findings: one a file, `render(report, style) -> str`."""
